// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/json_readers.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace engine::text {

namespace {

class PostProcessorReader {
public:
    PostProcessorReader(const Pipeline &pipeline, const JsonPart &part) : m_pipeline(pipeline), m_part(part) {}

    // Values are read before lists are built of them: an exception inside a braced list is not safe with every
    // compiler.
    void readInto(PostProcessor &processor) const
    {
        const std::string type = m_part.type();
        if (type == "TemplateProcessing") {
            processor.single = readTemplate(m_part.at("single"));
            processor.pair = readTemplate(m_part.at("pair"));
        } else if (type == "ByteLevel") {
            processor.trimming = readTrimming();
        } else if (type == "BertProcessing") {
            surround(processor, {.typeOfSecond = 1});
        } else if (type == "RobertaProcessing") {
            surround(processor, {.typeOfSecond = 0, .doublesSeparator = true});
            processor.trimming = readTrimming();
        } else {
            m_part.failType(type);
        }
    }

private:
    [[nodiscard]] std::optional<OffsetTrimming> readTrimming() const
    {
        if (!m_part.at("trim_offsets").boolean(true))
            return std::nullopt;
        return OffsetTrimming{.addsPrefixSpace = m_part.at("add_prefix_space").boolean(true)};
    }

    [[nodiscard]] std::int64_t knownId(const JsonPart &part) const
    {
        const std::int64_t id = part.integer();
        if (m_pipeline.vocabulary->token(id).empty() && !m_pipeline.added.contains(id))
            part.fail("no token has the id " + std::to_string(id));
        return id;
    }

    // "sep": ["</s>", 2]
    [[nodiscard]] std::int64_t endId(const std::string &key) const
    {
        const std::vector<JsonPart> values = m_part.at(key).list();
        if (values.size() != 2)
            m_part.at(key).fail("expected a token and its id, found " + std::to_string(values.size()) + " values");
        return knownId(values[1]);
    }

    struct Surrounding {
        std::int64_t typeOfSecond = 0;
        bool doublesSeparator = false; // between the texts of a pair
    };

    // cls A sep, cls A sep B sep
    void surround(PostProcessor &processor, const Surrounding &how) const
    {
        const std::int64_t cls = endId("cls");
        const std::int64_t sep = endId("sep");
        const auto special = [](std::int64_t id, std::int64_t typeId) {
            return TemplatePiece{.kind = TemplatePiece::Kind::Special, .ids = {id}, .typeId = typeId};
        };
        processor.single = {special(cls, 0), {.kind = TemplatePiece::Kind::FirstText}, special(sep, 0)};
        processor.pair = processor.single;
        if (how.doublesSeparator)
            processor.pair.push_back(special(sep, 0));
        processor.pair.push_back({.kind = TemplatePiece::Kind::SecondText, .typeId = how.typeOfSecond});
        processor.pair.push_back(special(sep, how.typeOfSecond));
    }

    [[nodiscard]] Template readTemplate(const JsonPart &list) const
    {
        Template pieces;
        for (const JsonPart &part : list.list()) {
            if (const JsonPart sequence = part.at("Sequence"); !sequence.isNull()) {
                const std::string &id = sequence.at("id").text();
                if (id != "A" && id != "B")
                    sequence.fail("expected the text \"A\" or \"B\", found \"" + id + "\"");
                pieces.push_back({.kind = id == "A" ? TemplatePiece::Kind::FirstText : TemplatePiece::Kind::SecondText,
                                  .typeId = sequence.at("type_id").integer()});
            } else {
                pieces.push_back(readSpecial(part.at("SpecialToken")));
            }
        }
        const auto uses = [&](TemplatePiece::Kind kind) {
            return std::ranges::count(pieces, kind, &TemplatePiece::kind);
        };
        const bool isPair = &list.value() == &m_part.at("pair").value();
        if (uses(TemplatePiece::Kind::FirstText) != 1 || uses(TemplatePiece::Kind::SecondText) != (isPair ? 1 : 0))
            list.fail(isPair ? "expected the texts A and B once each" : "expected the text A once, and not B");
        return pieces;
    }

    [[nodiscard]] TemplatePiece readSpecial(const JsonPart &special) const
    {
        if (special.isNull())
            special.fail("expected a Sequence or a SpecialToken");
        TemplatePiece piece = {.kind = TemplatePiece::Kind::Special, .typeId = special.at("type_id").integer()};
        const JsonPart definition = m_part.at("special_tokens").at(special.at("id").text());
        if (definition.isNull())
            special.fail("the token \"" + special.at("id").text() + "\" is not among the special_tokens");
        for (const JsonPart &id : definition.at("ids").list())
            piece.ids.push_back(knownId(id));
        return piece;
    }

    const Pipeline &m_pipeline;
    const JsonPart &m_part;
};

// Parts of a Sequence act one after the other: one may trim the offsets and one may put special tokens around.
void readSequence(const JsonPart &part, const Pipeline &pipeline, PostProcessor &processor)
{
    bool isSurrounded = false;
    for (const JsonPart &inner : part.at("processors").list()) {
        if (inner.type() == "Sequence")
            inner.fail("a Sequence inside a Sequence is not supported");
        if (inner.type() != "ByteLevel" && std::exchange(isSurrounded, true))
            inner.fail("a second part that adds special tokens is not supported");
        PostProcessorReader(pipeline, inner).readInto(processor);
    }
}

} // namespace

PostProcessor readPostProcessor(const JsonPart &part, const Pipeline &pipeline)
{
    PostProcessor processor;
    if (part.isNull())
        return processor;
    if (part.type() == "Sequence")
        readSequence(part, pipeline, processor);
    else
        PostProcessorReader(pipeline, part).readInto(processor);
    return processor;
}

} // namespace engine::text
