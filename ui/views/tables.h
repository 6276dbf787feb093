// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of numbers and words as .csv or .json files.
#pragma once

#include <QString>
#include <QStringList>
#include <QVariant>

#include <vector>

namespace ui {

struct NumberTable {
    QStringList columns; // names of the fields, in English like every file format
    std::vector<QVariantList> rows;
};

// By extension: .csv (RFC 4180) or .json (an array of objects). Empty, or what went wrong in words.
[[nodiscard]] QString writeTable(const QString &file, const NumberTable &table);
[[nodiscard]] QByteArray toCsv(const NumberTable &table);
[[nodiscard]] QByteArray toJsonArray(const NumberTable &table);
// Whole or not at all: nobody finds half a file. Empty, or what went wrong in words.
[[nodiscard]] QString writeWholeFile(const QString &file, const QByteArray &bytes);

} // namespace ui
