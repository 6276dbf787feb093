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
    std::vector<MaskRule> parts;
};

void MaskPattern::fillRow(const MaskPair &pair, std::span<std::uint8_t> visible) const
{
    MaskPair each = pair;
    for (std::size_t k = 0; k < visible.size(); ++k) {
        each.key = static_cast<std::int64_t>(k);
        visible[k] = isVisible(each) ? 1 : 0;
    }
}

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
    case MaskKind::Padding:
        return m_data->keep.at(static_cast<std::size_t>(batch)).at(static_cast<std::size_t>(key));
    case MaskKind::Pattern:
        return m_data->pattern->isVisible({.batch = batch, .head = m_data->head, .query = query, .key = key});
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
    case MaskKind::Padding: {
        const auto &keep = m_data->keep.at(static_cast<std::size_t>(batch));
        for (std::size_t k = 0; k < visible.size(); ++k)
            visible[k] = keep.at(k) ? 1 : 0;
        break;
    }
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
        return false;
    case MaskKind::Padding:
        return std::ranges::all_of(
            m_data->keep, [](const auto &row) { return std::ranges::all_of(row, [](bool keep) { return keep; }); });
    case MaskKind::All:
        return std::ranges::all_of(m_data->parts, [](const MaskRule &part) { return part.isTrivial(); });
    }
    return true;
}

MaskRule AppliedMask::rule() const
{
    std::vector<MaskRule> rules;
    for (const auto &term : terms)
        rules.push_back(term.rule);
    return MaskRule::all(std::move(rules));
}

} // namespace engine
