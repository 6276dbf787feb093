// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/reader.h"

#include "engine/error.h"

#include <algorithm>
#include <numeric>

namespace engine::text {

namespace {

void append(Encoding &row, const Encoding &part, int sequence)
{
    const auto add = [](auto &to, const auto &from) { to.insert(to.end(), from.begin(), from.end()); };
    add(row.ids, part.ids);
    add(row.tokens, part.tokens);
    add(row.typeIds, part.typeIds);
    add(row.attentionMask, part.attentionMask);
    add(row.specialTokensMask, part.specialTokensMask);
    add(row.offsets, part.offsets);
    row.sequence.insert(row.sequence.end(), part.size(), sequence);
}

void cut(Encoding &row, std::size_t length)
{
    row.removedByTruncation = static_cast<std::int64_t>(row.size() - length);
    row.ids.resize(length);
    row.tokens.resize(length);
    row.typeIds.resize(length);
    row.attentionMask.resize(length);
    row.specialTokensMask.resize(length);
    row.offsets.resize(length);
    row.sequence.resize(length);
}

struct Candidate {
    std::size_t begin = 0;
    std::size_t last = 0;
    double score = 0;

    [[nodiscard]] bool contains(const Candidate &other) const { return begin <= other.begin && other.last <= last; }
};

// The tokens [first, end) in which an answer may lie: behind the question's separator, before the padding.
struct Place {
    std::size_t first = 0;
    std::size_t end = 0;
};

Place placeOf(const Tokenizer &tokenizer, const ReaderScores &passage)
{
    const auto find = [&](std::string_view name, std::size_t from) {
        const auto begin = passage.ids.begin() + static_cast<std::ptrdiff_t>(std::min(from, passage.ids.size()));
        const std::optional<std::int64_t> id = tokenizer.special(name);
        const auto found = id ? std::find(begin, passage.ids.end(), *id) : passage.ids.end();
        return static_cast<std::size_t>(found - passage.ids.begin());
    };
    constexpr std::size_t kFirstSeparator = 2; // [CLS] and a word come before it
    const std::size_t size = passage.ids.size();
    const std::size_t separator = find("sep_token", kFirstSeparator);
    if (separator == size)
        failArgument("a passage of " + std::to_string(size) + " tokens has no separator behind the question");
    if (passage.start.size() < size || passage.end.size() < size)
        failArgument("a passage of " + std::to_string(size) + " tokens has " + std::to_string(passage.start.size()) +
                     " start and " + std::to_string(passage.end.size()) + " end logits");
    const bool isPadded = tokenizer.special("pad_token") == passage.ids.back();
    return {.first = separator + 1, .end = isPadded ? find("pad_token", 0) : size};
}

std::vector<Candidate> bestOf(const ReaderScores &passage, Place place, const SpanOptions &options)
{
    std::vector<Candidate> candidates;
    for (std::size_t begin = place.first; begin < place.end; ++begin)
        for (std::size_t last = begin; last < std::min(place.end, begin + options.longestAnswer); ++last)
            candidates.push_back(
                {.begin = begin, .last = last, .score = double{passage.start[begin]} + double{passage.end[last]}});
    std::ranges::stable_sort(candidates, std::greater<>(), &Candidate::score);
    std::vector<Candidate> chosen;
    for (const Candidate &candidate : candidates) {
        if (chosen.size() == options.spansOfPassage)
            break;
        const bool isNew = std::ranges::none_of(
            chosen, [&](const Candidate &better) { return better.contains(candidate) || candidate.contains(better); });
        if (isNew)
            chosen.push_back(candidate);
    }
    return chosen;
}

} // namespace

Encoding encodePassage(const Tokenizer &tokenizer, const ReaderPassage &passage, const EncodeOptions &options)
{
    Encoding row = tokenizer.encode(passage.question, passage.title, {});
    append(row, tokenizer.encode(passage.text, std::nullopt, {.addSpecialTokens = false}), 2);
    const std::optional<std::int64_t> pad = tokenizer.special("pad_token");
    for (std::size_t at = 0; at < row.size(); ++at)
        row.attentionMask[at] = pad == row.ids[at] ? 0 : 1;
    if (options.maxLength && *options.maxLength < 1)
        failArgument("the maximum length is " + std::to_string(*options.maxLength) + ", expected at least 1");
    if (options.truncation != Truncation::None && options.maxLength &&
        static_cast<std::int64_t>(row.size()) > *options.maxLength)
        cut(row, static_cast<std::size_t>(*options.maxLength));
    return row;
}

std::vector<AnswerSpan> bestSpans(const Tokenizer &tokenizer, std::span<const ReaderScores> passages,
                                  const SpanOptions &options)
{
    std::vector<std::size_t> order(passages.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t at) { return passages[at].relevance; });
    std::vector<AnswerSpan> spans;
    for (const std::size_t number : order) {
        if (spans.size() >= options.spans)
            break;
        const ReaderScores &passage = passages[number];
        for (const Candidate &span : bestOf(passage, placeOf(tokenizer, passage), options))
            spans.push_back(
                {.score = span.score,
                 .relevance = passage.relevance,
                 .passage = number,
                 .begin = span.begin,
                 .last = span.last,
                 .text = tokenizer.decode(passage.ids.subspan(span.begin, span.last - span.begin + 1), {})});
    }
    if (spans.size() > options.spans)
        spans.resize(options.spans);
    return spans;
}

} // namespace engine::text
