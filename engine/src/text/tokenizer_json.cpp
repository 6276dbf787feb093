// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.json: parts by name, as the Rust library reads them. Truncation and padding in the file do not matter:
// the reference classes set both anew for every call.
#include "text/builders.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/bert.h"
#include "text/byte_level.h"
#include "text/word_piece.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace engine::text {

namespace {

using Json = nlohmann::json;

// A part of the file, with errors that name it.
class Part {
public:
    Part(const std::filesystem::path &file, std::string name, const Json &value)
        : m_file(file), m_name(std::move(name)), m_value(value)
    {
    }

    [[nodiscard]] const Json &value() const { return m_value; }
    [[nodiscard]] const std::filesystem::path &file() const { return m_file; }

    [[noreturn]] void fail(const std::string &message) const
    {
        failFile(m_file.string() + ": " + m_name + ": " + message);
    }

    [[noreturn]] void failType(const std::string &type) const
    {
        failFile(m_file.string() + ": " + m_name + " of type " + type + " is not supported");
    }

    // Null when it is absent.
    [[nodiscard]] Part at(const std::string &key) const
    {
        static const Json kNull;
        if (!m_value.is_object())
            fail("expected an object, found " + files::describe(m_value));
        const auto found = m_value.find(key);
        return {m_file, m_name.empty() ? key : m_name + "." + key, found == m_value.end() ? kNull : *found};
    }

    [[nodiscard]] bool isNull() const { return m_value.is_null(); }

    [[nodiscard]] std::vector<Part> list() const
    {
        if (!m_value.is_array())
            fail("expected a list, found " + files::describe(m_value));
        std::vector<Part> parts;
        parts.reserve(m_value.size());
        for (const Json &value : m_value)
            parts.emplace_back(m_file, m_name + "[" + std::to_string(parts.size()) + "]", value);
        return parts;
    }

    [[nodiscard]] const std::string &text() const
    {
        if (!m_value.is_string())
            fail("expected text, found " + files::describe(m_value));
        return m_value.get_ref<const std::string &>();
    }

    [[nodiscard]] bool boolean(bool fallback) const
    {
        if (isNull())
            return fallback;
        if (!m_value.is_boolean())
            fail("expected true or false, found " + files::describe(m_value));
        return m_value.get<bool>();
    }

    [[nodiscard]] std::int64_t integer() const
    {
        if (!m_value.is_number_integer() || m_value > Json(std::int64_t{1} << 40))
            fail("expected an integer, found " + files::describe(m_value));
        return m_value.get<std::int64_t>();
    }

    [[nodiscard]] std::string type() const { return at("type").isNull() ? "(none)" : at("type").text(); }

private:
    const std::filesystem::path &m_file;
    std::string m_name;
    const Json &m_value;
};

// ---- added tokens -------------------------------------------------------------------------------------------

class AddedTokens {
public:
    AddedTokens(Pipeline &pipeline, const Part &root) : m_pipeline(pipeline), m_root(root) {}

    // What the model's vocabulary lacks, read before that vocabulary is.
    [[nodiscard]] std::map<std::int64_t, std::string> listed() const
    {
        std::map<std::int64_t, std::string> tokens;
        if (m_root.at("added_tokens").isNull())
            return tokens;
        for (const Part &part : m_root.at("added_tokens").list()) {
            const std::int64_t id = part.at("id").integer();
            if (id < 0 || !tokens.emplace(id, part.at("content").text()).second)
                part.fail("the id " + std::to_string(id) + " is negative or taken");
        }
        return tokens;
    }

    void read()
    {
        if (!m_root.at("added_tokens").isNull())
            for (const Part &part : m_root.at("added_tokens").list())
                readListed(part);
        requireContiguous();
        const std::filesystem::path file = m_root.file().parent_path() / "added_tokens.json";
        for (const auto &[token, id] : readAddedTokens(file)) {
            const std::int64_t expected = idOf(token).value_or(size());
            if (id != expected)
                failFile(file.string() + ": token \"" + token + "\": expected the id " + std::to_string(expected) +
                         ", found " + std::to_string(id));
            if (!idOf(token))
                add({.content = token}, id);
        }
        for (const SpecialToken &special : m_pipeline.settings.special)
            addSpecial(special);
        if (const AddedToken *unknown = m_pipeline.settings.find("unk_token"))
            m_pipeline.unknown = idOf(unknown->content);
    }

