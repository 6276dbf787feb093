// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/unigram.h"

#include "engine/error.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <algorithm>
#include <cmath>

namespace engine::text {

Unigram::Unigram(std::shared_ptr<const Vocabulary> vocabulary, std::vector<double> scores, Options options)
    : m_vocabulary(std::move(vocabulary)), m_scores(std::move(scores)), m_options(options)
{
    constexpr double kUnknownPenalty = 10.0;
    if (m_scores.empty() || static_cast<std::int64_t>(m_scores.size()) != m_vocabulary->idEnd())
        failArgument("a unigram model with " + std::to_string(m_scores.size()) + " scores for " +
                     std::to_string(m_vocabulary->idEnd()) + " tokens");
    if (!std::ranges::all_of(m_scores, [](double score) { return std::isfinite(score); }))
        failArgument("a unigram model with a score that is not finite");
    m_unknownScore = m_options.unknownScore.value_or(std::ranges::min(m_scores) - kUnknownPenalty);
    std::vector<std::string_view> tokens;
    tokens.reserve(m_scores.size());
    for (std::int64_t id = 0; id < m_vocabulary->idEnd(); ++id)
        tokens.push_back(m_vocabulary->token(id));
    m_trie = std::make_unique<ByteTrie>(tokens);
}

template <typename Visit> void Unigram::visitEdges(std::span<const Character> word, Visit visit) const
{
    for (std::uint32_t begin = 0; begin < word.size(); ++begin) {
        bool isCovered = false;
        std::uint32_t node = ByteTrie::kRoot;
        for (std::uint32_t at = begin; at < word.size(); ++at) {
            const Utf8Bytes bytes = utf8Bytes(word[at].value);
            node = m_trie->descendant(node, bytes.view());
            if (node == ByteTrie::kNone)
                break;
            const std::int32_t id = m_trie->string(node);
            if (id < 0)
                continue;
            visit(
                Weighed::Edge{.id = id, .begin = begin, .end = at + 1, .score = m_scores[static_cast<std::size_t>(id)]});
            isCovered = isCovered || at == begin;
        }
        if (!isCovered)
            visit(Weighed::Edge{.id = m_options.unknown, .begin = begin, .end = begin + 1, .score = m_unknownScore});
    }
}

void Unigram::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    struct Best {
        double score = 0.0;
        std::int64_t id = -1; // −1: not reached
        std::uint32_t begin = 0;
    };
    const bool isSingle = m_options.sums == Sums::Single;
    std::vector<Best> bestAt(word.size() + 1); // of the paths that end there
    visitEdges(word, [&](const Weighed::Edge &edge) {
        const double score = edge.score + bestAt[edge.begin].score;
        if (Best &best = bestAt[edge.end]; best.id < 0 || score > best.score)
            best = {.score = isSingle ? static_cast<double>(static_cast<float>(score)) : score,
                    .id = edge.id,
                    .begin = edge.begin};
    });
    const std::size_t before = pieces.size();
    for (auto end = static_cast<std::uint32_t>(word.size()); end > 0;) {
        const Best &best = bestAt[end];
        const bool joins = best.id == m_options.unknown && pieces.size() > before && pieces.back().id == best.id;
        if (joins)
            pieces.back().begin = best.begin;
        else
            pieces.push_back({.id = best.id, .begin = best.begin, .end = end});
        end = best.begin;
    }
    std::reverse(pieces.begin() + static_cast<std::ptrdiff_t>(before), pieces.end());
}

void Unigram::weigh(std::span<const Character> word, Weighed &out) const
{
    visitEdges(word, [&](const Weighed::Edge &edge) { out.edges.push_back(edge); });
}

std::string Unigram::display(std::string_view token) const
{
    return replaced(token, "\u2581", " ");
}

} // namespace engine::text
