// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/mask_rule.h"

#include <algorithm>
#include <utility>

namespace engine {

struct MaskRule::Data {
    MaskKind kind = MaskKind::Full;
    std::int64_t queryOffset = 0;
    std::vector<std::vector<bool>> keep;
    std::shared_ptr<const MaskPattern> pattern;
    std::int64_t head = -1;
    std::int64_t reach = 0;
    std::vector<std::vector<std::int64_t>> globals;
    std::vector<PositionSpan> querySpans;
    std::vector<PositionSpan> keySpans;
    std::vector<MaskRule> parts;

    // Row b of the batch, position p; everything is kept where nothing is listed.
    [[nodiscard]] bool keeps(std::int64_t b, std::int64_t p) const
    {
        return keep.empty() || keep.at(static_cast<std::size_t>(b)).at(static_cast<std::size_t>(p));
    }
    [[nodiscard]] std::span<const std::int64_t> globalsOf(std::int64_t b) const
    {
        return globals.empty() ? std::span<const std::int64_t>() : globals.at(static_cast<std::size_t>(b));
    }
    [[nodiscard]] bool isGlobal(std::int64_t b, std::int64_t p) const
    {
        return std::ranges::binary_search(globalsOf(b), p);
    }
    [[nodiscard]] bool isInWindow(std::int64_t query, std::int64_t key) const
    {
        return key >= query - reach && key <= query + reach;
    }
};

void MaskPattern::fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const
{
    MaskPair each = pair;
    for (std::size_t k = 0; k < visible.size(); ++k) {
        each.key = static_cast<std::int64_t>(k);
        visible[k] = isVisible(each) ? 1 : 0;
    }
}

namespace {

std::string counted(std::int64_t count, const std::string &what)
{
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// "position 5", or "positions 5 to 6"
std::string spanText(const PositionSpan &span)
{
    return span.end - span.begin == 1
               ? "position " + std::to_string(span.begin)
               : "positions " + std::to_string(span.begin) + " to " + std::to_string(span.end - 1);
}

} // namespace

MaskRule::MaskRule(std::shared_ptr<const Data> data) : m_data(std::move(data)) {}

MaskRule MaskRule::full()
{
    static const auto kFull = std::make_shared<const Data>();
    return MaskRule(kFull);
}

MaskRule MaskRule::causal(std::int64_t queryOffset)
{
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::Causal;
    data->queryOffset = queryOffset;
    return MaskRule(std::move(data));
}

MaskRule MaskRule::padding(std::vector<std::vector<bool>> keep)
{
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::Padding;
    data->keep = std::move(keep);
    return MaskRule(std::move(data));
}

MaskRule MaskRule::pattern(std::shared_ptr<const MaskPattern> pattern)
{
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::Pattern;
    data->pattern = std::move(pattern);
    return MaskRule(std::move(data));
}

MaskRule MaskRule::ofHead(std::int64_t head) const
{
    if (m_data->kind != MaskKind::All && (m_data->kind != MaskKind::Pattern || !m_data->pattern->differsByHead()))
        return *this;
    auto data = std::make_shared<Data>(*m_data);
    data->head = head;
    for (auto &part : data->parts)
        part = part.ofHead(head);
    return MaskRule(std::move(data));
}

MaskRule MaskRule::window(std::int64_t reach, std::vector<std::vector<std::int64_t>> globals)
{
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::Window;
    data->reach = reach;
    data->globals = std::move(globals);
    return MaskRule(std::move(data));
}

MaskRule MaskRule::idle(std::vector<std::vector<bool>> keep)
{
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::Idle;
    data->keep = std::move(keep);
    return MaskRule(std::move(data));
}

MaskRule MaskRule::pooled(Pools pools)
{
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::Pooled;
    data->querySpans = std::move(pools.queries);
    data->keySpans = std::move(pools.keys);
    data->keep = std::move(pools.keep);
    return MaskRule(std::move(data));
}

MaskRule MaskRule::all(std::vector<MaskRule> parts)
{
    std::erase_if(parts, [](const MaskRule &part) { return part.kind() == MaskKind::Full; });
    if (parts.empty())
        return full();
    if (parts.size() == 1)
        return parts.front();
    auto data = std::make_shared<Data>();
    data->kind = MaskKind::All;
    data->parts = std::move(parts);
    return MaskRule(std::move(data));
}

MaskKind MaskRule::kind() const noexcept
{
    return m_data->kind;
}

const std::vector<MaskRule> &MaskRule::parts() const noexcept
{
    return m_data->parts;
}

std::int64_t MaskRule::queryOffset() const noexcept
{
    return m_data->queryOffset;
}

bool MaskRule::isVisible(std::int64_t batch, std::int64_t query, std::int64_t key) const
{
    switch (m_data->kind) {
    case MaskKind::Full:
        return true;
    case MaskKind::Causal:
        return key <= m_data->queryOffset + query;
    case MaskKind::Pattern:
        return m_data->pattern->isVisible({.batch = batch, .head = m_data->head, .query = query, .key = key});
    case MaskKind::Padding:
    case MaskKind::Pooled:
        return m_data->keeps(batch, key);
    case MaskKind::Idle:
        return m_data->keeps(batch, query);
    case MaskKind::Window:
        return m_data->isInWindow(query, key) || m_data->isGlobal(batch, key) || m_data->isGlobal(batch, query);
    case MaskKind::All:
        return std::ranges::all_of(m_data->parts,
                                   [&](const MaskRule &part) { return part.isVisible(batch, query, key); });
    }
    return true;
}

void MaskRule::fillRow(std::int64_t batch, std::int64_t query, std::span<std::uint8_t> visible) const
{
    switch (m_data->kind) {
    case MaskKind::Full:
        std::ranges::fill(visible, std::uint8_t{1});
        break;
    case MaskKind::Causal:
        for (std::size_t k = 0; k < visible.size(); ++k)
            visible[k] = static_cast<std::int64_t>(k) <= m_data->queryOffset + query ? 1 : 0;
        break;
    case MaskKind::Padding:
    case MaskKind::Pooled:
        for (std::size_t k = 0; k < visible.size(); ++k)
            visible[k] = m_data->keeps(batch, static_cast<std::int64_t>(k)) ? 1 : 0;
        break;
    case MaskKind::Idle:
        std::ranges::fill(visible, m_data->keeps(batch, query) ? std::uint8_t{1} : std::uint8_t{0});
        break;
    case MaskKind::Window:
        fillWindow(batch, query, visible);
        break;
    case MaskKind::Pattern:
        m_data->pattern->fillRow({.batch = batch, .head = m_data->head, .query = query}, visible);
        break;
    case MaskKind::All: {
        std::vector<std::uint8_t> row(visible.size());
        std::ranges::fill(visible, std::uint8_t{1});
        for (const auto &part : m_data->parts) {
            part.fillRow(batch, query, row);
            for (std::size_t k = 0; k < visible.size(); ++k)
                visible[k] &= row[k];
        }
        break;
    }
    }
}

void MaskRule::fillWindow(std::int64_t batch, std::int64_t query, std::span<std::uint8_t> visible) const
{
    const auto keys = static_cast<std::int64_t>(visible.size());
    const bool isGlobal = m_data->isGlobal(batch, query);
    std::ranges::fill(visible, isGlobal ? std::uint8_t{1} : std::uint8_t{0});
    const std::int64_t first = std::clamp<std::int64_t>(query - m_data->reach, 0, keys);
    const std::int64_t end = std::clamp<std::int64_t>(query + m_data->reach + 1, first, keys);
    std::ranges::fill(visible.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first)),
                      std::uint8_t{1});
    for (const auto key : m_data->globalsOf(batch))
        if (key < keys)
            visible[static_cast<std::size_t>(key)] = 1;
}