    [[nodiscard]] const std::vector<JsonSegmenter::Token> &tokens() const { return m_tokens; }

    [[nodiscard]] std::optional<std::int64_t> idOf(std::string_view token) const
    {
        const auto found = m_ids.find(token);
        return found != m_ids.end() ? std::optional(found->second) : m_pipeline.vocabulary->id(token);
    }

private:
    [[nodiscard]] std::int64_t size() const
    {
        return m_pipeline.vocabulary->size() + static_cast<std::int64_t>(m_pipeline.added.size());
    }

    void add(AddedToken token, std::int64_t id)
    {
        if (!m_pipeline.vocabulary->id(token.content)) {
            m_pipeline.added.emplace(id, token.content);
            m_ids.emplace(token.content, id);
        }
        m_tokens.push_back({.token = std::move(token), .id = id});
    }

    void readListed(const Part &part)
    {
        const files::Config source = files::Config::fromText(part.file(), "{}");
        AddedToken token = readAddedToken(source, "added_tokens", part.value());
        const std::int64_t id = part.at("id").integer();
        const std::optional<std::int64_t> known = idOf(token.content);
        if (known && *known != id)
            part.fail("\"" + token.content + "\" has the id " + std::to_string(id) + ", the vocabulary says " +
                      std::to_string(*known));
        const std::string_view other = m_pipeline.vocabulary->token(id);
        if (!known && !other.empty())
            part.fail("\"" + token.content + "\" has the id " + std::to_string(id) + " of \"" + std::string(other) +
                      "\"");
        if (token.isSpecial)
            m_pipeline.specialIds.insert(id);
        add(std::move(token), id);
    }

    void requireContiguous() const
    {
        if (m_pipeline.added.empty() || m_pipeline.added.rbegin()->first < size())
            return;
        failFile(m_root.file().string() + ": added_tokens: \"" + m_pipeline.added.rbegin()->second + "\" has the id " +
                 std::to_string(m_pipeline.added.rbegin()->first) + ", expected less than the number of tokens, " +
                 std::to_string(size()));
    }

    // Special tokens of the class are added once more: then their flags replace those of the file.
    void addSpecial(const SpecialToken &special)
    {
        std::optional<std::int64_t> id = idOf(special.token.content);
        if (!id && !special.isStated)
            return;
        const auto listed = std::ranges::find_if(
            m_tokens, [&](const JsonSegmenter::Token &token) { return token.token.content == special.token.content; });
        if (listed != m_tokens.end()) {
            listed->token.stripsLeft = special.token.stripsLeft;
            listed->token.stripsRight = special.token.stripsRight;
            listed->token.isSingleWord = special.token.isSingleWord;
        } else {
            AddedToken token = special.token;
            token.isNormalized = token.isNormalized && !token.isPlain;
            add(std::move(token), id.value_or(size()));
        }
        id = idOf(special.token.content);
        m_pipeline.specialIds.insert(*id);
        if (!special.name.empty())
            m_pipeline.special[special.name] = *id;
    }

