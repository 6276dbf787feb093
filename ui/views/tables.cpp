// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/tables.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>

namespace ui {

namespace {

bool isReal(const QVariant &value)
{
    return value.typeId() == QMetaType::Double || value.typeId() == QMetaType::Float;
}

QByteArray csvField(const QVariant &value)
{
    // The shortest digits that read back as the same number, whatever the locale.
    if (value.typeId() == QMetaType::Float)
        return QByteArray::number(static_cast<double>(value.toFloat()), 'g', 9);
    if (isReal(value))
        return QByteArray::number(value.toDouble(), 'g', 17);
    QByteArray text = value.toString().toUtf8();
    if (text.contains(',') || text.contains('"') || text.contains('\n') || text.contains('\r'))
        text = '"' + text.replace("\"", "\"\"") + '"';
    return text;
}

} // namespace

QByteArray toCsv(const NumberTable &table)
{
    QByteArray text;
    const auto append = [&text](const auto &fields) {
        bool isFirst = true;
        for (const auto &field : fields) {
            if (!isFirst)
                text += ',';
            isFirst = false;
            text += csvField(QVariant(field));
        }
        text += "\r\n";
    };
    append(table.columns);
    for (const QVariantList &row : table.rows)
        append(row);
    return text;
}

QByteArray toJsonArray(const NumberTable &table)
{
    QJsonArray array;
    for (const QVariantList &row : table.rows) {
        QJsonObject object;
        for (qsizetype i = 0; i < std::min(row.size(), table.columns.size()); ++i)
            object.insert(table.columns[i], QJsonValue::fromVariant(row[i]));
        array.append(object);
    }
    return QJsonDocument(array).toJson();
}

QString writeWholeFile(const QString &file, const QByteArray &bytes)
{
    QSaveFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit())
        return QCoreApplication::translate("ui::View", "%1 could not be written: %2").arg(file, out.errorString());
    return {};
}

QString writeTable(const QString &file, const NumberTable &table)
{
    return writeWholeFile(file, file.endsWith(QLatin1String(".json"), Qt::CaseInsensitive) ? toJsonArray(table) : toCsv(table));
}

} // namespace ui