std::string MaskRule::windowWhy(std::int64_t batch, std::int64_t query, std::int64_t key) const
{
    const auto q = "position " + std::to_string(query);
    const auto k = "position " + std::to_string(key);
    if (m_data->isGlobal(batch, query))
        return "visible: " + q + " is a global token and sees all";
    if (m_data->isGlobal(batch, key))
        return "visible: " + k + " is a global token and is seen by all";
    const auto reach = std::to_string(m_data->reach);
    return m_data->isInWindow(query, key) ? "visible: " + k + " is within " + reach + " of " + q
                                          : "hidden: " + k + " is more than " + reach + " away from " + q;
}

std::string MaskRule::pooledWhy(std::int64_t batch, std::int64_t query, std::int64_t key) const
{
    const auto k = spanText(keySpan(key));
    return m_data->keeps(batch, key) ? "visible: query " + std::to_string(query) + " stands for " +
                                           spanText(querySpan(query)) + ", key " + std::to_string(key) + " for " + k
                                     : "hidden: key " + std::to_string(key) + " stands for " + k + ", where padding is";
}

std::string MaskRule::why(std::int64_t batch, std::int64_t query, std::int64_t key) const
{
    const auto k = std::to_string(key);
    switch (m_data->kind) {
    case MaskKind::Full:
        return "visible: full attention, no mask";
    case MaskKind::Causal: {
        const auto q = std::to_string(m_data->queryOffset + query);
        return isVisible(batch, query, key) ? "visible: position " + k + " is not after position " + q
                                            : "hidden: position " + k + " comes after position " + q;
    }
    case MaskKind::Padding:
        return isVisible(batch, query, key) ? "visible: position " + k + " is a real token"
                                            : "hidden: position " + k + " is padding";
    case MaskKind::Pattern:
        return m_data->pattern->why({.batch = batch, .head = m_data->head, .query = query, .key = key});
    case MaskKind::Window:
        return windowWhy(batch, query, key);
    case MaskKind::Pooled:
        return pooledWhy(batch, query, key);
    case MaskKind::Idle: {
        const auto q = std::to_string(query);
        return isVisible(batch, query, key) ? "visible: position " + q + " is a real token"
                                            : "hidden: position " + q + " is padding and looks at nothing";
    }
    case MaskKind::All:
        for (const auto &part : m_data->parts)
            if (!part.isVisible(batch, query, key))
                return part.why(batch, query, key);
        return m_data->parts.front().why(batch, query, key);
    }
    return {};
}

