// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and tables as a person reads them in a terminal.
#pragma once

#include "engine/run_control.h"

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace app::cli {

[[nodiscard]] std::string number(double value, int decimals);
[[nodiscard]] std::string percent(double share);        // "71.32 %"
[[nodiscard]] std::string grouped(std::int64_t value);  // "110,106,428"
[[nodiscard]] std::string byteText(std::int64_t bytes); // "1.9 MiB"
// "12 / 40 tokens"; from the second second on with rate and time left: "12 / 40 passages, 6.0 /s, 5 s left".
[[nodiscard]] std::string progressText(const engine::Progress &progress, double seconds);
[[nodiscard]] std::string shownText(std::string_view text); // “text”, control characters made visible
[[nodiscard]] std::string joined(const std::vector<std::string> &parts, std::string_view separator);

// Columns that a terminal shows for UTF-8 text (wide East Asian characters and emoji take two).
[[nodiscard]] int displayWidth(std::string_view text);

enum class Align { Left, Right };

// Rows of cells, printed with columns as wide as their widest cell and two spaces between.
class Table {
public:
    explicit Table(std::vector<Align> columns);
    void head(std::vector<std::string> cells);
    void row(std::vector<std::string> cells);
    void print(std::ostream &out, std::string_view indent = "") const;

private:
    std::vector<Align> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace app::cli
