// SPDX-License-Identifier: GPL-3.0-or-later
// Which objectives have a picture, and the functions that make them: one file a kind of picture.
#pragma once

#include "ui/state/engine_client.h"
#include "ui/views/objective_picture.h"

#include <QCoreApplication>

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ui {

// What a picture is made from.
struct ObjectiveScene {
    const ObjectiveAnswer &answer;
    const engine::ObjectiveRequest &request; // that was answered
};

struct ObjectiveKind {
    std::string_view id; // of engine::ObjectiveInfo
    ObjectivePicture (*make)(const ObjectiveScene &);
};
[[nodiscard]] std::span<const ObjectiveKind> objectiveKinds();         // in the order of the list
[[nodiscard]] const ObjectiveKind *objectiveKind(std::string_view id); // null: no picture
[[nodiscard]] std::vector<std::string> objectivesWithPictures();

[[nodiscard]] ObjectivePicture maskingPicture(const ObjectiveScene &scene);      // BERT
[[nodiscard]] ObjectivePicture languagesPicture(const ObjectiveScene &scene);    // XLM
[[nodiscard]] ObjectivePicture replacedPicture(const ObjectiveScene &scene);     // ELECTRA
[[nodiscard]] ObjectivePicture epochsPicture(const ObjectiveScene &scene);       // RoBERTa
[[nodiscard]] ObjectivePicture sentencePairPicture(const ObjectiveScene &scene); // BERT, ALBERT
[[nodiscard]] ObjectivePicture noisePicture(const ObjectiveScene &scene);        // BART
[[nodiscard]] ObjectivePicture denoisingPicture(const ObjectiveScene &scene);    // mBART
[[nodiscard]] ObjectivePicture sentinelPicture(const ObjectiveScene &scene);     // T5
[[nodiscard]] ObjectivePicture gapPicture(const ObjectiveScene &scene);          // Pegasus
[[nodiscard]] ObjectivePicture nextWordPicture(const ObjectiveScene &scene);     // GPT
[[nodiscard]] ObjectivePicture ngramPicture(const ObjectiveScene &scene);        // ProphetNet
[[nodiscard]] ObjectivePicture orderPicture(const ObjectiveScene &scene);        // XLNet
[[nodiscard]] ObjectivePicture lossesPicture(const ObjectiveScene &scene);       // DistilBERT

// ---- what the makers share ---------------------------------------------------------------------------

// Words of pictures; one context for all of them.
struct ObjectiveWords {
    Q_DECLARE_TR_FUNCTIONS(ObjectiveWords)
};

using ObjectiveRow = std::vector<std::optional<QString>>;

// Fields by their names; absent ones are empty rows.
class FieldReader {
public:
    explicit FieldReader(const std::vector<engine::ObjectiveField> &fields) : m_fields(fields) {}
    [[nodiscard]] bool has(const std::string &name) const { return find(name) != nullptr; }
    [[nodiscard]] ObjectiveRow row(const std::string &name) const; // the only one
    [[nodiscard]] std::vector<ObjectiveRow> rows(const std::string &name) const;
    [[nodiscard]] QString cell(const std::string &name) const;
    [[nodiscard]] std::vector<std::size_t>
    numbers(const std::string &name) const; // whole ones; absent ones are left out
    [[nodiscard]] std::size_t number(const std::string &name) const { return cell(name).toULongLong(); }
    [[nodiscard]] double real(const std::string &name) const { return cell(name).toDouble(); }

private:
    [[nodiscard]] const engine::ObjectiveField *find(const std::string &name) const;
    const std::vector<engine::ObjectiveField> &m_fields;
};

// What was done with a chosen position, and why.
struct MaskingChoice {
    QString action; // "mask", "random", "keep"
    std::optional<double> draw;
    QString token; // that stands there instead
    bool isForced = false;
};
using MaskingChoices = std::map<std::size_t, MaskingChoice>; // by position
[[nodiscard]] MaskingChoices maskingChoices(const FieldReader &choices, const std::string &prefix);
[[nodiscard]] QString whyOf(const MaskingChoice &choice);
[[nodiscard]] LaneTone toneOf(const MaskingChoice &choice);
[[nodiscard]] QString shareText(double share); // "15 %"

[[nodiscard]] Lane lane(const QString &title, const ObjectiveRow &words, LaneTone tone);
[[nodiscard]] std::set<std::size_t> forcedPositions(const engine::ObjectiveRequest &request);
[[nodiscard]] QColor partColour(std::size_t part); // of a sentence or language: a tint that text is read on
[[nodiscard]] const engine::ObjectiveCase &caseNamed(const ObjectiveScene &scene, std::string_view name);
// What every decoder reads: its targets, one place later.
[[nodiscard]] TokenLanes decoderLanes(const ObjectiveRow &reads, const ObjectiveRow &says);
[[nodiscard]] ObjectiveRow shifted(const QString &start, const ObjectiveRow &targets);

} // namespace ui
