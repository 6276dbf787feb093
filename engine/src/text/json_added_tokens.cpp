// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "text/builders.h"
#include "text/json_readers.h"

#include <nlohmann/json.hpp>

namespace engine::text {

std::map<std::int64_t, std::string> JsonAddedTokens::listed() const
{
    std::map<std::int64_t, std::string> tokens;
    if (m_root.at("added_tokens").isNull())
        return tokens;
    for (const JsonPart &part : m_root.at("added_tokens").list()) {
        const std::int64_t id = part.at("id").integer();
        if (id < 0 || !tokens.emplace(id, part.at("content").text()).second)
            part.fail("the id " + std::to_string(id) + " is negative or taken");
    }
    return tokens;
}

void JsonAddedTokens::read()
{
    if (!m_root.at("added_tokens").isNull())
        for (const JsonPart &part : m_root.at("added_tokens").list())
            readListed(part);
    requireContiguous();
    const std::filesystem::path file = m_root.file().parent_path() / "added_tokens.json";
    for (const auto &[token, id] : readAddedTokens(file)) {
        const std::int64_t expected = idOf(token).value_or(size());
        if (id != expected)
            failFile(file.string() + ": token \"" + token + "\": expected the id " + std::to_string(expected) +
                     ", found " + std::to_string(id));
        if (!idOf(token))
            add({.content = token}, id);
    }
    for (const SpecialToken &special : m_pipeline.settings.special)
        addSpecial(special);
    if (const AddedToken *unknown = m_pipeline.settings.find("unk_token"))
        m_pipeline.unknown = idOf(unknown->content);
}

std::optional<std::int64_t> JsonAddedTokens::idOf(std::string_view token) const
{
    const auto found = m_ids.find(token);
    return found != m_ids.end() ? std::optional(found->second) : m_pipeline.vocabulary->id(token);
}

std::int64_t JsonAddedTokens::size() const
{
    return m_pipeline.vocabulary->size() + static_cast<std::int64_t>(m_pipeline.added.size());
}

void JsonAddedTokens::add(AddedToken token, std::int64_t id)
{
    if (!m_pipeline.vocabulary->id(token.content)) {
        m_pipeline.added.emplace(id, token.content);
        m_ids.emplace(token.content, id);
    }
    m_places.emplace(token.content, m_tokens.size());
    m_tokens.push_back({.token = std::move(token), .id = id});
}

void JsonAddedTokens::readListed(const JsonPart &part)
{
    const files::Config source = files::Config::fromText(part.file(), "{}");
    AddedToken token = readAddedToken(source, part.name(), part.value());
    const std::int64_t id = part.at("id").integer();
    const std::optional<std::int64_t> known = idOf(token.content);
    if (known && *known != id)
        part.fail("\"" + token.content + "\" has the id " + std::to_string(id) + ", the vocabulary says " +
                  std::to_string(*known));
    const std::string_view other = m_pipeline.vocabulary->token(id);
    if (!known && !other.empty())
        part.fail("\"" + token.content + "\" has the id " + std::to_string(id) + " of \"" + std::string(other) + "\"");
    if (token.isSpecial)
        m_pipeline.specialIds.insert(id);
    else if (m_pipeline.vocabulary->id(token.content))
        return; // the library looks for those only in the model
    add(std::move(token), id);
}

void JsonAddedTokens::requireContiguous() const
{
    if (m_pipeline.added.empty() || m_pipeline.added.rbegin()->first < size())
        return;
    failFile(m_root.file().string() + ": added_tokens: \"" + m_pipeline.added.rbegin()->second + "\" has the id " +
             std::to_string(m_pipeline.added.rbegin()->first) + ", expected less than the number of tokens, " +
             std::to_string(size()));
}

// Special tokens of the class are added once more: then their flags replace those of the file.
void JsonAddedTokens::addSpecial(const SpecialToken &special)
{
    std::optional<std::int64_t> id = idOf(special.token.content);
    if (!id && !special.isStated)
        return;
    if (const auto listed = m_places.find(special.token.content); listed != m_places.end()) {
        AddedToken &token = m_tokens[listed->second].token;
        token.stripsLeft = special.token.stripsLeft;
        token.stripsRight = special.token.stripsRight;
        token.isSingleWord = special.token.isSingleWord;
    } else {
        AddedToken token = special.token;
        token.isNormalized = token.isNormalized && !token.isPlain;
        add(std::move(token), id.value_or(size()));
    }
    id = idOf(special.token.content);
    m_pipeline.specialIds.insert(*id);
    if (!special.name.empty())
        m_pipeline.special[special.name] = *id;
}

} // namespace engine::text
