// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tokenizer.h"

#include <memory>

namespace engine::text {

// Two tokenizers for the two sides of a model: ids that go in are the input's, ids that come out are the output's.
// token(), id() and the special tokens are the input's.
class TwoSidedTokenizer final : public Tokenizer {
public:
    struct Side {
        std::string name;
        std::shared_ptr<const Tokenizer> tokenizer;
    };
    TwoSidedTokenizer(Side input, Side output) : m_input(std::move(input)), m_output(std::move(output)) {}

    [[nodiscard]] Encoding encode(std::string_view text, const std::optional<std::string> &pair,
                                  const EncodeOptions &options) const override
    {
        return in().encode(text, pair, options);
    }
    [[nodiscard]] TokenizerExplanation explain(std::string_view text) const override { return in().explain(text); }
    [[nodiscard]] std::string decode(std::span<const std::int64_t> ids, const DecodeOptions &options) const override
    {
        return out().decode(ids, options);
    }
    [[nodiscard]] std::vector<std::string> pieces(std::string_view text, const EncodeOptions &options) const override
    {
        return in().pieces(text, options);
    }
    [[nodiscard]] std::string kind() const override { return in().kind() + " in, " + out().kind() + " out"; }
    [[nodiscard]] std::int64_t size() const override { return out().size(); }
    [[nodiscard]] std::string token(std::int64_t id) const override { return in().token(id); }
    [[nodiscard]] std::optional<std::int64_t> id(std::string_view token) const override { return in().id(token); }
    [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>> &specialTokens() const override
    {
        return in().specialTokens();
    }
    [[nodiscard]] engine::Side paddingSide() const override { return in().paddingSide(); }
    [[nodiscard]] std::int64_t padTypeId() const override { return in().padTypeId(); }
    [[nodiscard]] const std::vector<std::string> &modelInputNames() const override { return in().modelInputNames(); }
    [[nodiscard]] std::optional<std::int64_t> modelMaxLength() const override { return in().modelMaxLength(); }
    [[nodiscard]] std::string display(std::int64_t id) const override { return in().display(id); }
    [[nodiscard]] const Tokenizer &writer() const override { return out(); }
    [[nodiscard]] const Tokenizer *part(std::string_view name) const override
    {
        for (const Side *side : {&m_input, &m_output})
            if (side->name == name)
                return side->tokenizer.get();
        return nullptr;
    }

private:
    [[nodiscard]] const Tokenizer &in() const { return *m_input.tokenizer; }
    [[nodiscard]] const Tokenizer &out() const { return *m_output.tokenizer; }

    Side m_input;
    Side m_output;
};

} // namespace engine::text
