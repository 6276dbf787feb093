// SPDX-License-Identifier: GPL-3.0-or-later
// config.json and its relatives, with typed look-ups whose errors name file, key, expected and found.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::files {

// One JSON object of a file. A null value counts as absent, as in the reference library.
class Config {
public:
    // File error when the file is missing, too large (> 16 MiB for a configuration), not JSON or no object.
    [[nodiscard]] static Config read(const std::filesystem::path &file);
    [[nodiscard]] static Config fromText(const std::filesystem::path &nameForErrors, std::string_view json);

    [[nodiscard]] const std::filesystem::path &file() const noexcept { return m_file; }
    [[nodiscard]] bool has(std::string_view key) const;

    // Value of the key, or the default when it is absent; File error when it has another type.
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback) const;
    // The same, and a File error unless minimum ≤ value ≤ maximum.
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t minimum,
                                       std::int64_t maximum) const;
    [[nodiscard]] std::optional<std::int64_t> optionalInteger(std::string_view key) const;
    [[nodiscard]] double number(std::string_view key, double fallback) const;
    [[nodiscard]] bool boolean(std::string_view key, bool fallback) const;
    [[nodiscard]] std::string text(std::string_view key, std::string_view fallback) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const; // absent: empty
    // A list of whole numbers, or one number for a list of one; absent: the fallback. File error unless each lies in
    // minimum … maximum.
    struct Range {
        std::int64_t minimum = 0;
        std::int64_t maximum = 0;
    };
    [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key, const std::vector<std::int64_t> &fallback,
                                                     const Range &range) const;
    [[nodiscard]] std::vector<bool> booleans(std::string_view key) const; // one or a list; absent: empty
    [[nodiscard]] const nlohmann::json &json() const noexcept { return *m_json; }

    // id2label in the order of the ids; absent: LABEL_0 … with num_labels (default 2) entries.
    [[nodiscard]] std::vector<std::string> labels() const;

    [[noreturn]] void fail(std::string_view key, std::string_view expected, std::string_view found) const;

private:
    Config(std::filesystem::path file, std::shared_ptr<const nlohmann::json> json);
    std::filesystem::path m_file;
    std::shared_ptr<const nlohmann::json> m_json;
};

} // namespace engine::files
