// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/passages.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "retrieval/delimited.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kSpaces = " \t\r\n\v\f";

std::string lowered(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

[[noreturn]] void failAt(const fs::path &file, std::size_t line, const std::string &what)
{
    failFile(file.string() + ": line " + std::to_string(line) + ": " + what);
}

// Splits texts into windows of words and collects them.
class Collector {
public:
    explicit Collector(const ImportOptions &options) : m_options(options)
    {
        if (options.words < 0 || options.overlap < 0 || (options.words > 0 && options.overlap >= options.words))
            failArgument("passages of " + std::to_string(options.words) + " words that share " +
                         std::to_string(options.overlap) + ": expected fewer shared ones than words");
    }

    void add(const Passage &passage)
    {
        const auto words = wordsOf(passage.text);
        if (words.empty())
            return;
        const auto most = static_cast<std::size_t>(m_options.words);
        if (most == 0 || words.size() <= most) {
            m_passages.push_back(passage);
            return;
        }
        const std::size_t step = most - static_cast<std::size_t>(m_options.overlap);
        for (std::size_t first = 0;; first += step) {
            const std::size_t last = std::min(first + most, words.size()) - 1;
            const std::size_t begin = words[first].first;
            m_passages.push_back({.title = passage.title,
                                  .text = passage.text.substr(begin, words[last].second - begin),
                                  .source = passage.source});
            if (last + 1 == words.size())
                return;
        }
    }

    [[nodiscard]] std::vector<Passage> take() { return std::move(m_passages); }
    [[nodiscard]] std::size_t size() const { return m_passages.size(); }

private:
    // Bytes [begin, end) of each run without white space.
    static std::vector<std::pair<std::size_t, std::size_t>> wordsOf(std::string_view text)
    {
        std::vector<std::pair<std::size_t, std::size_t>> words;
        for (std::size_t at = 0; (at = text.find_first_not_of(kSpaces, at)) != std::string_view::npos;) {
            const std::size_t end = std::min(text.find_first_of(kSpaces, at), text.size());
            words.emplace_back(at, end);
            at = end;
        }
        return words;
    }

    ImportOptions m_options;
    std::vector<Passage> m_passages;
};

struct Source {
    fs::path file;
    std::string_view text;
};

// The words of the first line that is a heading.
std::string headingOf(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.starts_with('#'))
            continue;
        line.remove_prefix(std::min(line.find_first_not_of("# \t"), line.size()));
        return std::string(line.substr(0, line.find_last_not_of(kSpaces) + 1));
    }
    return {};
}

void readText(const Source &source, Collector &collector)
{
    collector.add(
        {.title = source.file.stem().string(), .text = std::string(source.text), .source = source.file.string()});
}

void readMarkdown(const Source &source, Collector &collector)
{
    std::string title = headingOf(source.text);
    collector.add({.title = title.empty() ? source.file.stem().string() : std::move(title),
                   .text = std::string(source.text),
                   .source = source.file.string()});
}

Passage passageOf(const Source &source, const nlohmann::json &object, std::size_t line)
{
    if (!object.is_object())
        failAt(source.file, line, "expected an object with \"text\", found " + files::describe(object));
    const auto text = [&](const char *key, bool isNeeded) -> std::string {
        const auto found = object.find(key);
        if (found == object.end() || found->is_null()) {
            if (isNeeded)
                failAt(source.file, line, "expected a string \"text\", found none");
            return {};
        }
        if (!found->is_string())
            failAt(source.file, line,
                   std::string("expected a string \"") + key + "\", found " + files::describe(*found));
        return found->get<std::string>();
    };
    return {.title = text("title", false), .text = text("text", true), .source = source.file.string()};
}

void readJsonLines(const Source &source, Collector &collector)
{
    std::string_view rest = source.text;
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view one = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (one.find_first_not_of(kSpaces) == std::string_view::npos)
            continue;
        const fs::path where(source.file.string() + ": line " + std::to_string(line));
        collector.add(passageOf(source, files::parseJson(where, one), line));
    }
}

