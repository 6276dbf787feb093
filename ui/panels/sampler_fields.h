// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers and words of a search that a person can set, as data.
#pragma once

#include "engine/generation.h"
#include "engine/tokenizer.h"

#include <QString>

#include <span>

namespace ui {

enum class FieldGroup { Main, More };
enum class FieldNeeds { Nothing, Sampling, Beams, SamplingWithoutBeams };

// A number with a slider.
struct SamplerField {
    const char *id;
    const char *title; // to be translated by samplerText()
    FieldGroup group;
    FieldNeeds needs;
    double least;
    double most;
    double step;
    int decimals;
    double (*read)(const engine::GenerationOptions &);
    void (*write)(engine::GenerationOptions &, double);
    const char *off = nullptr; // shown instead of the least value
};
[[nodiscard]] std::span<const SamplerField> samplerFields();

// Words that become tokens, or strings. Several are set apart by "|"; "\n" stands for a new line.
struct SamplerWords {
    const char *id;
    const char *title;
    const char *hint;
    QString (*read)(const engine::GenerationOptions &, const engine::Tokenizer &);
    // Throws engine::Error for a word that is none of this tokenizer.
    void (*write)(engine::GenerationOptions &, const QString &, const engine::Tokenizer &);
};
[[nodiscard]] std::span<const SamplerWords> samplerWords();

[[nodiscard]] QString samplerText(const char *text);
[[nodiscard]] bool isNeedMet(FieldNeeds needs, const engine::GenerationOptions &options);

// What a search is started with: options that do not go together give way (samples without sampling, groups that do
// not divide the beams), every beam is a result, and its history is kept.
[[nodiscard]] engine::GenerationOptions searchOptions(engine::GenerationOptions options);

} // namespace ui
