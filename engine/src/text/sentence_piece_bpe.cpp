// SPDX-License-Identifier: GPL-3.0-or-later
#include "text/sentence_piece_bpe.h"

#include "engine/error.h"
#include "text/strings.h"
#include "text/unicode.h"

#include <queue>
#include <unordered_map>

namespace engine::text {

namespace {

constexpr std::int32_t kNone = -1;

// [begin, end) in the characters of a word; empty once it has been merged into the one on its left.
struct Symbol {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::int32_t previous = kNone;
    std::int32_t next = kNone;
    bool isWhole = false;

    [[nodiscard]] std::uint32_t length() const { return end - begin; }
};

// Two neighbours that can be merged; out of date when one of them has changed since.
struct Candidate {
    float score = 0.0F;
    std::int32_t left = 0;
    std::int32_t right = 0;
    std::uint32_t length = 0; // of both

    [[nodiscard]] bool operator<(const Candidate &other) const
    {
        return score < other.score || (score == other.score && left > other.left);
    }
};

} // namespace

class SentencePieceBpe::Work {
public:
    Work(const SentencePieceBpe &model, std::span<const Character> word) : m_model(model)
    {
        m_bytes.reserve(word.size() + 1);
        for (const Character &c : word) {
            m_bytes.push_back(m_text.size());
            appendUtf8(m_text, c.value);
        }
        m_bytes.push_back(m_text.size());
        const auto size = static_cast<std::uint32_t>(word.size());
        for (std::uint32_t at = 0; at < size; at = m_symbols.back().end) {
            const std::uint32_t whole = lengthOfWhole(at);
            const auto index = static_cast<std::int32_t>(m_symbols.size());
            Symbol symbol = {.begin = at, .end = at + (whole > 0 ? whole : 1), .previous = index - 1};
            symbol.isWhole = whole > 0;
            symbol.next = symbol.end < size ? index + 1 : kNone;
            m_symbols.push_back(symbol);
        }
    }

    // Every merge is added to `merges` unless that is null.
    void run(std::vector<Piece> &pieces, std::vector<Weighed::Merge> *merges)
    {
        for (std::int32_t at = 1; at < static_cast<std::int32_t>(m_symbols.size()); ++at)
            consider(at - 1, at);
        while (!m_candidates.empty()) {
            const Candidate candidate = m_candidates.top();
            m_candidates.pop();
            merge(candidate, merges);
        }
        const std::size_t before = pieces.size();
        for (const Symbol &symbol : m_symbols)
            if (symbol.length() > 0)
                append(pieces, before, {.begin = symbol.begin, .end = symbol.end});
    }

private:
    [[nodiscard]] Symbol &at(std::int32_t index) { return m_symbols[static_cast<std::size_t>(index)]; }

    [[nodiscard]] std::string_view text(std::uint32_t begin, std::uint32_t end) const
    {
        return std::string_view(m_text).substr(m_bytes[begin], m_bytes[end] - m_bytes[begin]);
    }

    [[nodiscard]] std::optional<std::int64_t> find(std::uint32_t begin, std::uint32_t end) const
    {
        const std::string_view joined = text(begin, end);
        return joined.size() > m_model.m_vocabulary->longestToken() ? std::nullopt : m_model.m_vocabulary->id(joined);
    }

    // Characters of the longest piece of the kind Whole that begins here; 0: none.
    [[nodiscard]] std::uint32_t lengthOfWhole(std::uint32_t begin) const
    {
        std::uint32_t length = 0;
        std::uint32_t node = ByteTrie::kRoot;
        for (std::uint32_t end = begin + 1; end < m_bytes.size(); ++end) {
            node = m_model.m_whole->descendant(node, text(end - 1, end));
            if (node == ByteTrie::kNone)
                break;
            if (m_model.m_whole->string(node) >= 0)
                length = end - begin;
        }
        return length;
    }

    void consider(std::int32_t left, std::int32_t right)
    {
        if (left == kNone || right == kNone || at(left).isWhole || at(right).isWhole)
            return;
        const std::optional<std::int64_t> id = find(at(left).begin, at(right).end);
        if (!id)
            return;
        const Rule &rule = m_model.rule(*id);
        m_candidates.push(
            {.score = rule.score, .left = left, .right = right, .length = at(left).length() + at(right).length()});
        if (rule.use == Use::OnTheWay)
            m_leftLengths[*id] = at(left).length();
    }

    void merge(const Candidate &candidate, std::vector<Weighed::Merge> *merges)
    {
        Symbol &left = at(candidate.left);
        Symbol &right = at(candidate.right);
        if (left.length() == 0 || right.length() == 0 || left.length() + right.length() != candidate.length)
            return;
        if (merges != nullptr)
            merges->push_back({.left = std::string(text(left.begin, left.end)),
                               .right = std::string(text(right.begin, right.end)),
                               .rank = -static_cast<double>(candidate.score)});
        left.end = right.end;
        left.next = right.next;
        if (right.next != kNone)
            at(right.next).previous = candidate.left;
        right.begin = right.end;
        consider(left.previous, candidate.left);
        consider(candidate.left, left.next);
    }

    // A token that only stands on the way to others is cut where its two parts met last.
    void append(std::vector<Piece> &pieces, std::size_t before, Piece piece) const
    {
        const std::optional<std::int64_t> id = find(piece.begin, piece.end);
        if (id && m_model.rule(*id).use == Use::OnTheWay) {
            if (const auto made = m_leftLengths.find(*id); made != m_leftLengths.end()) {
                const std::uint32_t middle = piece.begin + made->second;
                append(pieces, before, {.begin = piece.begin, .end = middle});
                append(pieces, before, {.begin = middle, .end = piece.end});
                return;
            }
        }
        piece.id = id.value_or(m_model.m_unknown);
        if (!id && pieces.size() > before && pieces.back().id == m_model.m_unknown)
            pieces.back().end = piece.end;
        else
            pieces.push_back(piece);
    }

    const SentencePieceBpe &m_model;
    std::string m_text;
    std::vector<std::size_t> m_bytes; // where each character begins in m_text, and the end
    std::vector<Symbol> m_symbols;
    std::priority_queue<Candidate> m_candidates;
    std::unordered_map<std::int64_t, std::uint32_t> m_leftLengths; // by token: how it was made last
};

SentencePieceBpe::SentencePieceBpe(std::shared_ptr<const Vocabulary> vocabulary, std::vector<Rule> rules,
                                   std::int64_t unknown)
    : m_vocabulary(std::move(vocabulary)), m_rules(std::move(rules)), m_unknown(unknown)
{
    if (static_cast<std::int64_t>(m_rules.size()) < m_vocabulary->idEnd())
        failArgument("a BPE model with " + std::to_string(m_rules.size()) + " scores for " +
                     std::to_string(m_vocabulary->idEnd()) + " tokens");
    std::vector<std::string_view> whole;
    for (std::int64_t id = 0; id < m_vocabulary->idEnd(); ++id)
        if (rule(id).use == Use::Whole)
            whole.push_back(m_vocabulary->token(id));
    m_whole = std::make_unique<ByteTrie>(whole);
}

void SentencePieceBpe::tokenize(std::span<const Character> word, std::vector<Piece> &pieces) const
{
    Work(*this, word).run(pieces, nullptr);
}

void SentencePieceBpe::weigh(std::span<const Character> word, Weighed &out) const
{
    std::vector<Piece> pieces;
    Work(*this, word).run(pieces, &out.merges);
}

std::string SentencePieceBpe::display(std::string_view token) const
{
    return replaced(token, "\u2581", " ");
}

} // namespace engine::text
