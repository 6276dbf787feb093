// SPDX-License-Identifier: GPL-3.0-or-later
// Passages that questions are answered from: what runs over them take and give back. Indexes of their vectors:
// engine/passage_index.h.
#pragma once

#include "engine/encoding.h"
#include "engine/generation_result.h"
#include "engine/tensor.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace engine {

class LoadedModel;
class PassageIndex;

struct Passage {
    std::string title;
    std::string text;
    std::string source = {}; // the file it was cut out of; may be empty
};

// What a run over passages works with, beside the model and the question.
struct RetrievalRequest {
    std::vector<Passage> passages = {};     // given outright, or
    std::filesystem::path indexFolder = {}; // an index to search; opened where `index` is null
    std::shared_ptr<const PassageIndex> index = {};
    // Models beside the one that runs, each a folder or already open. They stand in for what the model lacks: the
    // question encoder of a reader, the passage encoder of passages without vectors, the reader of what was found.
    std::filesystem::path questionEncoderFolder = {};
    std::shared_ptr<const LoadedModel> questionEncoder = {};
    std::filesystem::path passageEncoderFolder = {};
    std::shared_ptr<const LoadedModel> passageEncoder = {};
    std::filesystem::path readerFolder = {};
    std::shared_ptr<const LoadedModel> reader = {};

    std::int64_t documents = 0;     // found for a question; 0: as the checkpoint says, else 5
    std::size_t spans = 16;         // answers of a reader
    std::size_t spansOfPassage = 4; // of each passage at most
    std::size_t longestAnswer = 10; // tokens
};

struct FoundPassage {
    std::int64_t id = 0; // in the index; among passages given outright their place
    Passage passage = {};
    double score = 0.0;       // inner product of the question's vector and the passage's; 0 where nothing was searched
    double probability = 0.0; // softmax of the scores over those found
};

struct ReadPassage {
    FoundPassage found = {};
    double relevance = 0.0; // logit
    Encoding encoding = {}; // a row of the trace's batch; sequences: 0 question, 1 title, 2 text
    std::vector<std::string> display = {};
};
struct ReadSpan {
    std::size_t passage = 0;    // index into passages
    std::size_t beginToken = 0; // of the passage's encoding
    std::size_t endToken = 0;   // inclusive
    std::string text = {};      // cut out of title or text by offsets; as decoded where it runs from one to the other
    Offset titlePlace = {};     // code points of the title that it covers, and
    Offset textPlace = {};      // of the text; empty ones where it does not touch it
    double score = 0.0;         // start + end logit
    double relevance = 0.0;     // logit of its passage
};
struct ReadingResult {
    std::vector<ReadPassage> passages = {}; // in the order given or found
    std::vector<ReadSpan> spans = {};       // passages by falling relevance, of each the best first
};

struct EmbeddingResult {                               // question-embedding, passage-embedding
    Tensor vector = {};                                // (dimension)
    std::vector<FoundPassage> passages = {};           // question-embedding over passages: the nearest first
    std::shared_ptr<const ReadingResult> reading = {}; // what a reader made of them; null without one
};

struct ReadDocument {        // retrieval-augmented generation
    FoundPassage found = {}; // probability: p(document | question)
    std::string context = {};
    Encoding encoding = {}; // of the context as the generator reads it; a row of the trace's batch
    std::vector<std::string> display = {};
};
struct SequenceCandidate { // rag-sequence: a beam of some document, scored over all documents
    std::vector<std::int64_t> ids = {};
    std::string text = {};
    double loss = 0.0;                       // −log Σ over documents of p(document) · p(sequence | document)
    std::vector<std::size_t> documents = {}; // whose beams it came from
};
struct RagResult {
    std::string question = {}; // as the generator reads it: decoded from the question encoder's ids
    std::vector<ReadDocument> documents = {};
    // steps, logits: of the mixture over documents. Hypotheses: the best first; rag-sequence: −loss is their score.
    GenerationResult generation = {};
    // (tokens, documents): row i is p(document | question, tokens before i, token i); row 0, of the start token, is
    // p(document | question). rag-token mixes anew at every token; rag-sequence holds on to one document, whose
    // probability grows or falls with every token.
    Tensor shares = {};
    std::vector<SequenceCandidate> candidates = {}; // rag-sequence, best first
};

} // namespace engine
