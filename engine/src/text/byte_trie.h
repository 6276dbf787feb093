// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace engine::text {

// Numbered strings by their bytes, in flat arrays: a node's children lie side by side, in the order of their labels.
class ByteTrie {
public:
    // Which of `strings` stand in the trie: all that are not empty; of equal ones the last. Argument error for more
    // than 2³¹ bytes.
    explicit ByteTrie(std::span<const std::string_view> strings);

    static constexpr std::uint32_t kRoot = 0;
    static constexpr std::uint32_t kNone = 0xFFFFFFFF;

    // The node that `byte` leads to, or kNone.
    [[nodiscard]] std::uint32_t child(std::uint32_t node, unsigned char byte) const
    {
        if (node == kRoot)
            return m_ofRoot[byte];
        std::uint32_t at = m_nodes[node].children;
        std::uint32_t end = m_nodes[node + 1].children;
        constexpr std::uint32_t kFew = 8;
        while (end - at > kFew) {
            const std::uint32_t middle = at + (end - at) / 2;
            if (m_labels[middle] > byte)
                end = middle;
            else
                at = middle;
        }
        for (; at < end; ++at)
            if (m_labels[at] == byte)
                return at;
        return kNone;
    }

    [[nodiscard]] std::uint32_t descendant(std::uint32_t node, std::string_view bytes) const; // kNone: none
    // Number of the string that ends here, or −1.
    [[nodiscard]] std::int32_t string(std::uint32_t node) const { return m_nodes[node].string; }

private:
    struct Node {
        std::uint32_t children = 0; // the first; the next node's is the end
        std::int32_t string = -1;
    };
    std::vector<Node> m_nodes;           // and one past the end
    std::vector<unsigned char> m_labels; // by node
    std::array<std::uint32_t, 256> m_ofRoot = {};
};

} // namespace engine::text
