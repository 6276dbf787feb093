// SPDX-License-Identifier: GPL-3.0-or-later
// The small normalisers of tokenizer.json.
#pragma once

#include "text/normal_forms.h"
#include "text/pattern.h"
#include "text/stages.h"

#include <memory>
#include <string>
#include <vector>

namespace engine::text {

class NormalizerSequence final : public Normalizer {
public:
    explicit NormalizerSequence(std::vector<std::unique_ptr<const Normalizer>> parts) : m_parts(std::move(parts)) {}
    void apply(NormalizedText &text) const override;

private:
    std::vector<std::unique_ptr<const Normalizer>> m_parts;
};

// Every match becomes `content`, which stands where the match's last character stood.
class ReplaceNormalizer final : public Normalizer {
public:
    ReplaceNormalizer(std::unique_ptr<const Pattern> pattern, std::u32string content)
        : m_pattern(std::move(pattern)), m_content(std::move(content))
    {
    }
    void apply(NormalizedText &text) const override;

private:
    std::unique_ptr<const Pattern> m_pattern;
    std::u32string m_content;
};

class FormNormalizer final : public Normalizer {
public:
    explicit FormNormalizer(NormalForm form) : m_form(form) {}
    void apply(NormalizedText &text) const override { toNormalForm(text, m_form); }

private:
    NormalForm m_form;
};

// Every mark goes.
class AccentStripper final : public Normalizer {
public:
    void apply(NormalizedText &text) const override;
};

class LowercaseNormalizer final : public Normalizer {
public:
    void apply(NormalizedText &text) const override { lowercase(text); }
};

// White space at the ends goes.
class StripNormalizer final : public Normalizer {
public:
    struct Options {
        bool stripsLeft = true;
        bool stripsRight = true;
    };
    explicit StripNormalizer(Options options) : m_options(options) {}
    void apply(NormalizedText &text) const override;

private:
    Options m_options;
};

// In front of a text that is not empty; stands where its first character stands.
class PrependNormalizer final : public Normalizer {
public:
    explicit PrependNormalizer(std::u32string content) : m_content(std::move(content)) {}
    void apply(NormalizedText &text) const override;

private:
    std::u32string m_content;
};

} // namespace engine::text
