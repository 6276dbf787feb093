// SPDX-License-Identifier: GPL-3.0-or-later
#include "generation/rows.h"

#include "engine/error.h"
#include "engine/names.h"
#include "ops/mixture.h"

#include <utility>

namespace engine::generation {
namespace {

std::vector<std::vector<std::int64_t>> fromTensor(const Tensor &tensor)
{
    const auto values = tensor.ints();
    const auto length = static_cast<std::size_t>(tensor.size(1));
    std::vector<std::vector<std::int64_t>> rows;
    for (std::size_t begin = 0; begin < values.size(); begin += length)
        rows.emplace_back(values.begin() + begin, values.begin() + begin + length);
    return rows;
}

// (rows, length or 1, vocabulary) → the last position of each row, (rows, vocabulary)
Tensor lastPosition(const Tensor &logits)
{
    const std::int64_t rows = logits.size(0);
    const std::int64_t length = logits.size(1);
    const std::int64_t vocabulary = logits.size(2);
    if (length == 1)
        return logits.reshaped({rows, vocabulary});
    Tensor out = Tensor::uninitialised({rows, vocabulary});
    const auto from = logits.floats();
    const auto to = out.mutableFloats();
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto last = from.subspan(static_cast<std::size_t>((row * length + length - 1) * vocabulary),
                                       static_cast<std::size_t>(vocabulary));
        std::copy(last.begin(), last.end(), to.begin() + row * vocabulary);
    }
    return out;
}

} // namespace

Tensor toTensor(const std::vector<std::vector<std::int64_t>> &rows)
{
    const std::size_t length = rows.empty() ? 0 : rows.front().size();
    Tensor out =
        Tensor::uninitialised({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(length)}, DType::I64);
    auto to = out.mutableInts().begin();
    for (const auto &row : rows)
        to = std::copy(row.begin(), row.end(), to);
    return out;
}

Rows::Rows(const Source &source)
    : m_model(source.model), m_control(source.control), m_head(source.input.head), m_extra(source.input.extra),
      m_ownChoices(source.seed), m_choices(source.input.choices != nullptr ? source.input.choices : &m_ownChoices)
{
    const Tensor &ids = source.input.ids;
    if (ids.isNull() || ids.rank() != 2 || ids.size(0) < 1 || ids.size(1) < 1)
        failArgument("generation needs a prompt of at least one token");
    if (!source.input.mask.isNull() && source.input.mask.shape() != ids.shape())
        failArgument("attention_mask " + source.input.mask.shape().text() + " does not fit input_ids " +
                     ids.shape().text());
    if (m_model.isEncoderDecoder())
        startFromSource(source);
    else
        startFromPrompt(source);
}

void Rows::startFromPrompt(const Source &source)
{
    const Tensor &ids = source.input.ids;
    m_ids = fromTensor(ids);
    if (source.input.mask.isNull())
        m_mask.assign(m_ids.size(), std::vector<std::int64_t>(m_ids.front().size(), 1));
    else
        m_mask = fromTensor(source.input.mask);
    if (!source.usesCache)
        return;
    m_state = source.state;
    if (m_state == nullptr) {
        m_ownState = m_model.newState();
        m_state = m_ownState.get();
    } else if (m_state->length() >= ids.size(1)) {
        failInternal("a state of " + std::to_string(m_state->length()) + " positions for a prompt of " +
                     std::to_string(ids.size(1)));
    }
}

// The encoder runs once; its state serves every step and every beam.
void Rows::startFromSource(const Source &source)
{
    m_documentWeights = source.input.documentWeights;
    const bool isMixed = !m_documentWeights.isNull();
    if (isMixed && (m_documentWeights.rank() != 2 || m_documentWeights.elements() != source.input.ids.size(0)))
        failArgument("weights of documents " + m_documentWeights.shape().text() + " do not fit input_ids " +
                     source.input.ids.shape().text());
    const auto rows = static_cast<std::size_t>(isMixed ? m_documentWeights.size(0) : source.input.ids.size(0));
    if (const Tensor &given = source.input.decoderIds; !given.isNull()) {
        if (given.rank() != 2 || given.size(0) != static_cast<std::int64_t>(rows) || given.size(1) < 1)
            failArgument("decoder_input_ids " + given.shape().text() + " do not fit input_ids " +
                         source.input.ids.shape().text());
        m_ids = fromTensor(given);
    } else {
        if (!source.decoderStart)
            failArgument("nothing says what the decoder begins with: expected decoder_start_token_id in config.json");
        m_ids.assign(rows, {*source.decoderStart});
    }
    m_mask.assign(rows, std::vector<std::int64_t>(m_ids.front().size(), 1));
    m_forgetsSteps = !source.usesCache;
    m_state = source.state;
    if (m_state != nullptr)
        return;
    NamedTensors inputs{{names::kInputIds, source.input.ids}};
    if (!source.input.mask.isNull())
        inputs[names::kAttentionMask] = source.input.mask;
    m_ownState = m_model.encode(inputs, m_control);
    m_state = m_ownState.get();
}