std::string MaskRule::text() const
{
    switch (m_data->kind) {
    case MaskKind::Full:
        return "full attention";
    case MaskKind::Causal:
        return "causal";
    case MaskKind::Padding:
        return "full attention, padding hidden";
    case MaskKind::Pattern:
        return m_data->pattern->text();
    case MaskKind::Window: {
        std::size_t globals = 0;
        for (const auto &row : m_data->globals)
            globals = std::max(globals, row.size());
        return "sliding window, " + counted(m_data->reach, "position") + " to each side" +
               (globals == 0 ? "" : ", " + counted(static_cast<std::int64_t>(globals), "global token"));
    }
    case MaskKind::Pooled:
        return "full attention, " + std::to_string(m_data->querySpans.size()) + " pooled queries and " +
               std::to_string(m_data->keySpans.size()) + " keys" + (isTrivial() ? "" : ", padding hidden");
    case MaskKind::Idle:
        return "padding looks at nothing";
    case MaskKind::All: {
        std::string out;
        for (const auto &part : m_data->parts) {
            const auto words = part.kind() == MaskKind::Padding ? std::string("padding hidden") : part.text();
            out += (out.empty() ? "" : ", ") + words;
        }
        return out;
    }
    }
    return {};
}

bool MaskRule::isTrivial() const noexcept
{
    switch (m_data->kind) {
    case MaskKind::Full:
        return true;
    case MaskKind::Causal:
    case MaskKind::Pattern:
    case MaskKind::Window:
        return false;
    case MaskKind::Padding:
    case MaskKind::Pooled:
    case MaskKind::Idle:
        return std::ranges::all_of(
            m_data->keep, [](const auto &row) { return std::ranges::all_of(row, [](bool keep) { return keep; }); });
    case MaskKind::All:
        return std::ranges::all_of(m_data->parts, [](const MaskRule &part) { return part.isTrivial(); });
    }
    return true;
}

bool MaskRule::isIdle(std::int64_t batch, std::int64_t query) const
{
    if (m_data->kind == MaskKind::All)
        return std::ranges::any_of(m_data->parts, [&](const MaskRule &part) { return part.isIdle(batch, query); });
    return m_data->kind == MaskKind::Idle && !m_data->keeps(batch, query);
}

PositionSpan MaskRule::querySpan(std::int64_t query) const
{
    for (const auto &part : m_data->parts)
        if (part.kind() == MaskKind::Pooled)
            return part.querySpan(query);
    return m_data->kind == MaskKind::Pooled ? m_data->querySpans.at(static_cast<std::size_t>(query))
                                            : PositionSpan{query, query + 1};
}

PositionSpan MaskRule::keySpan(std::int64_t key) const
{
    for (const auto &part : m_data->parts)
        if (part.kind() == MaskKind::Pooled)
            return part.keySpan(key);
    return m_data->kind == MaskKind::Pooled ? m_data->keySpans.at(static_cast<std::size_t>(key))
                                            : PositionSpan{key, key + 1};
}

MaskRule AppliedMask::rule() const
{
    std::vector<MaskRule> rules;
    for (const auto &term : terms)
        rules.push_back(term.rule);
    return MaskRule::all(std::move(rules));
}

} // namespace engine
