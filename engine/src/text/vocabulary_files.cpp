// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/builders.h"

#include "engine/error.h"
#include "files/json_text.h"
#include "files/mapped_file.h"
#include "text/unicode.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>

namespace engine::text {

namespace {

// Ends of lines as Python reads text: \n, \r\n and \r.
std::vector<std::string> linesOf(std::string_view content)
{
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t at = 0; at < content.size(); ++at) {
        if (content[at] != '\n' && content[at] != '\r') {
            line += content[at];
            continue;
        }
        if (content[at] == '\r' && at + 1 < content.size() && content[at + 1] == '\n')
            ++at;
        lines.push_back(std::move(line));
        line.clear();
    }
    if (!line.empty())
        lines.push_back(std::move(line));
    return lines;
}

} // namespace

std::shared_ptr<const Vocabulary> readVocabularyLines(const std::filesystem::path &file)
{
    const std::string content = files::readText(file, kLargestVocabularyFile);
    std::vector<std::string> lines = linesOf(content);
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    if (lines.empty())
        failFile(file.string() + ": expected one token a line, found none");
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const std::string where = file.string() + ": line " + std::to_string(at + 1);
        if (lines[at].empty())
            failFile(where + " is empty, expected a token");
        if (const auto byte = firstInvalidByte(lines[at]))
            failFile(where + " is not valid UTF-8 at its byte " + std::to_string(*byte));
        if (const auto [found, isNew] = seen.emplace(lines[at], at); !isNew)
            failFile(where + " repeats the token \"" + lines[at] + "\" of line " + std::to_string(found->second + 1));
    }
    return std::make_shared<Vocabulary>(std::move(lines));
}

std::shared_ptr<const Vocabulary> readVocabularyObject(const std::filesystem::path &file, const nlohmann::json &object,
                                                       const std::map<std::int64_t, std::string> &elsewhere)
{
    if (!object.is_object() || object.empty())
        failFile(file.string() + ": vocabulary: expected an object of tokens and ids, found " +
                 (object.is_object() ? "an empty one" : files::describe(object)));
    const std::size_t total = object.size() + elsewhere.size();
    std::vector<std::string> tokens(total);
    std::size_t end = 0;
    for (const auto &[token, value] : object.items()) {
        if (token.empty())
            failFile(file.string() + ": the vocabulary has an empty token");
        if (!value.is_number_integer())
            failFile(file.string() + ": token \"" + token + "\": expected an id, found " + files::describe(value));
        const auto id = value.is_number_unsigned() && value.get<std::uint64_t>() >= total ? std::int64_t{-1}
                                                                                          : value.get<std::int64_t>();
        if (id < 0 || static_cast<std::size_t>(id) >= total)
            failFile(file.string() + ": token \"" + token + "\": expected an id from 0 to " +
                     std::to_string(total - 1) + ", found " + value.dump());
        std::string &place = tokens[static_cast<std::size_t>(id)];
        if (!place.empty())
            failFile(file.string() + ": the tokens \"" + place + "\" and \"" + token + "\" have the same id " +
                     std::to_string(id));
        place = token;
        end = std::max(end, static_cast<std::size_t>(id) + 1);
    }
    for (std::size_t id = 0; id < end; ++id)
        if (tokens[id].empty() && !elsewhere.contains(static_cast<std::int64_t>(id)))
            failFile(file.string() + ": no token has the id " + std::to_string(id) + " of " + std::to_string(total));
    tokens.resize(end);
    return std::make_shared<Vocabulary>(std::move(tokens));
}

MergeLine splitMerge(const std::string &where, std::string_view line)
{
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0 || space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string_view::npos)
        failFile(where + ": expected two tokens with a space between, found \"" + std::string(line) + "\"");
    return {.left = line.substr(0, space), .right = line.substr(space + 1)};
}

void addMerge(BpeMerges &merges, const Vocabulary &vocabulary, const std::string &where, const MergeLine &line)
{
    const std::string whole = std::string(line.left) + std::string(line.right.substr(line.skipped));
    const auto require = [&](std::string_view token) {
        const std::optional<std::int64_t> id = vocabulary.id(token);
        if (!id)
            failFile(where + ": the token \"" + std::string(token) + "\" is not in the vocabulary");
        return *id;
    };
    const std::int64_t left = require(line.left);
    const std::int64_t right = require(line.right);
    merges.add(left, right, require(whole));
}

std::vector<std::pair<std::string, std::int64_t>> readAddedTokens(const std::filesystem::path &file)
{
    std::vector<std::pair<std::string, std::int64_t>> tokens;
    if (!std::filesystem::exists(file))
        return tokens;
    const nlohmann::json object =
        files::parseJson(file, files::readText(file, kLargestVocabularyFile), files::DuplicateKeys::Refused);
    if (!object.is_object())
        failFile(file.string() + ": expected an object of tokens and ids, found " + files::describe(object));
    for (const auto &[token, value] : object.items()) {
        if (token.empty() || !value.is_number_integer())
            failFile(file.string() + ": token \"" + token + "\": expected an id, found " + files::describe(value));
        tokens.emplace_back(token, value.get<std::int64_t>());
    }
    std::ranges::sort(tokens, {}, &std::pair<std::string, std::int64_t>::second);
    return tokens;
}

} // namespace engine::text
