// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "files/json_text.h"
#include "text/builders.h"
#include "text/byte_level.h"
#include "text/character_bpe.h"
#include "text/json_readers.h"
#include "text/unigram.h"
#include "text/word_level.h"
#include "text/word_piece.h"

#include <nlohmann/json.hpp>

#include <unordered_map>

namespace engine::text {

namespace {

using Json = nlohmann::json;

// Early files do not say the type.
std::string modelType(const JsonPart &model)
{
    if (!model.at("type").isNull())
        return model.type();
    if (model.at("vocab").value().is_array())
        return "Unigram";
    return model.at("merges").isNull() ? "WordPiece" : "BPE";
}

std::int64_t requiredId(const Pipeline &pipeline, const JsonPart &part)
{
    const std::optional<std::int64_t> id = pipeline.vocabulary->id(part.text());
    if (!id)
        part.fail("the token \"" + part.text() + "\" is not in the vocabulary");
    return *id;
}

std::unique_ptr<const SubwordModel> readWordPiece(const JsonPart &model, const Pipeline &pipeline)
{
    WordPieceOptions options;
    options.unknown = requiredId(pipeline, model.at("unk_token"));
    options.prefix = model.at("continuing_subword_prefix").text("##");
    if (const JsonPart longest = model.at("max_input_chars_per_word"); !longest.isNull()) {
        if (longest.integer() < 0)
            longest.fail("expected 0 or more, found " + files::describe(longest.value()));
        options.longestWord = static_cast<std::size_t>(longest.integer());
    }
    return std::make_unique<WordPiece>(pipeline.vocabulary, std::move(options));
}

// ---- BPE ----------------------------------------------------------------------------------------------------------

BpeMerges readMerges(const JsonPart &model, const Vocabulary &vocabulary, std::string_view prefix)
{
    BpeMerges merges(MergeOrder::PairByPair);
    const JsonPart list = model.at("merges");
    if (!list.value().is_array())
        list.fail("expected a list, found " + files::describe(list.value()));
    std::size_t number = 0;
    for (const Json &merge : list.value()) {
        const std::string where = model.file().string() + ": model.merges[" + std::to_string(number++) + "]";
        MergeLine line;
        if (merge.is_string())
            line = splitMerge(where, merge.get_ref<const std::string &>());
        else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
            line = {.left = merge[0].get_ref<const std::string &>(), .right = merge[1].get_ref<const std::string &>()};
        else
            failFile(where + ": expected two tokens, found " + files::describe(merge));
        if (!line.right.starts_with(prefix))
            failFile(where + ": expected a second token that begins with \"" + std::string(prefix) + "\", found \"" +
                     std::string(line.right) + "\"");
        line.skipped = prefix.size();
        addMerge(merges, vocabulary, where, line);
    }
    return merges;
}

std::unique_ptr<const SubwordModel> readBpe(const JsonPart &root, const JsonPart &model, const Pipeline &pipeline)
{
    if (const JsonPart dropout = model.at("dropout"); !dropout.isNull() && dropout.number() != 0.0)
        dropout.fail("random merges are not supported, expected null");
    if (const JsonPart flag = model.at("ignore_merges"); flag.boolean(false))
        flag.fail("true is not supported");
    CharacterBpe::Options options = {.prefix = model.at("continuing_subword_prefix").text(""),
                                     .suffix = model.at("end_of_word_suffix").text(""),
                                     .fusesUnknown = model.at("fuse_unk").boolean(false),
                                     .fallsBackToBytes = model.at("byte_fallback").boolean(false)};
    if (const JsonPart unknown = model.at("unk_token"); !unknown.isNull())
        options.unknown = requiredId(pipeline, unknown);
    BpeMerges merges = readMerges(model, *pipeline.vocabulary, options.prefix);
    if (!isByteLevel(root.at("pre_tokenizer")))
        return std::make_unique<CharacterBpe>(pipeline.vocabulary, std::move(merges), std::move(options));
    for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"})
        if (!model.at(key).text("").empty())
            model.at(key).fail("\"" + model.at(key).text() + "\" is not supported beside ByteLevel, expected none");
    for (const char *key : {"byte_fallback", "fuse_unk"})
        if (model.at(key).boolean(false))
            model.at(key).fail("true is not supported beside ByteLevel");
    return std::make_unique<ByteLevelBpe>(pipeline.vocabulary, std::move(merges),
                                          ByteLevelBpe::Options{.unknown = options.unknown});
}

// ---- Unigram ------------------------------------------------------------------------------------------------------

// [["token", score], …]; the place is the id.
std::shared_ptr<const Vocabulary> readScoredTokens(const JsonPart &list)
{
    std::vector<std::string> tokens;
    std::unordered_map<std::string_view, std::size_t> seen;
    if (!list.value().is_array() || list.value().empty())
        list.fail("expected a list of tokens and scores, found " + files::describe(list.value()));
    tokens.reserve(list.value().size());
    for (const Json &entry : list.value()) {
        const std::size_t id = tokens.size();
        const auto fail = [&](const std::string &message) {
            list.fail("entry " + std::to_string(id) + ": " + message);
        };
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
            fail("expected a token and its score, found " + files::describe(entry));
        const auto &token = entry[0].get_ref<const std::string &>();
        if (token.empty())
            fail("the token is empty");
        if (const auto [found, isNew] = seen.emplace(token, id); !isNew)
            fail("repeats the token \"" + token + "\" of entry " + std::to_string(found->second));
        tokens.push_back(token);
    }
    return std::make_shared<Vocabulary>(std::move(tokens));
}

std::unique_ptr<const SubwordModel> readUnigram(const JsonPart &model, const Pipeline &pipeline)
{
    if (const JsonPart flag = model.at("byte_fallback"); flag.boolean(false))
        flag.fail("true is not supported");
    const JsonPart unknown = model.at("unk_id");
    if (unknown.isNull())
        unknown.fail("expected the id of the unknown token, found none");
    const std::int64_t id = unknown.integer(0, pipeline.vocabulary->idEnd() - 1);
    std::vector<double> scores;
    scores.reserve(model.at("vocab").value().size());
    for (const Json &entry : model.at("vocab").value())
        scores.push_back(entry[1].get<double>());
    return std::make_unique<Unigram>(pipeline.vocabulary, std::move(scores), Unigram::Options{.unknown = id});
}

} // namespace

std::shared_ptr<const Vocabulary> readModelVocabulary(const JsonPart &model,
                                                      const std::map<std::int64_t, std::string> &elsewhere)
{
    const std::string type = modelType(model);
    if (type == "Unigram")
        return readScoredTokens(model.at("vocab"));
    if (type != "WordPiece" && type != "BPE" && type != "WordLevel")
        model.failType(type);
    return readVocabularyObject(model.file(), model.at("vocab").value(), elsewhere);
}

std::unique_ptr<const SubwordModel> readModel(const JsonPart &root, const Pipeline &pipeline)
{
    const JsonPart model = root.at("model");
    const std::string type = modelType(model);
    if (type == "BPE")
        return readBpe(root, model, pipeline);
    if (isByteLevel(root.at("pre_tokenizer")))
        root.at("pre_tokenizer").fail("ByteLevel is not supported with a model of type " + type + ", expected BPE");
    if (type == "WordPiece")
        return readWordPiece(model, pipeline);
    if (type == "Unigram")
        return readUnigram(model, pipeline);
    return std::make_unique<WordLevel>(pipeline.vocabulary, requiredId(pipeline, model.at("unk_token")));
}

} // namespace engine::text
