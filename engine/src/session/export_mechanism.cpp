// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/export_mechanism.h"

#include "engine/error.h"
#include "session/export_file.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <vector>

namespace engine {
namespace {

using session::jsonText;
using session::numberText;

using Records = std::vector<const MechanismRecord *>; // never empty

Records select(const Trace &trace, const MechanismSelection &selection)
{
    Records records;
    std::set<std::string> names;
    for (const auto &record : trace.mechanisms) {
        names.insert(record.name);
        const bool isMeant = record.name == selection.name && (!selection.layer || *selection.layer == record.layer) &&
                             (!selection.stack || *selection.stack == record.stack);
        if (isMeant)
            records.push_back(&record);
    }
    if (!records.empty())
        return records;
    std::string known;
    for (const auto &name : names)
        known += (known.empty() ? "" : ", ") + name;
    if (names.contains(selection.name))
        failArgument("this run kept no " + selection.name + " of that layer and stack");
    failArgument("this run kept no " + selection.name + ": it has " + (known.empty() ? "no such records" : known));
}

std::string valueText(const Tensor &tensor, std::size_t index)
{
    return tensor.dtype() == DType::I64 ? std::to_string(tensor.ints()[index]) : numberText(tensor.floats()[index]);
}

void csv(std::ostream &out, const Records &records)
{
    const int rank = records.front()->tensor.rank();
    out << "stack,layer";
    for (int axis = 0; axis < rank; ++axis)
        out << ",i" << axis;
    out << ",value\n";
    for (const auto *record : records) {
        if (record->tensor.rank() != rank)
            failArgument(
                "the layers differ in their number of axes, which one table cannot hold: choose a layer (--layer)");
        std::vector<std::int64_t> at(static_cast<std::size_t>(rank), 0);
        for (std::size_t i = 0; i < static_cast<std::size_t>(record->tensor.elements()); ++i) {
            out << name(record->stack) << ',' << record->layer;
            for (const auto index : at)
                out << ',' << index;
            out << ',' << valueText(record->tensor, i) << '\n';
            for (int axis = rank - 1; axis >= 0 && ++at[static_cast<std::size_t>(axis)] == record->tensor.size(axis);
                 --axis)
                at[static_cast<std::size_t>(axis)] = 0;
        }
    }
}

void json(std::ostream &out, const Records &records)
{
    out << '[';
    for (const auto *record : records) {
        out << (record == records.front() ? "" : ",") << "\n{\"name\":" << jsonText(record->name)
            << ",\"stack\":" << jsonText(name(record->stack)) << ",\"layer\":" << record->layer << ",\"shape\":[";
        for (int axis = 0; axis < record->tensor.rank(); ++axis)
            out << (axis == 0 ? "" : ",") << record->tensor.size(axis);
        out << "],\"values\":[";
        for (std::size_t i = 0; i < static_cast<std::size_t>(record->tensor.elements()); ++i)
            out << (i == 0 ? "" : ",") << valueText(record->tensor, i);
        out << "]}";
    }
    out << "\n]\n";
}

void npy(std::ostream &out, const Records &records)
{
    const Shape &shape = records.front()->tensor.shape();
    std::vector<std::int64_t> sizes = shape.sizes();
    if (records.size() > 1)
        sizes.insert(sizes.begin(), static_cast<std::int64_t>(records.size()));
    for (const auto *record : records)
        if (record->tensor.shape() != shape)
            failArgument("the layers differ in shape, which an .npy file cannot hold: choose one layer (--layer)");
    session::writeNpyHeader(out, Shape(std::move(sizes)));
    for (const auto *record : records)
        for (std::size_t i = 0; i < static_cast<std::size_t>(record->tensor.elements()); ++i) {
            const float value = record->tensor.dtype() == DType::I64 ? static_cast<float>(record->tensor.ints()[i])
                                                                     : record->tensor.floats()[i];
            out.write(reinterpret_cast<const char *>(&value), sizeof value);
        }
}

} // namespace

void exportMechanism(const std::filesystem::path &file, const Trace &trace, const MechanismSelection &selection)
{
    static const std::map<std::string, void (*)(std::ostream &, const Records &), std::less<>> kWriters{
        {".csv", csv}, {".json", json}, {".npy", npy}};
    const auto writer = kWriters.find(file.extension().string());
    if (writer == kWriters.end())
        failArgument("cannot tell the format of " + file.string() + ": expected one of .csv, .json, .npy");
    const Records records = select(trace, selection);
    session::writeWhole(file, [&](std::ostream &out) { writer->second(out, records); });
}

} // namespace engine
