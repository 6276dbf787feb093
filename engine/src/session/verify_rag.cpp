// SPDX-License-Identifier: GPL-3.0-or-later
// Cases of retrieval-augmented generation: passages, what the generator reads of them, and what it writes.
#include "engine/names.h"
#include "generation/sequence_mixture.h"
#include "ops/ops.h"
#include "retrieval/contexts.h"
#include "retrieval/embedder.h"
#include "retrieval/index_folder.h"
#include "session/verify_retrieval.h"
#include "tasks/votes.h"

#include <algorithm>
#include <utility>

namespace engine::session {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<std::int64_t>;

// Rows of any length, filled up.
Tensor matrixOf(const std::vector<Ids> &rows, std::int64_t fill)
{
    std::size_t width = 0;
    for (const auto &row : rows)
        width = std::max(width, row.size());
    Ids flat;
    for (const auto &row : rows) {
        flat.insert(flat.end(), row.begin(), row.end());
        flat.resize(flat.size() + width - row.size(), fill);
    }
    return Tensor::fromInts({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(width)}, flat);
}

Tensor idsOf(std::span<const Encoding> rows)
{
    std::vector<Ids> ids;
    for (const auto &row : rows)
        ids.push_back(row.ids);
    return matrixOf(ids, 0);
}

void compareOutputs(const Fixture &fixture, const Json &entry, const NamedTensors &outputs, Comparer &comparer)
{
    for (const auto &[name, description] : entry.at("outputs").items())
        comparer.tensor(name, recordedTensor(fixture, description), find(outputs, name));
}

// context_input_ids and context_attention_mask, padded to the format's length.
NamedTensors contextInputs(const Tokenizer &generator, std::span<const std::string> contexts,
                           const retrieval::ContextFormat &format)
{
    std::vector<Encoding> rows;
    for (const auto &context : contexts)
        rows.push_back(
            pad(retrieval::encodeContext(generator, context, format), generator, {.length = format.maxLength}));
    std::vector<Ids> mask;
    for (const auto &row : rows)
        mask.push_back(row.attentionMask);
    return {{"context_input_ids", idsOf(rows)}, {"context_attention_mask", matrixOf(mask, 0)}};
}

// The contexts of questions × documents, documents fastest.
std::vector<std::string> contextsOf(const retrieval::IndexFolder &index, const Tensor &documents,
                                    std::span<const std::string> questions, const retrieval::ContextFormat &format)
{
    std::vector<std::string> out;
    for (std::int64_t i = 0; i < documents.elements(); ++i)
        out.push_back(retrieval::contextOf(index.passage(documents.ints()[static_cast<std::size_t>(i)]),
                                           questions[static_cast<std::size_t>(i / documents.size(1))], format));
    return out;
}

retrieval::ContextFormat formatOf(const Json &options)
{
    const Json prefix = options.at("prefix");
    return {.prefix = prefix.is_null() ? std::string() : prefix.get<std::string>(),
            .titleSeparator = options.at("title_sep").get<std::string>(),
            .documentSeparator = options.at("doc_sep").get<std::string>(),
            .maxLength = options.at("max_combined_length").get<std::int64_t>(),
            .documents = options.at("n_docs").get<std::int64_t>()};
}

const Tokenizer &partOf(const Tokenizer &tokenizer, const char *name)
{
    const Tokenizer *part = tokenizer.part(name);
    if (part == nullptr)
        failArgument(std::string("the checkpoint has no ") + name);
    return *part;
}

struct Contexts {
    Tensor ids;
    Tensor mask;
    Tensor scores; // (questions, documents)
};

// The options without those of retrieval.
Json searchOptionsOf(Json options)
{
    options.erase("n_docs");
    options.erase("do_deduplication");
    return options;
}

// One question: rows of its documents.
generation::DocumentSources sourcesOf(const Fixture &fixture, const Contexts &contexts, std::int64_t question)
{
    const auto documents = contexts.scores.size(1);
    const auto begin = question * documents;
    return {.ids = contexts.ids.rows(begin, begin + documents),
            .mask = contexts.mask.rows(begin, begin + documents),
            .scores = contexts.scores.rows(question, question + 1),
            .head = fixture.head->id};
}

generation::SequenceOptions sequenceOptionsOf(const Fixture &fixture, const Json &options)
{
    return {.search = generationOptionsOf(fixture, searchOptionsOf(options), 1),
            .keepsDuplicates = !options.value("do_deduplication", true)};
}

Tensor generateSequences(const Fixture &fixture, const Contexts &contexts, const Json &options,
                         const RunControl &control)
{
    const auto chosen = sequenceOptionsOf(fixture, options);
    std::vector<Ids> rows;
    for (std::int64_t question = 0; question < contexts.scores.size(0); ++question) {
        const auto rated =
            generation::rateSequences(fixture.model->model(), sourcesOf(fixture, contexts, question), chosen, control);
        for (const auto best :
             generation::bestSequences(rated, static_cast<std::size_t>(chosen.search.returnSequences)))
            rows.push_back(rated[best].ids);
    }
    return matrixOf(rows, chosen.search.padTokenId);
}

Tensor generated(const Fixture &fixture, const Contexts &contexts, const Json &options, const RunControl &control)
{
    if (std::ranges::count(fixture.head->tasks, TaskKind::RagSequence) > 0)
        return generateSequences(fixture, contexts, options, control);
    const generation::SearchInput input{.ids = contexts.ids,
                                        .mask = contexts.mask,
                                        .head = fixture.head->id,
                                        .documentWeights = ops::logSoftmax(contexts.scores)};
    return runGenerate(fixture, input, searchOptionsOf(options), control).sequences;
}

Contexts recordedContexts(const Fixture &fixture, const Json &entry)
{
    const Json &inputs = entry.at("inputs");
    return {.ids = recordedTensor(fixture, inputs.at("context_input_ids")),
            .mask = recordedTensor(fixture, inputs.at("context_attention_mask")),
            .scores = recordedTensor(fixture, inputs.at(names::kDocScores))};
}

Tensor idsOf(const std::vector<std::vector<PassageHit>> &hits)
{
    std::vector<Ids> rows;
    for (const auto &row : hits) {
        rows.emplace_back();
        for (const auto &hit : row)
            rows.back().push_back(hit.id);
    }
    return matrixOf(rows, -1);
}

Tensor scoresOf(const std::vector<std::vector<PassageHit>> &hits)
{
    std::vector<float> scores;
    for (const auto &row : hits)
        for (const auto &hit : row)
            scores.push_back(static_cast<float>(hit.score));
    return Tensor::fromFloats({static_cast<std::int64_t>(hits.size()), static_cast<std::int64_t>(hits.front().size())},
                              scores);
}

} // namespace

