// SPDX-License-Identifier: GPL-3.0-or-later
// A task's result as one JSON document. Keys are those of the reference library's pipelines where it has
// them; probabilities are called "score" there.
#include "engine/export.h"

#include "session/json_parts.h"

#include <span>
#include <string>
#include <variant>
#include <vector>

namespace engine {
namespace session {

Json rowsOf(const Tensor &tensor)
{
    if (tensor.isNull())
        return nullptr;
    const auto values = tensor.floats();
    if (tensor.rank() < 2)
        return Json(std::vector<float>(values.begin(), values.end()));
    Json out = Json::array();
    const auto columns = static_cast<std::size_t>(tensor.size(-1));
    for (std::size_t begin = 0; columns > 0 && begin < values.size(); begin += columns) {
        const auto row = values.subspan(begin, columns);
        out.push_back(std::vector<float>(row.begin(), row.end()));
    }
    return out;
}

Json encodingOf(const Encoding &encoding)
{
    Json offsets = Json::array();
    for (const auto &offset : encoding.offsets)
        offsets.push_back({offset.begin, offset.end});
    Json sequences = Json::array();
    for (const int sequence : encoding.sequence)
        sequences.push_back(sequence < 0 ? Json(nullptr) : Json(sequence));
    return {{"ids", encoding.ids},
            {"tokens", encoding.tokens},
            {"token_type_ids", encoding.typeIds},
            {"attention_mask", encoding.attentionMask},
            {"special_tokens_mask", encoding.specialTokensMask},
            {"offsets", offsets},
            {"sequence_ids", sequences}};
}

// The tree of a beam search, in the order of the nodes: "parent" is an index into the list.
static Json beamsOf(const BeamHistory &history)
{
    Json nodes = Json::array();
    for (const auto &node : history.nodes)
        nodes.push_back({{"parent", node.parent < 0 ? Json(nullptr) : Json(node.parent)},
                         {"step", node.step},
                         {"token", node.token},
                         {"token_str", node.text},
                         {"log_probability", node.logProbability},
                         {"sum", node.sum},
                         {"score", node.score},
                         {"beam", node.beam < 0 ? Json(nullptr) : Json(node.beam)},
                         {"end", node.end == BeamEnd::None ? Json(nullptr) : Json(std::string(id(node.end)))},
                         {"sequence", node.hypothesis < 0 ? Json(nullptr) : Json(node.hypothesis)}});
    return {{"nodes", nodes}, {"dropped", history.dropped}};
}

Json payloadOf(const GenerationResult &payload, const TaskResult &)
{
    Json sequences = Json::array();
    for (const auto &hypothesis : payload.hypotheses)
        sequences.push_back({{"generated_text", hypothesis.text},
                             {"new_text", hypothesis.newText},
                             {"score", hypothesis.score},
                             {"ids", hypothesis.ids}});
    Json steps = Json::array();
    for (const auto &step : payload.steps) {
        Json top = Json::array();
        for (const auto &candidate : step.top)
            top.push_back({{"token", candidate.id}, {"token_str", candidate.token}, {"score", candidate.probability}});
        steps.push_back({{"token", step.id},
                         {"token_str", step.text},
                         {"is_prompt", step.isPrompt},
                         {"score", step.probability},
                         {"surprisal_bits", step.surprisalBits},
                         {"entropy_bits", step.entropyBits},
                         {"rank", step.rank},
                         {"top", top}});
    }
    Json out = Json::object();
    if (!payload.hypotheses.empty()) {
        out["generated_text"] = payload.hypotheses.front().text;
        out["new_text"] = payload.hypotheses.front().newText;
    }
    out["prompt_length"] = payload.promptLength;
    out["stop_reason"] = payload.stopReason;
    out["reused_positions"] = payload.reusedPositions;
    if (payload.beams)
        out["beams"] = beamsOf(*payload.beams);
    out["sequences"] = sequences;
    out["steps"] = steps;
    return out;
}

} // namespace session

namespace {

using session::encodingOf;
using session::Json;
using session::payloadOf;
using session::rowsOf;

Json labelOf(const ScoredLabel &label)
{
    return {{"id", label.id}, {"label", label.label}, {"score", label.probability}, {"logit", label.logit}};
}

Json labelsOf(std::span<const ScoredLabel> labels)
{
    Json out = Json::array();
    for (const auto &label : labels)
        out.push_back(labelOf(label));
    return out;
}

Json payloadOf(const std::monostate &, const TaskResult &)
{
    return Json::object();
}

Json payloadOf(const FillMaskResult &payload, const TaskResult &)
{
    Json masks = Json::array();
    for (const auto &mask : payload.masks) {
        Json predictions = Json::array();
        for (std::size_t i = 0; i < mask.candidates.size(); ++i) {
            const Candidate &candidate = mask.candidates[i];
            Json one{{"score", candidate.probability},
                     {"token", candidate.id},
                     {"token_str", candidate.token},
                     {"logit", candidate.logit}};
            if (i < mask.sequences.size())
                one["sequence"] = mask.sequences[i];
            predictions.push_back(one);
        }
        masks.push_back({{"position", mask.position}, {"predictions", predictions}});
    }
    return {{"masks", masks}};
}

Json boxOf(const PixelRect &area) // left, top, right, bottom
{
    return {area.left, area.top, area.right, area.bottom};
}

Json payloadOf(const ImageAndTextResult &payload, const TaskResult &)
{
    Json labels = Json::array();
    for (const auto &score : payload.labels.scores)
        if (score.holds())
            labels.push_back(score.label);
    Json regions = Json::array();
    for (const auto &region : payload.regions)
        regions.push_back({{"token", region.token}, {"box", boxOf(region.area)}});
    return {{"labels", labels},
            {"scores", labelsOf(payload.labels.scores)},
            {"activation", payload.labels.activation},
            {"image", {{"width", payload.image->width}, {"height", payload.image->height}}},
            {"seen", boxOf(payload.seen)},
            {"regions", regions}};
}

Json payloadOf(const ClassificationResult &payload, const TaskResult &)
{
    Json out = Json::object();
    if (payload.best < payload.scores.size()) {
        out["label"] = payload.scores[payload.best].label;
        out["score"] = payload.scores[payload.best].probability;
    }
    out["scores"] = labelsOf(payload.scores);
    out["activation"] = payload.activation;
    return out;
}

Json payloadOf(const TokenClassificationResult &payload, const TaskResult &result)
{
    const Encoding &encoding = result.encoding;
    Json entities = Json::array();
    for (const auto &token : payload.tokens)
        entities.push_back({{"index", token.token},
                            {"word", encoding.tokens.at(token.token)},
                            {"label", token.best.label},
                            {"score", token.best.probability},
                            {"scores", labelsOf(token.scores)}});
    Json spans = Json::array();
    for (const auto &span : payload.spans) {
        double sum = 0.0;
        for (std::size_t i = span.beginToken; i < span.endToken; ++i)
            sum += payload.tokens.at(i).best.probability;
        spans.push_back({{"entity_group", span.label},
                         {"word", span.text},
                         {"score", sum / static_cast<double>(span.endToken - span.beginToken)},
                         {"start", encoding.offsets.at(span.beginToken).begin},
                         {"end", encoding.offsets.at(span.endToken - 1).end},
                         {"start_token", span.beginToken},
                         {"end_token", span.endToken}});
    }
    return {{"spans", spans}, {"entities", entities}};
}

Json payloadOf(const ReplacedTokensResult &payload, const TaskResult &result)
{
    Json detections = Json::array();
    for (const auto &token : payload.tokens)
        detections.push_back({{"index", token.token},
                              {"word", result.encoding.tokens.at(token.token)},
                              {"score", token.probability},
                              {"logit", token.logit},
                              {"replaced", token.isReplaced()}});
    return {{"detections", detections}};
}

Json payloadOf(const AnswerResult &payload, const TaskResult &result)
{
    Json answers = Json::array();
    for (const auto &answer : payload.answers)
        answers.push_back({{"answer", answer.text},
                           {"score", answer.probability},
                           {"start", result.encoding.offsets.at(answer.beginToken).begin},
                           {"end", result.encoding.offsets.at(answer.endToken).end},
                           {"start_token", answer.beginToken},
                           {"end_token", answer.endToken}});
    Json out = answers.empty() ? Json::object() : answers.front();
    out["answers"] = answers;
    out["no_answer_score"] = payload.noAnswer;
    out["start_probabilities"] = payload.startProbabilities;
    out["end_probabilities"] = payload.endProbabilities;
    return out;
}

Json payloadOf(const ChoiceResult &payload, const TaskResult &)
{
    Json encodings = Json::array();
    for (const auto &encoding : payload.encodings)
        encodings.push_back(encodingOf(encoding));
    Json out{{"choice", payload.best}};
    if (payload.best < payload.scores.size()) {
        out["label"] = payload.scores[payload.best].label;
        out["score"] = payload.scores[payload.best].probability;
    }
    out["scores"] = labelsOf(payload.scores);
    out["encodings"] = encodings;
    return out;
}

Json payloadOf(const FeatureResult &payload, const TaskResult &)
{
    Json out{{"last_hidden_state", rowsOf(payload.lastHiddenState)}, {"pooler_output", rowsOf(payload.pooled)}};
    Json texts = Json::array();
    for (const auto &text : payload.texts) {
        Json one{{"text", text.text}};
        for (const auto pooling : allTextPoolings())
            one[std::string(id(pooling))] = rowsOf(text.vector(pooling));
        texts.push_back(one);
    }
    Json cosines = Json::object();
    for (const auto pooling : allTextPoolings())
        cosines[std::string(id(pooling))] = rowsOf(similarities(payload, pooling));
    out["texts"] = texts;
    out["similarities"] = cosines;
    return out;
}

Json traceOf(const Trace &trace)
{
    Json timings = Json::array();
    for (const auto &timing : trace.timings)
        timings.push_back({{"stack", name(timing.stack)}, {"layer", timing.layer}, {"ms", timing.milliseconds}});
    return {{"hidden_states", trace.hiddenStates.size()},
            {"attentions", trace.attentions.size()},
            {"bytes", trace.bytes},
            {"dropped", trace.dropped},
            {"timings", timings}};
}

} // namespace

std::string toJson(const TaskResult &result, int indent)
{
    Json out{{"task", std::string(id(result.task))}};
    out.update(std::visit([&](const auto &payload) { return payloadOf(payload, result); }, result.payload));
    out.update(encodingOf(result.encoding));
    out["display"] = result.display;
    if (result.decoder) {
        out["decoder"] = encodingOf(*result.decoder);
        out["decoder"]["display"] = result.decoderDisplay;
    }
    out["notes"] = result.notes;
    out["elapsed_ms"] = result.elapsedMs;
    if (result.trace)
        out["trace"] = traceOf(*result.trace);
    return out.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace engine
