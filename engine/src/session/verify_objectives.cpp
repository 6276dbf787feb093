// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/verify_objectives.h"

#include "objectives/objective.h"
#include "session/verify_compare.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace engine::session {

namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 1e-4;

bool holdsFractions(const Json &value)
{
    return value.is_number_float() ||
           (value.is_structured() && std::any_of(value.begin(), value.end(), holdsFractions));
}

// Numbers with fractions by the tolerance, everything else by equality.
void compare(const std::string &what, const Json &recorded, const Json &computed, Comparer &comparer)
{
    if (recorded.is_number_float() && computed.is_number()) {
        comparer.number(what, recorded.get<double>(), computed.get<double>());
        return;
    }
    const bool isComparable = recorded.is_structured() && recorded.type() == computed.type() &&
                              recorded.size() == computed.size() && holdsFractions(recorded);
    if (!isComparable) {
        comparer.equal(what, recorded, computed);
        return;
    }
    if (recorded.is_array()) {
        for (std::size_t i = 0; i < recorded.size(); ++i)
            compare(what + '[' + std::to_string(i) + ']', recorded[i], computed[i], comparer);
        return;
    }
    for (const auto &[name, value] : recorded.items())
        compare(what + '.' + name, value, computed.value(name, Json()), comparer);
}

template <typename Compute> CaseReport checked(const std::string &name, const Json &recorded, Compute &&compute)
{
    CaseReport report{.name = name};
    try {
        Comparer comparer(kTolerance);
        const Json computed = compute();
        for (const auto &[field, value] : recorded.items())
            compare(field, value, computed.value(field, Json()), comparer);
        if (recorded.empty())
            comparer.fail("nothing is recorded");
        report.worstError = comparer.worst();
        report.failure = comparer.failure();
    } catch (const std::exception &error) {
        report.failure = error.what();
    }
    report.passed = report.failure.empty();
    return report;
}

// What a file may hold beside its cases; anything else is a fact to be computed.
bool isHeader(const std::string &name)
{
    static const std::set<std::string> names{"format", "objective", "seed", "source", "rules", "cases"};
    return names.contains(name);
}

} // namespace

void verifyObjectives(const nlohmann::json &document, DirectoryReport &report)
{
    const auto id = document.value("objective", std::string());
    const auto *objective = objectives::findObjective(id);
    if (objective == nullptr) {
        report.failure = "objective " + id + " is not known";
        return;
    }
    Json facts = Json::object();
    for (const auto &[name, value] : document.items())
        if (!isHeader(name))
            facts[name] = value;
    if (!facts.empty())
        report.cases.push_back(checked(
            "facts", facts, [&] { return objective->facts == nullptr ? Json::object() : objective->facts(document); }));
    for (const auto &entry : document.value("cases", Json::array())) {
        const objectives::Case given{.name = entry.value("name", "unnamed"),
                                     .given = entry.value("given", Json::object()),
                                     .choices = entry.value("choices", Json::object())};
        report.cases.push_back(
            checked(given.name, entry.value("expected", Json::object()), [&] { return objective->expected(given); }));
    }
}

} // namespace engine::session