std::optional<std::size_t> columnOf(const std::vector<std::string> &head, std::string_view name)
{
    const auto found = std::ranges::find(head, name, [](const std::string &field) { return lowered(field); });
    return found == head.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - head.begin()));
}

void readTable(const Source &source, char delimiter, Collector &collector)
{
    retrieval::DelimitedReader reader(source.text, delimiter);
    try {
        const auto head = reader.next().value_or(std::vector<std::string>());
        const auto text = columnOf(head, "text");
        const auto title = columnOf(head, "title");
        if (!text)
            failAt(source.file, 1,
                   "expected column names with \"text\" among them, found " +
                       (head.empty() ? "nothing"
                                     : "\"" + head.front() + "\" and " + std::to_string(head.size() - 1) + " more"));
        while (const auto row = reader.next()) {
            if (row->size() != head.size())
                failAt(source.file, reader.line(),
                       "expected " + std::to_string(head.size()) + " fields, found " + std::to_string(row->size()));
            collector.add({.title = title ? row->at(*title) : std::string(),
                           .text = row->at(*text),
                           .source = source.file.string()});
        }
    } catch (const Error &error) {
        if (error.kind() == ErrorKind::Argument)
            failFile(source.file.string() + ": " + error.what());
        throw;
    }
}

struct Format {
    std::string_view extension;
    void (*read)(const Source &, Collector &);
};

constexpr std::array kFormats{
    Format{".txt", readText},
    Format{".md", readMarkdown},
    Format{".jsonl", readJsonLines},
    Format{".csv", [](const Source &source, Collector &collector) { readTable(source, ',', collector); }},
    Format{".tsv", [](const Source &source, Collector &collector) { readTable(source, '\t', collector); }},
};

const Format *formatOf(const fs::path &file)
{
    const auto extension = lowered(file.extension().string());
    const auto *const found = std::ranges::find(kFormats, extension, &Format::extension);
    return found == kFormats.end() ? nullptr : found;
}

std::set<fs::path> filesAt(const fs::path &path)
{
    constexpr char kExpected[] = "expected .txt, .md, .jsonl, .csv or .tsv";
    std::error_code error;
    if (!fs::exists(path, error))
        failFile(path.string() + ": no such file or folder");
    if (!fs::is_directory(path, error)) {
        if (formatOf(path) == nullptr)
            failFile(path.string() + ": " + kExpected + ", found " +
                     (path.has_extension() ? path.extension().string() : "a file without an extension"));
        return {path};
    }
    std::set<fs::path> files;
    for (const auto &entry :
         fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error))
        if (entry.is_regular_file(error) && formatOf(entry.path()) != nullptr)
            files.insert(entry.path());
    if (files.empty())
        failFile(path.string() + ": no file of passages in it (" + kExpected + ")");
    return files;
}

} // namespace

std::vector<Passage> readPassages(const fs::path &path, const ImportOptions &options, const RunControl &control)
{
    Collector collector(options);
    const auto files = filesAt(path);
    std::int64_t done = 0;
    for (const auto &file : files) {
        control.checkpoint();
        const auto mapped = files::MappedFile::open(file);
        std::string_view text = mapped->text();
        if (const auto bad = text::firstInvalidByte(text))
            failFile(file.string() + ": expected UTF-8, found a byte that is not at offset " + std::to_string(*bad));
        if (text.starts_with(kByteOrderMark))
            text.remove_prefix(kByteOrderMark.size());
        formatOf(file)->read({.file = file, .text = text}, collector);
        control.report(
            {.what = "reading", .done = ++done, .total = static_cast<std::int64_t>(files.size()), .unit = "files"});
    }
    if (collector.size() == 0)
        failFile(path.string() + ": no passage in it: every text is empty");
    return collector.take();
}

} // namespace engine
