// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/format.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace app::cli {

std::string number(double value, int decimals)
{
    std::array<char, 64> buffer{};
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
    return {buffer.data(), static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(buffer.size()) - 1))};
}

std::string percent(double share)
{
    return number(100.0 * share, 2) + " %";
}

std::string grouped(std::int64_t value)
{
    std::string text = std::to_string(value);
    const std::size_t first = value < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first + 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

std::string byteText(std::int64_t bytes)
{
    constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024.0 && unit + 1 < kUnits.size(); ++unit)
        value /= 1024.0;
    return number(value, unit == 0 ? 0 : 1) + ' ' + kUnits[unit];
}

namespace {

std::string amountText(const engine::Progress &progress)
{
    if (progress.unit == "bytes")
        return byteText(progress.done) + (progress.total > 0 ? " / " + byteText(progress.total) : "");
    return std::to_string(progress.done) + (progress.total > 0 ? " / " + std::to_string(progress.total) : "") + ' ' +
           progress.unit;
}

} // namespace

std::string progressText(const engine::Progress &progress, double seconds)
{
    constexpr double kLeast = 1.0;
    std::string text = amountText(progress);
    if (seconds < kLeast || progress.done <= 0)
        return text;
    const double rate = static_cast<double>(progress.done) / seconds;
    text +=
        ", " + (progress.unit == "bytes" ? byteText(static_cast<std::int64_t>(rate)) : number(rate, 1) + ' ') + "/s";
    if (progress.total > progress.done)
        text += ", " + number(static_cast<double>(progress.total - progress.done) / rate, 0) + " s left";
    return text;
}

std::string shownText(std::string_view text)
{
    std::string result = "\u201c";
    for (const char c : text) {
        if (c == '\n')
            result += "\u21b5";
        else if (c == '\t')
            result += "\u21e5";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            result += "\u00b7";
        else
            result += c;
    }
    return result + "\u201d";
}

std::string joined(const std::vector<std::string> &parts, std::string_view separator)
{
    std::string text;
    for (const std::string &part : parts) {
        if (!text.empty())
            text += separator;
        text += part;
    }
    return text;
}

namespace {

using Ranges = std::array<std::pair<char32_t, char32_t>, 13>;

// Blocks that terminals draw two columns wide (Unicode TR 11, the wide and full-width blocks in common use).
constexpr Ranges kWide = {{{0x1100, 0x115f},
                           {0x2e80, 0x303e},
                           {0x3041, 0x33ff},
                           {0x3400, 0x4dbf},
                           {0x4e00, 0x9fff},
                           {0xa000, 0xa4cf},
                           {0xac00, 0xd7a3},
                           {0xf900, 0xfaff},
                           {0xfe30, 0xfe6f},
                           {0xff00, 0xff60},
                           {0xffe0, 0xffe6},
                           {0x1f300, 0x1faff},
                           {0x20000, 0x3fffd}}};

int width(char32_t c)
{
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f))
        return 0;
    const bool isWide = std::any_of(kWide.begin(), kWide.end(),
                                    [c](const auto &range) { return c >= range.first && c <= range.second; });
    return isWide ? 2 : 1;
}

} // namespace

int displayWidth(std::string_view text)
{
    int columns = 0;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        char32_t c = length == 1 ? lead : lead & (0xffU >> (length + 1));
        for (std::size_t k = 1; k < length && i + k < text.size(); ++k)
            c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
        columns += width(c);
        i += length;
    }
    return columns;
}

Table::Table(std::vector<Align> columns) : m_columns(std::move(columns)) {}

void Table::head(std::vector<std::string> cells)
{
    m_rows.insert(m_rows.begin(), std::move(cells));
}

void Table::row(std::vector<std::string> cells)
{
    m_rows.push_back(std::move(cells));
}

void Table::print(std::ostream &out, std::string_view indent) const
{
    std::vector<int> widths(m_columns.size(), 0);
    for (const auto &row : m_rows) {
        for (std::size_t c = 0; c < row.size(); ++c)
            widths[c] = std::max(widths[c], displayWidth(row[c]));
    }
    for (const auto &row : m_rows) {
        std::string line(indent);
        for (std::size_t c = 0; c < row.size(); ++c) {
            const std::string fill(static_cast<std::size_t>(widths[c] - displayWidth(row[c])), ' ');
            line += c == 0 ? "" : "  ";
            line += m_columns[c] == Align::Left ? row[c] + fill : fill + row[c];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
}

} // namespace app::cli
