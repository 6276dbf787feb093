// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace engine::text {

// Tokens by id and ids by token.
class Vocabulary {
public:
    // Token i has the id i; an empty string is an id without a token. The tokens are different from each other.
    explicit Vocabulary(std::vector<std::string> tokens);
    Vocabulary(const Vocabulary &) = delete;
    Vocabulary &operator=(const Vocabulary &) = delete;

    [[nodiscard]] std::optional<std::int64_t> id(std::string_view token) const;
    [[nodiscard]] std::string_view token(std::int64_t id) const noexcept; // "" for an unknown id
    [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(m_ids.size()); }
    [[nodiscard]] std::int64_t idEnd() const noexcept { return static_cast<std::int64_t>(m_tokens.size()); }
    [[nodiscard]] std::size_t longestToken() const noexcept { return m_longest; } // bytes

private:
    std::vector<std::string> m_tokens;
    std::unordered_map<std::string_view, std::int64_t> m_ids; // views into m_tokens
    std::size_t m_longest = 0;
};

} // namespace engine::text
