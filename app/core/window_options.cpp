// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/window_options.h"

#include "engine/family.h"
#include "places/places.h"

#include <QCommandLineParser>
#include <QFileInfo>
#include <QRegularExpression>

#include <array>

namespace app {

namespace {

constexpr int kWrongArguments = 2;
constexpr QSize kPictureSize{1440, 900};
constexpr int kLargestSide = 16384; // pixels

struct Names {
    const char *option;
    QStringList values;
};

QStringList taskNames()
{
    QStringList names;
    for (const engine::TaskKind task : engine::allTasks())
        names << QString::fromUtf8(engine::id(task).data(), static_cast<qsizetype>(engine::id(task).size()));
    return names;
}

void addOptions(QCommandLineParser &parser)
{
    parser.setApplicationDescription(QStringLiteral("Watch transformer models think."));
    parser.addPositionalArgument(QStringLiteral("DIR|FILE"),
                                 QStringLiteral("checkpoint, a file in it, or the name of a bundled mini"));
    const auto add = [&](const char *name, const char *help, const char *value) {
        parser.addOption({QString::fromLatin1(name), QString::fromLatin1(help), QString::fromLatin1(value)});
    };
    add("task", "task to run", "T");
    add("text", "text to run it on", "S");
    add("image", "picture beside the text", "FILE");
    add("view",
        "attention, mask, mechanism, lines, grid, tokens, layers, model, objective; in panels: tape, pipeline, beams, "
        "difference",
        "V");
    add("layer", "layer to show, from 0", "L");
    add("head", "attention head to show, from 0", "H");
    add("theme", "light or dark", "THEME");
    add("language", "en or zh_CN", "LANGUAGE");
    add("screenshot", "save the whole window as a picture and quit", "OUT.png");
    add("size", "of the window, with --screenshot or --export", "WxH");
    add("export", "save the view alone and quit", "OUT.{png,svg,pdf}");
    parser.addHelpOption();
    parser.addVersionOption();
}

// The value of an option, checked; what is wrong with it goes to `problem`.
class Reader {
public:
    explicit Reader(const QCommandLineParser &parser) : m_parser(parser) {}

    [[nodiscard]] QString text(const char *name) const { return m_parser.value(QString::fromLatin1(name)); }

    [[nodiscard]] QString oneOf(const char *name, const QStringList &values)
    {
        const QString value = text(name);
        if (isGiven(name) && !values.contains(value))
            complain(name, value, QStringLiteral("one of ") + values.join(QStringLiteral(", ")));
        return value;
    }

    [[nodiscard]] std::optional<int> index(const char *name)
    {
        if (!isGiven(name))
            return std::nullopt;
        bool isNumber = false;
        const int value = text(name).toInt(&isNumber);
        if (!isNumber || value < 0)
            complain(name, text(name), QStringLiteral("a number from 0"));
        return value;
    }

    [[nodiscard]] QSize size(const char *name)
    {
        if (!isGiven(name))
            return {};
        static const QRegularExpression form(QStringLiteral("^(\\d{1,5})x(\\d{1,5})$"));
        const auto match = form.match(text(name));
        const QSize size(match.captured(1).toInt(), match.captured(2).toInt());
        if (!match.hasMatch() || size.isEmpty() || size.width() > kLargestSide || size.height() > kLargestSide)
            complain(name, text(name), QStringLiteral("WIDTHxHEIGHT in pixels, as 1440x900"));
        return size;
    }

    [[nodiscard]] QString file(const char *name, const QStringList &extensions)
    {
        const QString value = text(name);
        if (isGiven(name) && !extensions.contains(QFileInfo(value).suffix().toLower()))
            complain(name, value, QStringLiteral("a file that ends with .") + extensions.join(QStringLiteral(" or .")));
        return value;
    }

    [[nodiscard]] const QString &problem() const noexcept { return m_problem; }

private:
    [[nodiscard]] bool isGiven(const char *name) const { return m_parser.isSet(QString::fromLatin1(name)); }

    void complain(const char *name, const QString &found, const QString &expected)
    {
        if (m_problem.isEmpty())
            m_problem = QStringLiteral("--%1 %2: expected %3").arg(QString::fromLatin1(name), found, expected);
    }

    const QCommandLineParser &m_parser;
    QString m_problem;
};

WindowOptions read(Reader &reader)
{
    WindowOptions options;
    options.start.task = reader.oneOf("task", taskNames());
    options.start.text = reader.text("text");
    options.start.image = reader.text("image");
    options.start.view = reader.text("view");
    options.start.layer = reader.index("layer");
    options.start.head = reader.index("head");
    options.start.theme = reader.oneOf("theme", {QStringLiteral("light"), QStringLiteral("dark")});
    options.language = reader.oneOf("language", {QStringLiteral("en"), QStringLiteral("zh_CN")});
    options.screenshot = reader.file("screenshot", {QStringLiteral("png")});
    options.exportFile = reader.file("export", {QStringLiteral("png"), QStringLiteral("svg"), QStringLiteral("pdf")});
    options.size = reader.size("size");
    if (options.makesPicture() && !options.size.isValid())
        options.size = kPictureSize;
    return options;
}

ParsedWindowOptions refusal(const QString &text)
{
    return {.text = QStringLiteral("modelarium: ") + text + QLatin1Char('\n'), .exitCode = kWrongArguments};
}

} // namespace

ParsedWindowOptions parseWindowOptions(const QStringList &arguments)
{
    QCommandLineParser parser;
    addOptions(parser);
    if (!parser.parse(arguments))
        return refusal(parser.errorText());
    if (parser.isSet(QStringLiteral("help")))
        return {.text = parser.helpText()};
    if (parser.isSet(QStringLiteral("version")))
        return {.text = QStringLiteral("modelarium ") + QString::fromStdString(version()) + QLatin1Char('\n')};
    Reader reader(parser);
    WindowOptions options = read(reader);
    if (!reader.problem().isEmpty())
        return refusal(reader.problem());
    const QStringList paths = parser.positionalArguments();
    if (paths.size() > 1)
        return refusal(QStringLiteral("one checkpoint at a time, found %1 paths").arg(paths.size()));
    options.start.path = paths.value(0);
    return {.options = options};
}

} // namespace app