// Both files of vectors have to find the same.
void verifyRetrieval(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl & /*control*/)
{
    const Tensor &questions = recordedTensor(fixture, entry.at("inputs").at("question_vectors"));
    const auto count = entry.at("inputs").at("k").get<std::int64_t>();
    for (const char *file : {"index.safetensors", "index.faiss"}) {
        if (!std::filesystem::exists(fixture.directory / file))
            continue;
        const auto hits = retrieval::openCarried(fixture.directory, file)->search(questions, count);
        compareOutputs(fixture, entry, {{"ids", idsOf(hits)}, {"scores", scoresOf(hits)}}, comparer);
    }
}

void verifyContexts(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl & /*control*/)
{
    const auto tokenizer = openTokenizer(fixture.directory);
    const Tokenizer &questions = partOf(*tokenizer, "question_encoder_tokenizer");
    std::vector<Encoding> rows;
    for (const Json &question : entry.at("questions"))
        rows.push_back(questions.encode(question.get<std::string>(), std::nullopt, {}));
    rows = retrieval::padded(questions, std::move(rows));
    Json ids = Json::array();
    std::vector<std::string> texts;
    for (const auto &row : rows) {
        ids.push_back(row.ids);
        texts.push_back(retrieval::questionText(questions, row.ids));
    }
    comparer.equal("question_ids", entry.at("question_ids"), ids);
    comparer.equal("question_strings", entry.at("question_strings"), texts);

    const auto format = formatOf(entry.at("options"));
    const auto index = retrieval::openCarried(fixture.directory);
    const auto contexts =
        contextsOf(*index, recordedTensor(fixture, entry.at("inputs").at("documents")), texts, format);
    comparer.equal("strings", entry.at("strings"), contexts);
    compareOutputs(fixture, entry, contextInputs(tokenizer->writer(), contexts, format), comparer);
}

