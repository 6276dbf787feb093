// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/byte_trie.h"

#include "engine/error.h"

#include <algorithm>
#include <numeric>

namespace engine::text {

// Level by level over the sorted strings: a node is a range of strings with a common beginning.
ByteTrie::ByteTrie(std::span<const std::string_view> strings)
{
    std::size_t bytes = 0;
    for (const std::string_view string : strings)
        bytes += string.size();
    if (bytes + strings.size() > (std::size_t{1} << 31U))
        failArgument("a vocabulary of " + std::to_string(bytes) + " bytes is too large");
    std::vector<std::uint32_t> sorted(strings.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::ranges::stable_sort(sorted, {}, [&](std::uint32_t at) { return strings[at]; });
    struct Range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    std::vector<Range> level = {{.begin = 0, .end = sorted.size()}};
    m_nodes.reserve(bytes / 2 + 2);
    m_nodes.emplace_back();
    m_labels.push_back(0);
    std::size_t first = 0; // node of this level
    for (std::size_t depth = 0; !level.empty(); ++depth) {
        const std::size_t next = m_nodes.size();
        std::vector<Range> below;
        for (std::size_t k = 0; k < level.size(); ++k) {
            std::size_t at = level[k].begin;
            while (at < level[k].end && strings[sorted[at]].size() == depth)
                m_nodes[first + k].string = depth == 0 ? -1 : static_cast<std::int32_t>(sorted[at]), ++at;
            m_nodes[first + k].children = static_cast<std::uint32_t>(m_nodes.size());
            while (at < level[k].end) {
                const char label = strings[sorted[at]][depth];
                const std::size_t begin = at;
                while (at < level[k].end && strings[sorted[at]][depth] == label)
                    ++at;
                m_nodes.emplace_back();
                m_labels.push_back(static_cast<unsigned char>(label));
                below.push_back({.begin = begin, .end = at});
            }
        }
        level = std::move(below);
        first = next;
    }
    m_nodes.push_back({.children = static_cast<std::uint32_t>(m_nodes.size())});
    m_ofRoot.fill(kNone);
    for (std::uint32_t at = m_nodes[kRoot].children; at < m_nodes[kRoot + 1].children; ++at)
        m_ofRoot[m_labels[at]] = at;
}

std::uint32_t ByteTrie::descendant(std::uint32_t node, std::string_view bytes) const
{
    for (const char byte : bytes) {
        node = child(node, static_cast<unsigned char>(byte));
        if (node == kNone)
            break;
    }
    return node;
}

} // namespace engine::text
