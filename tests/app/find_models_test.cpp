// SPDX-License-Identifier: GPL-3.0-or-later
// Finding checkpoints in folders laid out as people and the hub cache lay them out, and examples beside minis.
#include "engine/session.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace {

void write(const fs::path &file, std::string_view text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

void checkpoint(const fs::path &directory, const std::string &type)
{
    write(directory / "config.json", "{\"model_type\": \"" + type + "\"}");
    write(directory / "model.safetensors", "12345");
}

const engine::FoundModel *named(const std::vector<engine::FoundModel> &models, std::string_view name)
{
    const auto it = std::find_if(models.begin(), models.end(), [&](const auto &m) { return m.name == name; });
    return it == models.end() ? nullptr : &*it;
}

} // namespace

class FindModelsTest : public QObject {
    Q_OBJECT

private slots:
    void findsAllThreeSources()
    {
        const QTemporaryDir folder;
        const fs::path root(folder.path().toStdString());
        checkpoint(root / "minis/bert-mini", "bert");
        write(root / "minis/training/make.py", "");
        checkpoint(root / "hub/models--someone--some--model/snapshots/abc", "gpt2");
        write(root / "hub/version.txt", "1");
        checkpoint(root / "mine/work/one", "abacus");
        write(root / "mine/two/config.json", "{}");
        const auto models = engine::findModels(
            {.bundled = root / "minis", .caches = {root / "hub"}, .folders = {root / "mine", root / "nowhere"}});
        QCOMPARE(models.size(), std::size_t{4});

        const auto *mini = named(models, "bert-mini");
        QVERIFY(mini && mini->source == "bundled" && mini->problem.empty());
        QCOMPARE(mini->familyId, std::string("bert"));
        QCOMPARE(mini->bytes, std::int64_t{5});
        const auto *cached = named(models, "someone/some--model");
        QVERIFY(cached && cached->source == "cache" && cached->familyId == "gpt2");
        const auto *unknown = named(models, "one");
        QVERIFY(unknown && unknown->source == "folder" && unknown->familyId.empty());
        QVERIFY(unknown->problem.find("abacus") != std::string::npos);
        const auto *typeless = named(models, "two");
        QVERIFY(typeless && !typeless->problem.empty());
    }

    void aFolderGivenTwiceIsFoundOnce()
    {
        const QTemporaryDir folder;
        const fs::path root(folder.path().toStdString());
        checkpoint(root / "one", "bert");
        QCOMPARE(engine::findModels({.bundled = {}, .caches = {}, .folders = {root, root / "one"}}).size(), std::size_t{1});
    }

    void examplesBecomeRequests()
    {
        const QTemporaryDir folder;
        const fs::path root(folder.path().toStdString());
        QVERIFY(engine::examples(root, engine::TaskKind::FillMask).empty());
        write(root / "examples.json",
              R"({"tasks": {"multiple-choice": [{"text": "a", "choices": ["b", "c"]}],
                            "text-generation": [{"text": "d", "generation": {"max_new_tokens": 7, "sample": true}}],
                            "fill-mask": "wrong"}})");
        const auto choices = engine::examples(root, engine::TaskKind::MultipleChoice);
        QCOMPARE(choices.size(), std::size_t{1});
        QCOMPARE(choices[0].choices.size(), std::size_t{2});
        const auto texts = engine::examples(root, engine::TaskKind::TextGeneration);
        QCOMPARE(texts.at(0).generation.maxNewTokens, std::int64_t{7});
        QVERIFY(texts.at(0).generation.sample);
        QVERIFY_EXCEPTION_THROWN((void)engine::examples(root, engine::TaskKind::FillMask), engine::Error);
        QVERIFY(engine::examples(root, engine::TaskKind::Translation).empty());
    }
};

QTEST_GUILESS_MAIN(FindModelsTest)
#include "find_models_test.moc"
