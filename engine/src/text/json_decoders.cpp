// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/decoders.h"
#include "text/json_readers.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

namespace engine::text {

namespace {

using Steps = std::vector<std::unique_ptr<const DecoderStep>>;

std::unique_ptr<const DecoderStep> readMetaspace(const JsonPart &part)
{
    MetaspaceStep::Options options;
    if (const JsonPart replacement = part.at("replacement"); !replacement.isNull())
        options.replacement = encodeUtf8(std::u32string(1, replacement.character()));
    options.addsPrefix = part.at("add_prefix_space").boolean(true);
    return std::make_unique<MetaspaceStep>(std::move(options));
}

std::unique_ptr<const DecoderStep> readStrip(const JsonPart &part)
{
    constexpr std::int64_t kMost = std::int64_t{1} << 20;
    return std::make_unique<StripStep>(
        StripStep::Options{.character = part.at("content").character(),
                           .atStart = static_cast<std::size_t>(part.at("start").integer(0, kMost)),
                           .atEnd = static_cast<std::size_t>(part.at("stop").integer(0, kMost))});
}

std::unique_ptr<const DecoderStep> readSuffix(const JsonPart &part)
{
    std::string suffix = part.at("suffix").text("</w>");
    if (suffix.empty())
        part.at("suffix").fail("expected a text, found an empty one");
    return std::make_unique<SuffixStep>(std::move(suffix));
}

void readSteps(const JsonPart &part, Steps &steps, int depth)
{
    const std::string type = part.type();
    if (type == "Sequence") {
        if (depth >= kDeepestSequence)
            part.fail("sequences are nested deeper than " + std::to_string(kDeepestSequence));
        for (const JsonPart &inner : part.at("decoders").list())
            readSteps(inner, steps, depth + 1);
    } else if (type == "ByteLevel") {
        steps.push_back(std::make_unique<ByteLevelStep>());
    } else if (type == "WordPiece") {
        steps.push_back(std::make_unique<WordPieceStep>(WordPieceStep::Options{
            .prefix = part.at("prefix").text("##"), .cleansUp = part.at("cleanup").boolean(true)}));
    } else if (type == "Metaspace") {
        steps.push_back(readMetaspace(part));
    } else if (type == "BPEDecoder") {
        steps.push_back(readSuffix(part));
    } else if (type == "Replace") {
        steps.push_back(std::make_unique<ReplaceStep>(readPattern(part.at("pattern")), part.at("content").text()));
    } else if (type == "Fuse") {
        steps.push_back(std::make_unique<FuseStep>());
    } else if (type == "Strip") {
        steps.push_back(readStrip(part));
    } else if (type == "ByteFallback") {
        steps.push_back(std::make_unique<ByteFallbackStep>());
    } else {
        part.failType(type);
    }
}

} // namespace

std::unique_ptr<const Decoder> readDecoder(const JsonPart &part)
{
    Steps steps;
    if (part.isNull())
        steps.push_back(std::make_unique<SpaceStep>());
    else
        readSteps(part, steps, 0);
    return std::make_unique<StepDecoder>(std::move(steps));
}

} // namespace engine::text
