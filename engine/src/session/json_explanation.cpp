// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/export.h"

#include <nlohmann/json.hpp>

namespace engine {

namespace {

using Json = nlohmann::ordered_json;

Json range(const Offset &offset)
{
    return Json::array({offset.begin, offset.end});
}

Json wordJson(const ExplainedWord &word)
{
    Json json = {{"text", word.text}, {"offset", range(word.offset)}, {"pieces", Json::array()}};
    for (const ExplainedPiece &piece : word.pieces)
        json["pieces"].push_back({{"token", piece.token}, {"id", piece.id}, {"offset", range(piece.offset)}});
    if (!word.merges.empty())
        json["merges"] = Json::array();
    for (const MergeStep &merge : word.merges)
        json["merges"].push_back({{"left", merge.left}, {"right", merge.right}, {"rank", merge.rank}});
    if (!word.lattice.empty())
        json["lattice"] = Json::array();
    for (const LatticeEdge &edge : word.lattice)
        json["lattice"].push_back({{"token", edge.token},
                                   {"id", edge.id},
                                   {"begin", edge.begin},
                                   {"end", edge.end},
                                   {"score", edge.score},
                                   {"chosen", edge.isChosen}});
    return json;
}

Json segmentJson(const ExplainedSegment &segment)
{
    Json json = {{"source", segment.source}, {"offset", range(segment.offset)}};
    if (segment.specialId) {
        json["special_id"] = *segment.specialId;
        return json;
    }
    json["normalized"] = segment.normalized;
    json["words"] = Json::array();
    for (const ExplainedWord &word : segment.words)
        json["words"].push_back(wordJson(word));
    return json;
}

} // namespace

std::string toJson(const TokenizerExplanation &explanation, int indent)
{
    Json json = {{"kind", explanation.kind},
                 {"segments", Json::array()},
                 {"ids", explanation.encoding.ids},
                 {"tokens", explanation.encoding.tokens}};
    for (const ExplainedSegment &segment : explanation.segments)
        json["segments"].push_back(segmentJson(segment));
    // A token of bytes need not be valid UTF-8 by itself.
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace engine