void verifyAnswer(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const auto encoder = retrieval::questionEncoder(*fixture.model);
    const std::vector rows{encoder.tokenizer.encode(entry.at("question").get<std::string>(), std::nullopt, {})};
    const NamedTensors inputs = retrieval::inputsOf(encoder.tokenizer, rows);
    for (const auto &[name, description] : entry.at("inputs").items())
        comparer.tensor("tokenizer's " + name, recordedTensor(fixture, description), find(inputs, name));

    const auto format = retrieval::contextFormat(fixture.model->info());
    const auto index = retrieval::openCarried(fixture.directory);
    NamedTensors outputs{{"question_vector", retrieval::embed(encoder, rows, control)}};
    const auto hits = index->search(outputs["question_vector"], format.documents);
    outputs["documents"] = idsOf(hits);
    outputs["doc_scores"] = scoresOf(hits);
    const std::vector question{retrieval::questionText(encoder.tokenizer, rows.front().ids)};
    const auto contexts = contextsOf(*index, outputs["documents"], question, format);
    comparer.equal("strings", entry.at("strings"), contexts);
    const Tokenizer &generator = fixture.model->tokenizer().writer();
    outputs.merge(contextInputs(generator, contexts, format));
    outputs["sequences"] = generated(fixture,
                                     {.ids = outputs["context_input_ids"],
                                      .mask = outputs["context_attention_mask"],
                                      .scores = outputs["doc_scores"]},
                                     entry.at("options"), control);
    compareOutputs(fixture, entry, outputs, comparer);
    const auto ids = outputs["sequences"].rows(0, 1);
    comparer.equal("answer", entry.at("answer"),
                   generator.decode(ids.ints(), {.skipSpecialTokens = true, .cleanUpSpaces = false}));
}

void verifyDocumentShares(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    NamedTensors inputs = inputsOf(fixture, entry);
    const Tensor tokens = require(inputs, "token"); // (questions, steps)
    const Tensor scores = require(inputs, names::kDocScores);
    inputs.erase("token");
    const auto outputs = fixture.model->model().forward(inputs, {.head = fixture.head->id}, control);
    const Tensor &logits = require(outputs, names::kLogits); // (questions · documents, steps, vocabulary)
    const auto documents = scores.size(1);
    const Tensor priors = ops::logSoftmax(scores);
    Tensor shares = Tensor::uninitialised({scores.size(0), documents, tokens.size(1)});
    auto to = shares.mutableFloats().begin();
    for (std::int64_t question = 0; question < scores.size(0); ++question) {
        const auto votes = tasks::votesOf(logits.rows(question * documents, (question + 1) * documents),
                                          priors.rows(question, question + 1),
                                          tokens.rows(question, question + 1).ints(), tasks::Hold::NoDocument);
        for (std::int64_t document = 0; document < documents; ++document)
            for (std::int64_t step = 0; step < tokens.size(1); ++step)
                *to++ = votes.after.floats()[static_cast<std::size_t>(step * documents + document)];
    }
    compareOutputs(fixture, entry, {{"share", shares}}, comparer);
}

void verifyCandidates(const Fixture &fixture, const Json &entry, Comparer &comparer, const RunControl &control)
{
    const auto options = sequenceOptionsOf(fixture, entry.at("options"));
    const auto rated = generation::rateSequences(
        fixture.model->model(), sourcesOf(fixture, recordedContexts(fixture, entry), 0), options, control);
    std::vector<Ids> rows;
    std::vector<float> losses;
    for (const auto &one : rated) {
        rows.push_back(one.ids);
        losses.push_back(static_cast<float>(one.loss));
    }
    compareOutputs(fixture, entry,
                   {{"candidates", matrixOf(rows, options.search.padTokenId)},
                    {"loss", Tensor::fromFloats({static_cast<std::int64_t>(losses.size())}, losses)}},
                   comparer);
}

void verifyGenerateOverDocuments(const Fixture &fixture, const Json &entry, Comparer &comparer,
                                 const RunControl &control)
{
    const auto contexts = recordedContexts(fixture, entry);
    if (const auto documents = entry.at("options").value("n_docs", contexts.scores.size(1));
        documents != contexts.scores.size(1))
        failArgument("n_docs: " + std::to_string(documents) + " for doc_scores " + contexts.scores.shape().text());
    compareOutputs(fixture, entry, {{"sequences", generated(fixture, contexts, entry.at("options"), control)}},
                   comparer);
}

} // namespace engine::session
