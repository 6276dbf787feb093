// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/truncation.h"

#include "engine/error.h"

#include <algorithm>
#include <string>

namespace engine::text {

namespace {

constexpr std::int64_t kMostOverflowTokens = std::int64_t{1} << 24;

std::int64_t count(const TextTokens &tokens)
{
    return static_cast<std::int64_t>(tokens.size());
}

TextTokens slice(const TextTokens &tokens, std::int64_t begin, std::int64_t end)
{
    return {tokens.begin() + begin, tokens.begin() + end};
}

void keep(TextTokens &tokens, std::int64_t length, Side side)
{
    if (side == Side::Right)
        tokens.resize(static_cast<std::size_t>(length));
    else
        tokens.erase(tokens.begin(), tokens.end() - length);
}

struct Lengths {
    std::int64_t first = 0;
    std::int64_t second = 0;
};

// One token at a time: from the first text where that is longer, else from the second.
Lengths dropOneByOne(Lengths lengths, std::int64_t toRemove)
{
    for (; toRemove > 0 && (lengths.first > 0 || lengths.second > 0); --toRemove) {
        if (lengths.first > lengths.second)
            --lengths.first;
        else
            --lengths.second;
    }
    return lengths;
}

// The Rust library's rule for a pair that has to fit into `room` together.
Lengths shareRoom(Lengths lengths, std::int64_t room)
{
    const bool isSwapped = lengths.first > lengths.second;
    std::int64_t shorter = std::min(lengths.first, lengths.second);
    std::int64_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (shorter + longer > room) {
        shorter = room / 2;
        longer = room - shorter;
    }
    return isSwapped ? Lengths{.first = longer, .second = shorter} : Lengths{.first = shorter, .second = longer};
}

// The windows of at most `length` tokens; the first one is what is kept.
std::vector<TextTokens> windowsOf(const TextTokens &tokens, std::int64_t length, const TruncationRequest &request)
{
    const std::int64_t size = count(tokens);
    if (length >= size)
        return {tokens};
    if (length == 0)
        return request.returnsOverflow ? std::vector<TextTokens>{{}, tokens} : std::vector<TextTokens>{{}};
    TextTokens kept = tokens;
    keep(kept, length, request.side);
    std::vector<TextTokens> windows = {std::move(kept)};
    if (!request.returnsOverflow)
        return windows;
    const std::int64_t stride = request.stride;
    if (stride < 0 || stride >= length)
        failArgument("the stride is " + std::to_string(stride) + ", expected 0 or more and less than the " +
                     std::to_string(length) + " tokens of a window");
    const std::int64_t step = length - stride;
    if (((size - length) / step + 2) > kMostOverflowTokens / length)
        failArgument("windows of " + std::to_string(length) + " tokens with a stride of " + std::to_string(stride) +
                     " over " + std::to_string(size) + " tokens are too many to return");
    for (std::int64_t done = length, moved = step; done < size; moved += step) {
        if (request.side == Side::Right) {
            done = std::min(moved + length, size);
            windows.push_back(slice(tokens, moved, done));
        } else {
            const std::int64_t end = size - moved;
            const std::int64_t begin = std::max(end - length, std::int64_t{0});
            windows.push_back(slice(tokens, begin, end));
            done = size - begin;
        }
    }
    return windows;
}

// Every window of the first text with every window of the second, in the library's order.
void combine(Truncated &result, const std::vector<TextTokens> &first, const std::vector<TextTokens> &second)
{
    std::int64_t total = 0;
    const auto add = [&](const TextTokens &a, const TextTokens &b) {
        total += count(a) + count(b);
        if (total > kMostOverflowTokens)
            failArgument("the overflow has too many windows to return");
        result.windows.push_back({.first = a, .second = b});
    };
    for (std::size_t at = 1; at < first.size(); ++at)
        for (const TextTokens &other : second)
            add(first[at], other);
    for (std::size_t other = 1; other < second.size(); ++other)
        add(first[0], second[other]);
}

std::string shortage(std::int64_t toRemove, std::int64_t size)
{
    return std::to_string(toRemove) + " tokens have to go and the text to cut has " + std::to_string(size);
}

} // namespace

std::int64_t Sequences::size() const noexcept
{
    return count(first) + (second ? count(*second) : 0);
}

Truncated truncateLikeLegacy(Sequences sequences, const TruncationRequest &request)
{
    Truncated result;
    const std::int64_t toRemove = sequences.size() - request.room;
    result.kept = std::move(sequences);
    if (toRemove <= 0)
        return result;
    Sequences &kept = result.kept;
    if (request.strategy == Truncation::LongestFirst && kept.second) {
        const Lengths lengths = dropOneByOne({.first = count(kept.first), .second = count(*kept.second)}, toRemove);
        result.removedCount = kept.size() - lengths.first - lengths.second;
        keep(kept.first, lengths.first, request.side);
        keep(*kept.second, lengths.second, request.side);
        return result;
    }
    if (request.strategy == Truncation::OnlySecond && !kept.second)
        return result;
    result.removedFrom = request.strategy == Truncation::OnlySecond ? 1 : 0;
    TextTokens &chosen = result.removedFrom == 1 ? *kept.second : kept.first;
    const std::int64_t size = count(chosen);
    if (size <= toRemove)
        return result;
    const std::int64_t window = std::min(size, std::max(request.stride, std::int64_t{0}) + toRemove);
    if (request.returnsOverflow)
        result.removed = request.side == Side::Right ? slice(chosen, size - window, size) : slice(chosen, 0, window);
    keep(chosen, size - toRemove, request.side);
    result.removedCount = toRemove;
    return result;
}

Truncated truncateLikeJson(Sequences sequences, const TruncationRequest &request)
{
    Truncated result;
    const std::int64_t toRemove = sequences.size() - request.room;
    if (request.room < 0)
        failArgument("the maximum length leaves no room for the special tokens");
    if (toRemove <= 0) {
        result.kept = std::move(sequences);
        return result;
    }
    Lengths lengths = {.first = count(sequences.first), .second = sequences.second ? count(*sequences.second) : 0};
    if (request.room == 0) {
        lengths = {};
    } else if (request.strategy == Truncation::LongestFirst) {
        if (sequences.second)
            lengths = shareRoom(lengths, request.room);
        else
            lengths.first -= toRemove;
    } else {
        if (request.strategy == Truncation::OnlySecond && !sequences.second)
            failArgument("only_second truncation needs a second text");
        std::int64_t &chosen = request.strategy == Truncation::OnlyFirst ? lengths.first : lengths.second;
        if (chosen <= toRemove)
            failArgument("truncation would leave nothing: " + shortage(toRemove, chosen));
        chosen -= toRemove;
    }
    std::vector<TextTokens> first = windowsOf(sequences.first, lengths.first, request);
    result.removedCount = sequences.size();
    if (sequences.second) {
        std::vector<TextTokens> second = windowsOf(*sequences.second, lengths.second, request);
        combine(result, first, second);
        result.kept = {.first = std::move(first.front()), .second = std::move(second.front())};
    } else {
        for (std::size_t at = 1; at < first.size(); ++at)
            result.windows.push_back({.first = std::move(first[at])});
        result.kept.first = std::move(first.front());
    }
    result.removedCount -= result.kept.size();
    return result;
}

} // namespace engine::text