Tensor Rows::logits()
{
    if (m_forgetsSteps)
        m_state->truncate(0);
    NamedTensors inputs = m_model.stepInputs(toTensor(ofDocuments(m_ids)), toTensor(ofDocuments(m_mask)), m_state);
    inputs.insert(m_extra.begin(), m_extra.end());
    const NamedTensors outputs = m_model.forward(
        inputs, {.head = m_head, .state = m_state, .choices = m_choices, .onlyLastLogits = true}, m_control);
    Tensor scores;
    for (const char *name : {names::kLogits, names::kPredictionLogits, names::kPredictionScores})
        if (scores.isNull())
            scores = find(outputs, name);
    if (scores.isNull())
        failInternal("the head " + m_head + " gives no scores of words");
    const auto documents = m_documentWeights.isNull() ? 1 : m_documentWeights.size(1);
    if (scores.rank() != 3 || scores.size(0) != static_cast<std::int64_t>(count()) * documents || scores.size(1) < 1)
        failInternal("next-token logits of shape " + scores.shape().text() + " for " + std::to_string(count()) +
                     " rows");
    return mixed(lastPosition(scores));
}

Rows::Ids Rows::ofDocuments(const Ids &rows) const
{
    if (m_documentWeights.isNull())
        return rows;
    const auto beams = rows.size() / static_cast<std::size_t>(m_documentWeights.size(0));
    Ids out;
    for (auto first = rows.begin(); first != rows.end(); first += static_cast<std::ptrdiff_t>(beams))
        for (std::int64_t document = 0; document < m_documentWeights.size(1); ++document)
            out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(beams));
    return out;
}

// The same for rows that take the places of others.
std::vector<std::int64_t> Rows::ofDocuments(std::span<const std::int64_t> rows) const
{
    if (m_documentWeights.isNull())
        return {rows.begin(), rows.end()};
    const auto prompts = m_documentWeights.size(0);
    const auto documents = m_documentWeights.size(1);
    const auto beams = static_cast<std::int64_t>(rows.size()) / prompts;
    const auto formerBeams = static_cast<std::int64_t>(count()) / prompts;
    std::vector<std::int64_t> out;
    for (std::int64_t prompt = 0; prompt < prompts; ++prompt)
        for (std::int64_t document = 0; document < documents; ++document)
            for (const auto row :
                 rows.subspan(static_cast<std::size_t>(prompt * beams), static_cast<std::size_t>(beams)))
                out.push_back((row / formerBeams * documents + document) * formerBeams + row % formerBeams);
    return out;
}

// (rows of all documents, vocabulary) → (rows, vocabulary): logits, or log-probabilities where documents vote.
Tensor Rows::mixed(const Tensor &scores) const
{
    if (m_documentWeights.isNull())
        return scores;
    const auto prompts = m_documentWeights.size(0);
    const auto beams = static_cast<std::int64_t>(count()) / prompts;
    const auto vocabulary = scores.size(1);
    return ops::logMixture(scores.reshaped({prompts, m_documentWeights.size(1), beams, vocabulary}), m_documentWeights)
        .reshaped({prompts * beams, vocabulary});
}

void Rows::select(std::span<const std::int64_t> rows)
{
    bool isIdentity = rows.size() == count();
    for (std::size_t i = 0; i < rows.size() && isIdentity; ++i)
        isIdentity = rows[i] == static_cast<std::int64_t>(i);
    if (isIdentity)
        return;
    const auto ofState = ofDocuments(rows); // before the rows change
    const auto pick = [&](auto &all) {
        std::vector<std::vector<std::int64_t>> picked;
        picked.reserve(rows.size());
        for (const auto row : rows)
            picked.push_back(all[static_cast<std::size_t>(row)]);
        all = std::move(picked);
    };
    pick(m_ids);
    pick(m_mask);
    if (m_state != nullptr && (m_state->length() > 0 || m_model.isEncoderDecoder()))
        m_state->reorder(ofState);
}

void Rows::append(std::span<const std::int64_t> ids)
{
    if (ids.size() != count())
        failInternal(std::to_string(ids.size()) + " tokens for " + std::to_string(count()) + " rows");
    for (std::size_t row = 0; row < ids.size(); ++row) {
        m_ids[row].push_back(ids[row]);
        m_mask[row].push_back(1);
    }
}

Tensor Rows::tensor() const
{
    return toTensor(m_ids);
}

} // namespace engine::generation
