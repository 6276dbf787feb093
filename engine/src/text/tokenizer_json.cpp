// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json as a whole. Truncation and padding in the file do not matter: the reference classes set both anew for
// every call.
#include "text/builders.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/json_readers.h"
#include "text/legacy.h"

#include <nlohmann/json.hpp>

namespace engine::text {

Pipeline buildFromJson(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    const std::filesystem::path file = directory / "tokenizer.json";
    const nlohmann::json json = files::parseJson(file, files::readText(file, kLargestTokenizerFile));
    const JsonPart root(file, "", json);
    if (!json.is_object())
        failFile(file.string() + ": expected an object, found " + files::describe(json));
    Pipeline pipeline;
    pipeline.behaviour = Behaviour::Json;
    pipeline.settings = readSettings(directory, spec);
    const files::Config &config = pipeline.settings.config;
    for (const char *section : {"truncation", "padding"})
        if (const JsonPart part = root.at(section); !part.isNull() && !part.value().is_object())
            part.fail("expected an object, found " + files::describe(part.value()));
    // Parts that are not supported come first: they explain more than what follows from them.
    const std::shared_ptr<const Normalizer> normalizer = readNormalizer(root.at("normalizer"), config);
    pipeline.preTokenizer = readPreTokenizer(root.at("pre_tokenizer"), config);
    pipeline.decoder = readDecoder(root.at("decoder"));
    JsonAddedTokens added(pipeline, root);
    pipeline.vocabulary = readModelVocabulary(root.at("model"), added.listed());
    added.read();
    pipeline.model = readModel(root, pipeline);
    pipeline.postProcessor = readPostProcessor(root.at("post_processor"), pipeline);
    pipeline.languageCodes = readLanguageCodes(pipeline, file, spec);
    if (pipeline.languageCodes) // the class sets its own templates for every language
        pipeline.postProcessor = legacyPostProcessor(pipeline, file, spec);
    pipeline.segmenter = std::make_unique<JsonSegmenter>(added.tokens(), normalizer);
    return pipeline;
}

} // namespace engine::text
