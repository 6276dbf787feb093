// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/alignment.h"

#include <algorithm>

namespace ui {

namespace {

constexpr std::int64_t kMostWeights = std::int64_t{1} << 25;

std::int64_t weightsOf(const engine::AttentionRecord &record)
{
    return record.heads() * record.queries() * record.keys();
}

} // namespace

Alignment alignmentOf(const engine::Trace &trace)
{
    std::vector<const engine::AttentionRecord *> records;
    std::int64_t total = 0;
    for (const engine::AttentionRecord &record : trace.attentions) {
        if (record.stack != engine::Stack::Cross || record.rows() == 0)
            continue;
        records.push_back(&record);
        total += weightsOf(record);
    }
    Alignment alignment;
    if (records.empty())
        return alignment;
    if (total > kMostWeights)
        records.erase(records.begin(), records.end() - 1);
    alignment.targets = records.front()->queries();
    alignment.sources = records.front()->keys();
    alignment.weights.assign(static_cast<std::size_t>(alignment.targets * alignment.sources), 0.0F);
    std::vector<float> row(static_cast<std::size_t>(alignment.sources));
    std::int64_t heads = 0;
    for (const engine::AttentionRecord *record : records) {
        if (record->queries() != alignment.targets || record->keys() != alignment.sources)
            continue;
        heads += record->heads();
        for (std::int64_t head = 0; head < record->heads(); ++head)
            for (std::int64_t target = 0; target < alignment.targets; ++target) {
                record->fillRow({.head = head, .query = target}, row);
                float *out = alignment.weights.data() + target * alignment.sources;
                for (const float weight : row)
                    *out++ += weight;
            }
    }
    for (float &weight : alignment.weights)
        weight /= static_cast<float>(std::max<std::int64_t>(1, heads));
    return alignment;
}

std::vector<float> Alignment::ofTarget(std::int64_t target) const
{
    if (target < 0 || target >= targets)
        return {};
    const auto begin = weights.begin() + static_cast<std::ptrdiff_t>(target * sources);
    return {begin, begin + static_cast<std::ptrdiff_t>(sources)};
}

std::vector<float> Alignment::ofSource(std::int64_t source) const
{
    std::vector<float> column;
    if (source >= 0 && source < sources)
        for (std::int64_t target = 0; target < targets; ++target)
            column.push_back(weights[static_cast<std::size_t>(target * sources + source)]);
    return column;
}

} // namespace ui
