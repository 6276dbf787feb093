// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/trace.h"

#include <algorithm>
#include <utility>

namespace engine {

const char *name(Stack stack) noexcept
{
    switch (stack) {
    case Stack::Encoder:
        return "encoder";
    case Stack::Decoder:
        return "decoder";
    case Stack::Cross:
        return "cross";
    case Stack::Query:
        return "query";
    }
    return "";
}

void DenseAttention::fillRow(const AttentionRow &row, std::span<float> out) const
{
    const auto begin = ((row.batch * heads() + row.head) * queries() + row.query) * keys();
    std::ranges::copy(weights.floats().subspan(static_cast<std::size_t>(begin), out.size()), out.begin());
}

std::size_t BandAttention::bytes() const
{
    return weights.bytes() + (globalWeights.isNull() ? 0 : globalWeights.bytes());
}

void BandAttention::fillRow(const AttentionRow &row, std::span<float> out) const
{
    const auto none = std::vector<std::int64_t>();
    const auto &own = globals.empty() ? none : globals.at(static_cast<std::size_t>(row.batch));
    const auto head = row.batch * heads() + row.head;
    const auto found = std::ranges::lower_bound(own, row.query);
    if (found != own.end() && *found == row.query) { // a global query
        const auto columns = globalWeights.size(3);
        const float *from =
            globalWeights.floats().data() + head * globalWeights.size(2) * columns + (found - own.begin());
        for (std::size_t key = 0; key < out.size(); ++key)
            out[key] = from[static_cast<std::int64_t>(key) * columns];
        return;
    }
    const auto width = weights.size(3);
    const float *from = weights.floats().data() + (head * queries() + row.query) * width;
    const float *band = from + width - (2 * reach + 1);
    std::ranges::fill(out, 0.0F);
    const std::int64_t first = std::max<std::int64_t>(0, row.query - reach);
    const std::int64_t end = std::min(static_cast<std::int64_t>(out.size()), row.query + reach + 1);
    if (first < end)
        std::copy(band + first - (row.query - reach), band + end - (row.query - reach), out.begin() + first);
    for (std::size_t i = 0; i < own.size(); ++i) // they have no weight in the band
        if (static_cast<std::size_t>(own[i]) < out.size())
            out[static_cast<std::size_t>(own[i])] = from[i];
}

std::int64_t AttentionRecord::rows() const
{
    return std::visit([](const auto &form) { return form.rows(); }, data);
}

std::int64_t AttentionRecord::heads() const
{
    return std::visit([](const auto &form) { return form.heads(); }, data);
}

std::int64_t AttentionRecord::queries() const
{
    return std::visit([](const auto &form) { return form.queries(); }, data);
}

std::int64_t AttentionRecord::keys() const
{
    return std::visit([](const auto &form) { return form.keys(); }, data);
}

std::size_t AttentionRecord::bytes() const
{
    return std::visit([](const auto &form) { return form.bytes(); }, data);
}

void AttentionRecord::fillRow(const AttentionRow &row, std::span<float> out) const
{
    std::visit([&](const auto &form) { form.fillRow(row, out); }, data);
}

float AttentionRecord::weight(const AttentionRow &row, std::int64_t key) const
{
    std::vector<float> values(static_cast<std::size_t>(keys()));
    fillRow(row, values);
    return values.at(static_cast<std::size_t>(key));
}

Tensor AttentionRecord::native() const
{
    return std::visit([](const auto &form) { return form.native(); }, data);
}

const DenseAttention *AttentionRecord::dense() const
{
    return std::get_if<DenseAttention>(&data);
}

TraceCollector::TraceCollector(TraceRequest request) : m_request(request), m_trace(std::make_shared<Trace>()) {}

bool TraceCollector::wants(Stack /*stack*/, int /*layer*/, TraceKind kind) const
{
    switch (kind) {
    case TraceKind::HiddenState:
        return m_request.wantsHiddenStates;
    case TraceKind::Attention:
        return m_request.wantsAttentions;
    case TraceKind::QueryKey:
        return m_request.wantsQueryKey;
    case TraceKind::Value:
        return m_request.wantsValues;
    case TraceKind::Mechanism:
        return m_request.wantsMechanisms;
    }
    return false;
}

bool TraceCollector::keep(const std::string &what, std::size_t bytes)
{
    if (m_trace->bytes + bytes > m_request.maxBytes) {
        m_trace->dropped.push_back(what + " (" + std::to_string(bytes) + " bytes) went over the budget of " +
                                   std::to_string(m_request.maxBytes) + " bytes");
        return false;
    }
    m_trace->bytes += bytes;
    return true;
}

void TraceCollector::hiddenState(LayerTensor record)
{
    if (keep("hidden state " + std::to_string(record.layer), record.tensor.bytes()))
        m_trace->hiddenStates.push_back(std::move(record));
}

void TraceCollector::attention(AttentionRecord record)
{
    const auto what = std::string(name(record.stack)) + " attention of layer " + std::to_string(record.layer);
    if (keep(what, record.bytes()))
        m_trace->attentions.push_back(std::move(record));
}

void TraceCollector::queryKey(QueryKeyRecord record)
{
    const auto what = std::string(name(record.stack)) + " queries and keys of layer " + std::to_string(record.layer);
    if (keep(what, record.query.bytes() + record.key.bytes()))
        m_trace->queryKeys.push_back(std::move(record));
}

void TraceCollector::value(LayerTensor record)
{
    const auto what = std::string(name(record.stack)) + " values of layer " + std::to_string(record.layer);
    if (keep(what, record.tensor.bytes()))
        m_trace->values.push_back(std::move(record));
}

void TraceCollector::mechanism(MechanismRecord record)
{
    if (keep(record.name + " of layer " + std::to_string(record.layer), record.tensor.bytes()))
        m_trace->mechanisms.push_back(std::move(record));
}

void TraceCollector::timing(LayerTiming record)
{
    m_trace->timings.push_back(record);
}

std::shared_ptr<const Trace> TraceCollector::finish()
{
    return std::move(m_trace);
}

} // namespace engine
