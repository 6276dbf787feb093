// SPDX-License-Identifier: GPL-3.0-or-later
// What tasks over passages gave.
#include "session/json_parts.h"

namespace engine::session {
namespace {

Json foundOf(const FoundPassage &found)
{
    Json out{{"id", found.id},
             {"title", found.passage.title},
             {"text", found.passage.text},
             {"score", found.score},
             {"probability", found.probability}};
    if (!found.passage.source.empty())
        out["source"] = found.passage.source;
    return out;
}

Json placeOf(const Offset &place)
{
    return place.begin == place.end ? Json(nullptr) : Json{place.begin, place.end};
}

} // namespace

Json payloadOf(const EmbeddingResult &payload, const TaskResult &result)
{
    Json out{{"vector", rowsOf(payload.vector)}, {"dimension", payload.vector.elements()}};
    Json passages = Json::array();
    for (const auto &found : payload.passages)
        passages.push_back(foundOf(found));
    out["passages"] = passages;
    if (payload.reading)
        out["reading"] = payloadOf(*payload.reading, result);
    return out;
}

Json payloadOf(const ReadingResult &payload, const TaskResult & /*result*/)
{
    Json passages = Json::array();
    for (const auto &passage : payload.passages) {
        Json one = foundOf(passage.found);
        one["relevance"] = passage.relevance;
        one["tokens"] = encodingOf(passage.encoding);
        passages.push_back(one);
    }
    Json spans = Json::array();
    for (const auto &span : payload.spans)
        spans.push_back({{"answer", span.text},
                         {"passage", span.passage},
                         {"score", span.score},
                         {"relevance", span.relevance},
                         {"start_token", span.beginToken},
                         {"end_token", span.endToken},
                         {"title_place", placeOf(span.titlePlace)},
                         {"text_place", placeOf(span.textPlace)}});
    Json out = Json::object();
    if (!payload.spans.empty())
        out["answer"] = payload.spans.front().text;
    out["spans"] = spans;
    out["passages"] = passages;
    return out;
}

Json payloadOf(const RagResult &payload, const TaskResult &result)
{
    Json out{{"question", payload.question}};
    out.update(payloadOf(payload.generation, result));
    Json documents = Json::array();
    for (const auto &document : payload.documents) {
        Json one = foundOf(document.found);
        one["context"] = document.context;
        one["tokens"] = encodingOf(document.encoding);
        documents.push_back(one);
    }
    out["documents"] = documents;
    out["document_shares"] = rowsOf(payload.shares);
    Json candidates = Json::array();
    for (const auto &candidate : payload.candidates)
        candidates.push_back({{"generated_text", candidate.text},
                              {"loss", candidate.loss},
                              {"documents", candidate.documents},
                              {"ids", candidate.ids}});
    out["candidates"] = candidates;
    return out;
}

} // namespace engine::session