    Pipeline &m_pipeline;
    const Part &m_root;
    std::vector<JsonSegmenter::Token> m_tokens;
    std::map<std::string, std::int64_t, std::less<>> m_ids;
};

// ---- normalizer, pre_tokenizer, decoder ---------------------------------------------------------------------

// tokenizer_config.json wins: the reference class rewrites the normaliser with its own settings.
std::shared_ptr<const Normalizer> readNormalizer(const Part &part, const files::Config &config)
{
    if (part.isNull())
        return nullptr;
    if (part.type() != "BertNormalizer")
        part.failType(part.type());
    BertOptions options;
    options.cleansText = part.at("clean_text").boolean(true);
    options.lowersCase = config.boolean("do_lower_case", part.at("lowercase").boolean(true));
    options.splitsChinese = config.boolean("tokenize_chinese_chars", part.at("handle_chinese_chars").boolean(true));
    if (config.json().contains("strip_accents"))
        options.stripsAccents = optionalBoolean(config, "strip_accents");
    else if (const Part strips = part.at("strip_accents"); !strips.isNull())
        options.stripsAccents = strips.boolean(true);
    return std::make_shared<BertNormalizer>(options);
}

std::unique_ptr<const PreTokenizer> readPreTokenizer(const Part &part, const files::Config &config)
{
    if (part.isNull())
        failFile(part.file().string() + ": a tokenizer without a pre_tokenizer is not supported");
    if (part.type() == "BertPreTokenizer")
        return std::make_unique<BertPreTokenizer>();
    if (part.type() != "ByteLevel")
        part.failType(part.type());
    return std::make_unique<ByteLevelPreTokenizer>(ByteLevelPreTokenizer::Options{
        .addsPrefixSpace = config.boolean("add_prefix_space", part.at("add_prefix_space").boolean(true)),
        .usesPattern = part.at("use_regex").boolean(true)});
}

class SpaceDecoder final : public Decoder {
public:
    [[nodiscard]] std::string decode(const std::vector<std::string_view> &tokens) const override
    {
        std::string text;
        for (std::size_t at = 0; at < tokens.size(); ++at) {
            if (at > 0)
                text += ' ';
            text += tokens[at];
        }
        return text;
    }
};

std::unique_ptr<const Decoder> readDecoder(const Part &part)
{
    if (part.isNull())
        return std::make_unique<SpaceDecoder>();
    if (part.type() == "ByteLevel")
        return std::make_unique<ByteLevelDecoder>();
    if (part.type() != "WordPiece")
        part.failType(part.type());
    return std::make_unique<WordPieceDecoder>(
        WordPieceDecoder::Options{.prefix = part.at("prefix").isNull() ? std::string("##") : part.at("prefix").text(),
                                  .cleansUp = part.at("cleanup").boolean(true)});
}

// ---- model --------------------------------------------------------------------------------------------------

// Early files do not say the type.
std::string modelType(const Part &model)
{
    if (!model.at("type").isNull())
        return model.type();
    return model.at("merges").isNull() ? "WordPiece" : "BPE";
}

std::int64_t requiredId(const Pipeline &pipeline, const Part &part)
{
    const std::optional<std::int64_t> id = pipeline.vocabulary->id(part.text());
    if (!id)
        part.fail("the token \"" + part.text() + "\" is not in the vocabulary");
    return *id;
}

std::unique_ptr<const SubwordModel> readWordPiece(const Part &model, const Pipeline &pipeline)
{
    WordPieceOptions options;
    options.unknown = requiredId(pipeline, model.at("unk_token"));
    if (const Part prefix = model.at("continuing_subword_prefix"); !prefix.isNull())
        options.prefix = prefix.text();
    if (const Part longest = model.at("max_input_chars_per_word"); !longest.isNull()) {
        if (longest.integer() < 0)
            longest.fail("expected 0 or more, found " + files::describe(longest.value()));
        options.longestWord = static_cast<std::size_t>(longest.integer());
    }
    return std::make_unique<WordPiece>(pipeline.vocabulary, std::move(options));
}

void refuseUnsupportedBpe(const Part &model)
{
    for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"})
        if (const Part affix = model.at(key); !affix.isNull() && !affix.text().empty())
            affix.fail("\"" + affix.text() + "\" is not supported, expected none");
    for (const char *key : {"byte_fallback", "ignore_merges", "fuse_unk"})
        if (const Part flag = model.at(key); flag.boolean(false))
            flag.fail("true is not supported");
    if (const Part dropout = model.at("dropout"); !dropout.isNull() && dropout.value() != 0.0)
        dropout.fail("random merges are not supported, expected null");
}

std::unique_ptr<const SubwordModel> readBpe(const Part &model, const Pipeline &pipeline)
{
    refuseUnsupportedBpe(model);
    BpeMerges merges(MergeOrder::PairByPair);
    const Part list = model.at("merges");
    if (!list.value().is_array())
        list.fail("expected a list, found " + files::describe(list.value()));
    std::size_t number = 0;
    for (const Json &merge : list.value()) {
        const std::string where = model.file().string() + ": model.merges[" + std::to_string(number++) + "]";
        if (merge.is_string())
            addMerge(merges, *pipeline.vocabulary, where, splitMerge(where, merge.get_ref<const std::string &>()));
        else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
            addMerge(
                merges, *pipeline.vocabulary, where,
                {.left = merge[0].get_ref<const std::string &>(), .right = merge[1].get_ref<const std::string &>()});
        else
            failFile(where + ": expected two tokens, found " + files::describe(merge));
    }
    ByteLevelBpe::Options options;
    if (const Part unknown = model.at("unk_token"); !unknown.isNull())
        options.unknown = requiredId(pipeline, unknown);
    return std::make_unique<ByteLevelBpe>(pipeline.vocabulary, std::move(merges), options);
}

std::unique_ptr<const SubwordModel> readModel(const Part &root, const Pipeline &pipeline)
{
    const Part model = root.at("model");
    const std::string type = modelType(model);
    if (type == "WordPiece")
        return readWordPiece(model, pipeline);
    if (type != "BPE")
        model.failType(type);
    if (const Part pre = root.at("pre_tokenizer"); pre.type() != "ByteLevel")
        pre.fail("type " + pre.type() + " is not supported with a model of type BPE, expected ByteLevel");
    return readBpe(model, pipeline);
}

// ---- post_processor -----------------------------------------------------------------------------------------

class PostProcessorReader {
public:
    PostProcessorReader(const Pipeline &pipeline, const Part &part) : m_pipeline(pipeline), m_part(part) {}

