// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "text/bert.h"
#include "text/characters_map.h"
#include "text/json_readers.h"
#include "text/normalizers.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

namespace engine::text {

namespace {

std::unique_ptr<const Normalizer> readBert(const JsonPart &part, const files::Config &config)
{
    BertOptions options;
    options.cleansText = part.at("clean_text").boolean(true);
    options.lowersCase = config.boolean("do_lower_case", part.at("lowercase").boolean(true));
    options.splitsChinese = config.boolean("tokenize_chinese_chars", part.at("handle_chinese_chars").boolean(true));
    if (config.json().contains("strip_accents"))
        options.stripsAccents = optionalBoolean(config, "strip_accents");
    else if (const JsonPart strips = part.at("strip_accents"); !strips.isNull())
        options.stripsAccents = strips.boolean(true);
    return std::make_unique<BertNormalizer>(options);
}

std::unique_ptr<const Normalizer> readPrecompiled(const JsonPart &part)
{
    const JsonPart map = part.at("precompiled_charsmap");
    const std::optional<std::string> bytes = fromBase64(map.text());
    if (!bytes)
        map.fail("expected text in base 64");
    try {
        return std::make_unique<PrecompiledNormalizer>(CharactersMap(*bytes));
    } catch (const Error &error) {
        map.fail(error.what());
    }
}

class NormalizerReader {
public:
    explicit NormalizerReader(const files::Config &config) : m_config(config) {}

    [[nodiscard]] std::unique_ptr<const Normalizer> read(const JsonPart &part, int depth) const
    {
        const std::string type = part.type();
        if (type == "Sequence")
            return readSequence(part, depth);
        if (type == "BertNormalizer")
            return readBert(part, m_config);
        if (type == "Precompiled")
            return readPrecompiled(part);
        if (type == "Replace")
            return std::make_unique<ReplaceNormalizer>(readPattern(part.at("pattern")),
                                                       decodeUtf8(part.at("content").text()));
        if (type == "StripAccents")
            return std::make_unique<AccentStripper>();
        if (type == "Lowercase")
            return std::make_unique<LowercaseNormalizer>();
        if (type == "Strip")
            return std::make_unique<StripNormalizer>(
                StripNormalizer::Options{.stripsLeft = part.at("strip_left").boolean(true),
                                         .stripsRight = part.at("strip_right").boolean(true)});
        if (type == "Prepend")
            return std::make_unique<PrependNormalizer>(decodeUtf8(part.at("prepend").text()));
        return readForm(part, type);
    }

private:
    [[nodiscard]] std::unique_ptr<const Normalizer> readSequence(const JsonPart &part, int depth) const
    {
        if (depth >= kDeepestSequence)
            part.fail("sequences are nested deeper than " + std::to_string(kDeepestSequence));
        std::vector<std::unique_ptr<const Normalizer>> parts;
        for (const JsonPart &inner : part.at("normalizers").list())
            parts.push_back(read(inner, depth + 1));
        return std::make_unique<NormalizerSequence>(std::move(parts));
    }

    [[nodiscard]] static std::unique_ptr<const Normalizer> readForm(const JsonPart &part, const std::string &type)
    {
        static const std::map<std::string, NormalForm> kForms = {
            {"NFC", NormalForm::Nfc}, {"NFD", NormalForm::Nfd}, {"NFKC", NormalForm::Nfkc}, {"NFKD", NormalForm::Nfkd}};
        const auto form = kForms.find(type);
        if (form == kForms.end())
            part.failType(type);
        return std::make_unique<FormNormalizer>(form->second);
    }

    const files::Config &m_config;
};

} // namespace

std::shared_ptr<const Normalizer> readNormalizer(const JsonPart &part, const files::Config &config)
{
    if (part.isNull())
        return nullptr;
    return NormalizerReader(config).read(part, 0);
}

std::unique_ptr<const Pattern> readPattern(const JsonPart &part)
{
    try {
        if (part.value().is_string())
            return literalPattern(decodeUtf8(part.text()));
        if (const JsonPart literal = part.at("String"); !literal.isNull())
            return literalPattern(decodeUtf8(literal.text()));
        const JsonPart expression = part.at("Regex");
        if (expression.isNull())
            part.fail("expected a String or a Regex");
        return regularPattern(expression.text());
    } catch (const Error &error) {
        if (error.kind() != ErrorKind::Argument)
            throw;
        part.fail(error.what());
    }
}

} // namespace engine::text
