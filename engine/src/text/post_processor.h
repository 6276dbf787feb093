// SPDX-License-Identifier: GPL-3.0-or-later
// Puts special tokens around one text or a pair of texts.
#pragma once

#include "engine/encoding.h"
#include "text/truncation.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace engine::text {

struct TemplatePiece {
    enum class Kind { FirstText, SecondText, Special, Language };
    Kind kind = Kind::FirstText;
    std::vector<std::int64_t> ids = {}; // of special tokens
    std::int64_t typeId = 0;
    bool isOnlyOnce = false; // left out where the text before it already ends in it
};
using Template = std::vector<TemplatePiece>;

// Offsets of byte-level tokens without the white space at their ends.
struct OffsetTrimming {
    bool addsPrefixSpace = false; // one space in front of the first token was not in the text
};

struct PostProcessor {
    Template single = {{.kind = TemplatePiece::Kind::FirstText}};
    Template pair = {{.kind = TemplatePiece::Kind::FirstText}, {.kind = TemplatePiece::Kind::SecondText, .typeId = 1}};
    std::optional<OffsetTrimming> trimming = {};
    // The Python classes: without special tokens everything is segment 0.
    bool typesNeedSpecialTokens = false;
    // Ids that count as special even where they come from the text.
    std::set<std::int64_t> specialInText = {};

    [[nodiscard]] std::int64_t specialTokens(const Sequences &sequences) const; // how many it would add

    struct Options {
        bool addsSpecialTokens = true;
        std::function<std::string_view(std::int64_t)> token; // text of an id
        std::optional<std::int64_t> language = {};           // stands where the template says so
    };
    [[nodiscard]] Encoding assemble(Sequences sequences, const Options &options) const;
};

} // namespace engine::text
