// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/error.h"
#include "engine/export.h"
#include "session/export_file.h"

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

struct Row {
    std::string text;
    std::span<const float> values;
};
using Rows = std::vector<Row>;

Rows rowsOf(const TaskResult &result, TextPooling pooling)
{
    const auto *features = std::get_if<FeatureResult>(&result.payload);
    if (features == nullptr || features->texts.empty())
        failArgument("this result has no vectors of texts to write");
    Rows rows;
    for (const auto &text : features->texts) {
        if (text.vector(pooling).isNull())
            failArgument("this model has no vector of the kind " + std::string(id(pooling)));
        rows.push_back({text.text, text.vector(pooling).floats()});
    }
    return rows;
}

void csv(std::ostream &out, const Rows &rows)
{
    out << "text";
    for (std::size_t i = 0; i < rows.front().values.size(); ++i)
        out << ',' << i;
    out << '\n';
    for (const auto &row : rows) {
        out << csvField(row.text);
        for (const float value : row.values)
            out << ',' << numberText(value);
        out << '\n';
    }
}

void json(std::ostream &out, const Rows &rows)
{
    out << '[';
    for (const auto &row : rows) {
        out << (row.values.data() == rows.front().values.data() ? "" : ",") << "\n{\"text\":" << jsonText(row.text)
            << ",\"vector\":[";
        for (std::size_t i = 0; i < row.values.size(); ++i)
            out << (i == 0 ? "" : ",") << numberText(row.values[i]);
        out << "]}";
    }
    out << "\n]\n";
}

void npy(std::ostream &out, const Rows &rows)
{
    session::writeNpyHeader(
        out, {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().values.size())});
    for (const auto &row : rows)
        out.write(reinterpret_cast<const char *>(row.values.data()),
                  static_cast<std::streamsize>(row.values.size() * sizeof(float)));
}

} // namespace

void exportVectors(const std::filesystem::path &file, const TaskResult &result, TextPooling pooling)
{
    static const std::map<std::string, void (*)(std::ostream &, const Rows &), std::less<>> kWriters{
        {".csv", csv}, {".json", json}, {".npy", npy}};
    const auto writer = kWriters.find(file.extension().string());
    if (writer == kWriters.end())
        failArgument("cannot tell the format of " + file.string() + ": expected one of .csv, .json, .npy");
    const Rows rows = rowsOf(result, pooling);
    session::writeWhole(file, [&](std::ostream &out) { writer->second(out, rows); });
}

} // namespace engine
