// SPDX-License-Identifier: GPL-3.0-or-later
// Vectors of texts, and how near they are to each other.
#include "engine/names.h"
#include "tasks/input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace engine {
namespace {

struct PoolingId {
    TextPooling pooling;
    std::string_view id;
};
constexpr std::array kPoolings{PoolingId{TextPooling::ClassToken, "cls"}, PoolingId{TextPooling::Mean, "mean"},
                               PoolingId{TextPooling::Pooler, "pooler"}};

double cosine(std::span<const float> a, std::span<const float> b)
{
    double product = 0.0;
    double squaresOfA = 0.0;
    double squaresOfB = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
        squaresOfA += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        squaresOfB += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    const double lengths = std::sqrt(squaresOfA * squaresOfB);
    return lengths > 0.0 ? product / lengths : 0.0;
}

} // namespace

std::string_view id(TextPooling pooling) noexcept
{
    return std::ranges::find(kPoolings, pooling, &PoolingId::pooling)->id;
}

std::span<const TextPooling> allTextPoolings() noexcept
{
    static constexpr std::array kAll{TextPooling::ClassToken, TextPooling::Mean, TextPooling::Pooler};
    return kAll;
}

const Tensor &TextVectors::vector(TextPooling pooling) const noexcept
{
    switch (pooling) {
    case TextPooling::ClassToken:
        return classToken;
    case TextPooling::Mean:
        return mean;
    case TextPooling::Pooler:
        break;
    }
    return pooled;
}

Tensor similarities(const FeatureResult &result, TextPooling pooling)
{
    const auto count = static_cast<std::int64_t>(result.texts.size());
    for (const auto &text : result.texts)
        if (text.vector(pooling).isNull())
            return {};
    Tensor out = Tensor::uninitialised({count, count});
    auto cell = out.mutableFloats().begin();
    for (const auto &row : result.texts)
        for (const auto &column : result.texts)
            *cell++ = static_cast<float>(cosine(row.vector(pooling).floats(), column.vector(pooling).floats()));
    return out;
}

namespace tasks {
namespace {

Tensor meanOf(const Tensor &hidden) // (length, hidden)
{
    const auto features = static_cast<std::size_t>(hidden.size(1));
    std::vector<double> sums(features, 0.0);
    const auto values = hidden.floats();
    for (std::size_t i = 0; i < values.size(); ++i)
        sums[i % features] += static_cast<double>(values[i]);
    Tensor out = Tensor::uninitialised({hidden.size(1)});
    std::ranges::transform(sums, out.mutableFloats().begin(),
                           [&](double sum) { return static_cast<float>(sum / static_cast<double>(hidden.size(0))); });
    return out;
}

struct Features {
    Tensor hidden; // (length, hidden)
    TextVectors vectors;
};

Features featuresOf(const TaskContext &context, const HeadInfo &head, const std::string &text, TaskResult &result,
                    const Encoding &encoding)
{
    const NamedTensors outputs = forward(context, head, modelInputs(context, encoding), result);
    const Tensor &all = require(outputs, names::kLastHiddenState); // (1, length, hidden)
    const Tensor pooled = find(outputs, names::kPoolerOutput);     // (1, hidden)
    Features out{.hidden = all.reshaped({all.size(1), all.size(2)}), .vectors = {.text = text}};
    const auto cls = static_cast<std::int64_t>(classToken(context, encoding));
    out.vectors.classToken = out.hidden.rows(cls, cls + 1).reshaped({all.size(2)});
    out.vectors.mean = meanOf(out.hidden);
    out.vectors.pooled = pooled.isNull() ? Tensor() : pooled.reshaped({pooled.elements()});
    return out;
}

} // namespace

TaskResult runFeatureExtraction(const TaskContext &context, const TaskRequest &request)
{
    const HeadInfo &head = requireHead(context, TaskKind::FeatureExtraction);
    TaskResult result = resultFor(context, request, encodeInput(context, request, request.textPair));
    Features first = featuresOf(context, head, request.text, result, result.encoding);
    FeatureResult payload{.lastHiddenState = first.hidden, .pooled = first.vectors.pooled};
    payload.texts.push_back(std::move(first.vectors));

    RunControl unwatched = context.control; // the trace shows the first text
    unwatched.trace = nullptr;
    const TaskContext others{
        .model = context.model, .tokenizer = context.tokenizer, .control = unwatched, .info = context.info};
    for (std::size_t i = 0; i < request.furtherTexts.size(); ++i) {
        TaskRequest next = request;
        next.text = request.furtherTexts[i];
        const EncodedText input = encodeInput(others, next, {});
        for (const auto &note : input.notes)
            result.notes.push_back("text " + std::to_string(i + 2) + ": " + note);
        payload.texts.push_back(featuresOf(others, head, next.text, result, input.encoding).vectors);
    }
    result.payload = std::move(payload);
    return result;
}

} // namespace tasks
} // namespace engine
