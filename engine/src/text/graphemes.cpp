// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/graphemes.h"

#include "text/unicode.h"

namespace engine::text {

namespace {

bool isControl(ClusterBreak kind)
{
    return kind == ClusterBreak::Control || kind == ClusterBreak::CarriageReturn || kind == ClusterBreak::LineFeed;
}

bool joinsHangul(ClusterBreak left, ClusterBreak right)
{
    using enum ClusterBreak;
    switch (left) {
    case HangulL: // GB6
        return right == HangulL || right == HangulV || right == HangulLv || right == HangulLvt;
    case HangulLv: // GB7
    case HangulV:
        return right == HangulV || right == HangulT;
    case HangulLvt: // GB8
    case HangulT:
        return right == HangulT;
    default:
        return false;
    }
}

// What of the cluster so far decides about the next character.
struct State {
    ClusterBreak last = ClusterBreak::Other;
    bool isPictograph = false; // a pictograph, then only Extend
    bool joinsPictograph = false;
    std::size_t indicators = 0;

    void add(ClusterBreak kind)
    {
        joinsPictograph = kind == ClusterBreak::Joiner && isPictograph;
        isPictograph = kind == ClusterBreak::Pictograph || (kind == ClusterBreak::Extend && isPictograph);
        indicators = kind == ClusterBreak::RegionalIndicator ? indicators + 1 : 0;
        last = kind;
    }

    [[nodiscard]] bool joins(ClusterBreak next) const
    {
        using enum ClusterBreak;
        if (isControl(last) || isControl(next)) // GB3 to GB5
            return last == CarriageReturn && next == LineFeed;
        if (joinsHangul(last, next))
            return true;
        if (next == Extend || next == Joiner || next == SpacingMark || last == Prepend) // GB9, GB9a, GB9b
            return true;
        if (joinsPictograph && next == Pictograph) // GB11
            return true;
        return last == RegionalIndicator && next == RegionalIndicator && indicators % 2 == 1; // GB12, GB13
    }
};

} // namespace

std::size_t endOfCluster(std::span<const Character> text, std::size_t at)
{
    const bool isAlone = at + 1 == text.size();
    if (isAlone || (text[at].value < 0x80 && text[at + 1].value < 0x80 && text[at].value != U'\r'))
        return at + 1;
    State state;
    state.add(clusterBreak(text[at].value));
    std::size_t end = at + 1;
    for (; end < text.size(); ++end) {
        const ClusterBreak next = clusterBreak(text[end].value);
        if (!state.joins(next))
            break;
        state.add(next);
    }
    return end;
}

} // namespace engine::text
