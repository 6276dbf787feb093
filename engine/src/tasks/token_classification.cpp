// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/names.h"
#include "tasks/code_points.h"
#include "tasks/input.h"

#include <unicode/uchar.h>

#include <array>
#include <string>
#include <utility>

namespace engine::tasks {
namespace {

// "B-PER" begins an entity PER, "I-PER" goes on with it, "O" is outside; a label without a prefix goes on.
struct Tag {
    bool isBeginning = false;
    bool isOutside = true;
    std::string entity;
};

Tag tagOf(const std::string &label)
{
    if (label.empty() || label == "O")
        return {};
    const bool hasPrefix = label.size() > 2 && label[1] == '-' && (label[0] == 'B' || label[0] == 'I');
    return {
        .isBeginning = hasPrefix && label[0] == 'B', .isOutside = false, .entity = hasPrefix ? label.substr(2) : label};
}

// A letter or digit of a script that writes words as runs of them.
bool isWordCharacter(char32_t c)
{
    const auto point = static_cast<UChar32>(c);
    return u_isalnum(point) != 0 && u_hasBinaryProperty(point, UCHAR_IDEOGRAPHIC) == 0;
}

class SpanFinder {
public:
    SpanFinder(const TaskRequest &request, const Encoding &encoding)
        : m_encoding(encoding), m_texts{CodePoints(request.text),
                                        CodePoints(request.textPair ? std::string_view(*request.textPair) : "")}
    {
    }

    [[nodiscard]] std::vector<LabelledSpan> find(const std::vector<TokenLabel> &labels)
    {
        Tag word; // of the word that the token belongs to: that of its first piece
        for (std::size_t i = 0; i < m_encoding.size(); ++i) {
            if (m_encoding.sequence[i] < 0) {
                m_isOpen = false;
                continue;
            }
            if (goesOnWithWord(i)) {
                word.isBeginning = false;
            } else {
                word = tagOf(labels[i].best.label);
            }
            take(i, word);
        }
        for (auto &span : m_spans)
            span.text = textOf(span);
        return std::move(m_spans);
    }

private:
    [[nodiscard]] const CodePoints &text(std::size_t token) const
    {
        return m_texts[m_encoding.sequence[token] == 1 ? 1 : 0];
    }

    [[nodiscard]] bool goesOnWithWord(std::size_t i) const
    {
        if (i == 0 || m_encoding.sequence[i - 1] != m_encoding.sequence[i])
            return false;
        const std::int64_t at = m_encoding.offsets[i].begin;
        return m_encoding.offsets[i - 1].end == at && isWordCharacter(text(i).at(at - 1)) &&
               isWordCharacter(text(i).at(at));
    }

    void take(std::size_t i, const Tag &tag)
    {
        if (tag.isOutside) {
            m_isOpen = false;
            return;
        }
        if (m_isOpen && !tag.isBeginning && m_spans.back().label == tag.entity) {
            m_spans.back().endToken = i + 1;
            return;
        }
        m_spans.push_back({.label = tag.entity, .beginToken = i, .endToken = i + 1, .text = {}});
        m_isOpen = true;
    }

    [[nodiscard]] std::string textOf(const LabelledSpan &span) const
    {
        const Offset whole{m_encoding.offsets[span.beginToken].begin, m_encoding.offsets[span.endToken - 1].end};
        std::string_view out = text(span.beginToken).slice(whole);
        out.remove_prefix(std::min(out.find_first_not_of(' '), out.size())); // byte-level tokens carry their space
        return std::string(out);
    }

    const Encoding &m_encoding;
    std::array<CodePoints, 2> m_texts;
    std::vector<LabelledSpan> m_spans;
    bool m_isOpen = false;
};

} // namespace

TaskResult runTokenClassification(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::TokenClassification);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    const NamedTensors outputs = forward(context, head, modelInputs(context, result.encoding), result);
    const Tensor &logits = require(outputs, names::kLogits); // (1, length, labels)
    const auto labels = static_cast<std::size_t>(logits.size(2));
    TokenClassificationResult payload;
    for (std::size_t token = 0; token < result.encoding.size(); ++token) {
        auto scores = scoredLabels(logits.floats().subspan(token * labels, labels), {.labels = head.labels});
        const std::size_t best = bestOf(scores);
        payload.tokens.push_back({.token = token, .best = scores[best], .scores = std::move(scores)});
    }
    payload.spans = SpanFinder(request, result.encoding).find(payload.tokens);
    result.payload = std::move(payload);
    return result;
}

} // namespace engine::tasks