    // Values are read before lists are built of them: an exception inside a braced list is not safe with every
    // compiler.
    [[nodiscard]] PostProcessor read() const
    {
        PostProcessor processor;
        if (m_part.isNull())
            return processor;
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
        return processor;
    }

private:
    [[nodiscard]] std::optional<OffsetTrimming> readTrimming() const
    {
        if (!m_part.at("trim_offsets").boolean(true))
            return std::nullopt;
        return OffsetTrimming{.addsPrefixSpace = m_part.at("add_prefix_space").boolean(true)};
    }

    [[nodiscard]] std::int64_t knownId(const Part &part) const
    {
        const std::int64_t id = part.integer();
        if (m_pipeline.vocabulary->token(id).empty() && !m_pipeline.added.contains(id))
            part.fail("no token has the id " + std::to_string(id));
        return id;
    }

    // "sep": ["</s>", 2]
    [[nodiscard]] std::int64_t endId(const std::string &key) const
    {
        const std::vector<Part> values = m_part.at(key).list();
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

    [[nodiscard]] Template readTemplate(const Part &list) const
    {
        Template pieces;
        for (const Part &part : list.list()) {
            if (const Part sequence = part.at("Sequence"); !sequence.isNull()) {
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

    [[nodiscard]] TemplatePiece readSpecial(const Part &special) const
    {
        if (special.isNull())
            special.fail("expected a Sequence or a SpecialToken");
        TemplatePiece piece = {.kind = TemplatePiece::Kind::Special, .typeId = special.at("type_id").integer()};
        const Part definition = m_part.at("special_tokens").at(special.at("id").text());
        if (definition.isNull())
            special.fail("the token \"" + special.at("id").text() + "\" is not among the special_tokens");
        for (const Part &id : definition.at("ids").list())
            piece.ids.push_back(knownId(id));
        return piece;
    }

    const Pipeline &m_pipeline;
    const Part &m_part;
};

} // namespace

Pipeline buildFromJson(const std::filesystem::path &directory, const TokenizerSpec &spec)
{
    const std::filesystem::path file = directory / "tokenizer.json";
    const Json json = files::parseJson(file, files::readText(file, kLargestTokenizerFile));
    const Part root(file, "", json);
    if (!json.is_object())
        failFile(file.string() + ": expected an object, found " + files::describe(json));
    Pipeline pipeline;
    pipeline.behaviour = Behaviour::Json;
    pipeline.settings = readSettings(directory, spec);
    const files::Config &config = pipeline.settings.config;
    // Parts that are not supported come first: they explain more than what follows from them.
    const std::shared_ptr<const Normalizer> normalizer = readNormalizer(root.at("normalizer"), config);
    pipeline.preTokenizer = readPreTokenizer(root.at("pre_tokenizer"), config);
    pipeline.decoder = readDecoder(root.at("decoder"));
    const std::string type = modelType(root.at("model"));
    if (type != "WordPiece" && type != "BPE")
        root.at("model").failType(type);
    AddedTokens added(pipeline, root);
    pipeline.vocabulary = readVocabularyObject(file, root.at("model").at("vocab").value(), added.listed());
    added.read();
    pipeline.model = readModel(root, pipeline);
    const Part processor = root.at("post_processor");
    pipeline.postProcessor = PostProcessorReader(pipeline, processor).read();
    pipeline.segmenter = std::make_unique<JsonSegmenter>(added.tokens(), normalizer);
    return pipeline;
}

} // namespace engine::text
