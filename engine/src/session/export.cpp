// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/export.h"

#include "engine/error.h"
#include "session/export_file.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <ostream>
#include <span>
#include <variant>
#include <vector>

namespace engine {
namespace {

using session::csvField;
using session::jsonText;
using session::numberText;

struct Selected {
    std::vector<const AttentionRecord *> layers; // never empty
    std::vector<std::int64_t> heads;
    std::int64_t batch = 0;
    AttentionAxes axes; // of the row
    Stack stack = Stack::Encoder;
};

[[noreturn]] void failMissing(const std::string &what, std::int64_t asked, std::int64_t count)
{
    failArgument("there is no " + what + " " + std::to_string(asked) + ": this run has " + what + "s 0 to " +
                 std::to_string(count - 1));
}

std::vector<const AttentionRecord *> layersOf(const Trace &trace, const AttentionSelection &selection)
{
    std::vector<const AttentionRecord *> all;
    for (const auto &record : trace.attentions)
        if (record.stack == selection.stack)
            all.push_back(&record);
    if (all.empty())
        failArgument(std::string("this run kept no ") + name(selection.stack) + " attention" +
                     (trace.dropped.empty() ? "" : ": " + trace.dropped.front()));
    if (!selection.layer)
        return all;
    const auto it = std::ranges::find(all, *selection.layer, &AttentionRecord::layer);
    if (it == all.end())
        failMissing("layer", *selection.layer, static_cast<std::int64_t>(all.size()));
    return {*it};
}

Selected select(const TaskResult &result, const AttentionSelection &selection)
{
    Selected out;
    out.layers = layersOf(*result.trace, selection);
    out.batch = selection.batch;
    out.stack = selection.stack;
    const AttentionRecord &first = *out.layers.front();
    if (selection.batch < 0 || selection.batch >= first.rows())
        failMissing("row", selection.batch, first.rows());
    for (const auto *layer : out.layers)
        if (selection.head && (*selection.head < 0 || *selection.head >= layer->heads()))
            failMissing("head", *selection.head, layer->heads());
    if (selection.head)
        out.heads = {*selection.head};
    else
        for (std::int64_t head = 0; head < first.heads(); ++head)
            out.heads.push_back(head);
    out.axes = attentionAxes(result, selection.stack, static_cast<std::size_t>(selection.batch));
    return out;
}

// One query's weights in whatever form the record has: a file is written row by row.
std::vector<float> weightsOf(const Selected &selected, const AttentionRecord &record, std::int64_t head,
                             std::int64_t query)
{
    std::vector<float> weights(static_cast<std::size_t>(record.keys()));
    record.fillRow({.batch = selected.batch, .head = head, .query = query}, weights);
    return weights;
}

void attentionCsv(std::ostream &out, const Selected &selected)
{
    out << "layer,head,query,key,query_token,key_token,weight\n";
    for (const auto *layer : selected.layers)
        for (const auto head : selected.heads)
            for (std::int64_t query = 0; query < layer->queries(); ++query) {
                const auto weights = weightsOf(selected, *layer, head, query);
                for (std::int64_t key = 0; key < layer->keys(); ++key)
                    out << layer->layer << ',' << head << ',' << query << ',' << key << ','
                        << csvField(selected.axes.queryName(query)) << ',' << csvField(selected.axes.keyName(key))
                        << ',' << numberText(weights[static_cast<std::size_t>(key)]) << '\n';
            }
}

// "[a, b, …]" over 0 … count − 1.
void list(std::ostream &out, std::int64_t count, const std::function<void(std::int64_t)> &item)
{
    out << '[';
    for (std::int64_t i = 0; i < count; ++i) {
        if (i > 0)
            out << ',';
        item(i);
    }
    out << ']';
}

// "tokens", or "query_tokens" and "key_tokens" where they are not the same.
void jsonTokens(std::ostream &out, const Selected &selected)
{
    const AttentionAxes &axes = selected.axes;
    const AttentionRecord &first = *selected.layers.front();
    const bool isOneAxis = axes.queries == axes.keys && axes.memory == 0;
    if (!isOneAxis) {
        out << "\"query_tokens\":";
        list(out, first.queries(), [&](std::int64_t i) { out << jsonText(axes.queryName(i)); });
        out << ',';
    }
    out << (isOneAxis ? "\"tokens\":" : "\"key_tokens\":");
    list(out, first.keys(), [&](std::int64_t i) { out << jsonText(axes.keyName(i)); });
}

void attentionJson(std::ostream &out, const Selected &selected)
{
    const auto heads = static_cast<std::int64_t>(selected.heads.size());
    out << "{\"stack\":" << jsonText(name(selected.stack)) << ",\"batch\":" << selected.batch << ",\n";
    jsonTokens(out, selected);
    out << ",\n\"heads\":";
    list(out, heads, [&](std::int64_t i) { out << selected.heads[static_cast<std::size_t>(i)]; });
    out << ",\n\"layers\":";
    list(out, static_cast<std::int64_t>(selected.layers.size()), [&](std::int64_t l) {
        const AttentionRecord &layer = *selected.layers[static_cast<std::size_t>(l)];
        out << "\n{\"layer\":" << layer.layer << ",\"attention\":";
        list(out, heads, [&](std::int64_t h) {
            list(out, layer.queries(), [&](std::int64_t query) {
                const auto weights = weightsOf(selected, layer, selected.heads[static_cast<std::size_t>(h)], query);
                list(out, layer.keys(),
                     [&](std::int64_t key) { out << numberText(weights[static_cast<std::size_t>(key)]); });
            });
        });
        out << '}';
    });
    out << "}\n";
}

void attentionNpy(std::ostream &out, const Selected &selected)
{
    const AttentionRecord &first = *selected.layers.front();
    for (const auto *layer : selected.layers)
        if (layer->queries() != first.queries() || layer->keys() != first.keys() || layer->heads() != first.heads())
            failArgument("the layers differ in shape, which an .npy file cannot hold: choose one layer (--layer)");
    session::writeNpyHeader(out, {static_cast<std::int64_t>(selected.layers.size()),
                                  static_cast<std::int64_t>(selected.heads.size()), first.queries(), first.keys()});
    for (const auto *layer : selected.layers)
        for (const auto head : selected.heads)
            for (std::int64_t query = 0; query < layer->queries(); ++query) {
                const auto weights = weightsOf(selected, *layer, head, query);
                out.write(reinterpret_cast<const char *>(weights.data()),
                          static_cast<std::streamsize>(weights.size() * sizeof(float)));
            }
}

void maskCsv(std::ostream &out, const Selected &selected)
{
    out << "layer,query,key,visible,why\n";
    for (const auto *layer : selected.layers) {
        const MaskRule rule = layer->mask.rule();
        for (std::int64_t query = 0; query < layer->queries(); ++query)
            for (std::int64_t key = 0; key < layer->keys(); ++key)
                out << layer->layer << ',' << query << ',' << key << ','
                    << (rule.isVisible(selected.batch, query, key) ? 1 : 0) << ','
                    << csvField(rule.why(selected.batch, query, key)) << '\n';
    }
}

void maskJson(std::ostream &out, const Selected &selected)
{
    out << "{\"stack\":" << jsonText(name(selected.stack)) << ",\"batch\":" << selected.batch << ",\n";
    jsonTokens(out, selected);
    out << ",\n\"layers\":";
    list(out, static_cast<std::int64_t>(selected.layers.size()), [&](std::int64_t l) {
        const AttentionRecord &layer = *selected.layers[static_cast<std::size_t>(l)];
        const MaskRule rule = layer.mask.rule();
        const auto matrix = [&](const std::function<void(std::int64_t, std::int64_t)> &cell) {
            list(out, layer.queries(),
                 [&](std::int64_t query) { list(out, layer.keys(), [&](std::int64_t key) { cell(query, key); }); });
        };
        out << "\n{\"layer\":" << layer.layer << ",\"rule\":" << jsonText(rule.text()) << ",\"visible\":";
        matrix([&](std::int64_t q, std::int64_t k) { out << (rule.isVisible(selected.batch, q, k) ? 1 : 0); });
        out << ",\"why\":";
        matrix([&](std::int64_t q, std::int64_t k) { out << jsonText(rule.why(selected.batch, q, k)); });
        out << '}';
    });
    out << "}\n";
}

using Writers = std::map<std::string, void (*)(std::ostream &, const Selected &), std::less<>>;

struct Job {
    const std::filesystem::path &file;
    const TaskResult &result;
    const AttentionSelection &selection;
};

void exportAs(const Job &job, const Writers &writers)
{
    const auto writer = writers.find(job.file.extension().string());
    if (writer == writers.end()) {
        std::string known;
        for (const auto &[extension, ignored] : writers)
            known += (known.empty() ? "" : ", ") + extension;
        failArgument("cannot tell the format of " + job.file.string() + ": expected one of " + known);
    }
    if (!job.result.trace)
        failInternal("a result without a trace");
    const Selected selected = select(job.result, job.selection);
    session::writeWhole(job.file, [&](std::ostream &out) { writer->second(out, selected); });
}

} // namespace

void exportAttention(const std::filesystem::path &file, const TaskResult &result, const AttentionSelection &selection)
{
    exportAs({.file = file, .result = result, .selection = selection},
             {{".csv", attentionCsv}, {".json", attentionJson}, {".npy", attentionNpy}});
}

void exportMask(const std::filesystem::path &file, const TaskResult &result, const AttentionSelection &selection)
{
    exportAs({.file = file, .result = result, .selection = selection}, {{".csv", maskCsv}, {".json", maskJson}});
}

} // namespace engine
