// SPDX-License-Identifier: GPL-3.0-or-later
// The task with a picture and a text, on a small recorded checkpoint.
#include "engine/evaluate.h"
#include "engine/export.h"
#include "engine/names.h"
#include "engine/session.h"
#include "models/image_encoder.h"
#include "models/image_input.h"
#include "models/model.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

using namespace engine;
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

const fs::path kCheckpoint = fs::path(MODELARIUM_FIXTURES) / "models/mmbt/multimodal-classification-image";

std::shared_ptr<const LoadedModel> model()
{
    static const auto kModel = openModel(kCheckpoint, {}, {});
    return kModel;
}

std::shared_ptr<const Image> pictureAt(const char *file)
{
    return std::make_shared<const Image>(readImage(kCheckpoint / file));
}

TaskRequest requestFor(const char *file, const std::string &text)
{
    return {.task = TaskKind::MultimodalClassification, .text = text, .image = pictureAt(file)};
}

TaskResult run(const TaskRequest &request)
{
    return runTask(*model(), request, {});
}

const ImageAndTextResult &answerOf(const TaskResult &result)
{
    return std::get<ImageAndTextResult>(result.payload);
}

std::string problemOf(const std::function<void()> &body, ErrorKind kind)
{
    try {
        body();
    } catch (const Error &error) {
        return error.kind() == kind ? error.what() : "another kind of error: " + std::string(error.what());
    }
    return "no error";
}

Json parityOf(const fs::path &folder)
{
    std::ifstream stream(folder / "parity.json");
    return Json::parse(stream);
}

// A copy of the checkpoint whose config.json went through `change`.
fs::path changed(const QTemporaryDir &folder, const std::function<void(Json &)> &change)
{
    const fs::path copy = fs::path(folder.path().toStdString()) / "copy";
    fs::copy(kCheckpoint, copy);
    std::ifstream stream(kCheckpoint / "config.json");
    Json config = Json::parse(stream);
    change(config);
    fs::permissions(copy / "config.json", fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(copy / "config.json") << config;
    return copy;
}

} // namespace

class ImageAndTextTest : public QObject {
    Q_OBJECT

private slots:
    void labelsAreTheRecordedOnes()
    {
        int compared = 0;
        const Json parity = parityOf(kCheckpoint);
        for (const Json &entry : parity.at("cases")) {
            if (entry.at("kind") != "image-and-text")
                continue;
            for (std::size_t i = 0; i < entry.at("texts").size(); ++i, ++compared) {
                const auto file = entry.at("files")[i].get<std::string>();
                const TaskResult result = run(requestFor(file.c_str(), entry.at("texts")[i].get<std::string>()));
                Json labels = Json::array();
                for (const ScoredLabel &score : answerOf(result).labels.scores)
                    if (score.holds())
                        labels.push_back(score.label);
                QCOMPARE(QString::fromStdString(labels.dump()), QString::fromStdString(entry.at("labels")[i].dump()));
                QCOMPARE(answerOf(result).labels.activation, "sigmoid");
            }
        }
        QVERIFY(compared > 1);
    }

    void tokensOfThePictureStandInFrontOfTheText()
    {
        TaskRequest request = requestFor("image.png", "The river.");
        request.trace.wantsAttentions = true;
        const TaskResult result = run(request);
        const auto tokens = static_cast<std::size_t>(model()->model().imageInput()->tokens());
        const Encoding &encoding = result.encoding;
        QCOMPARE(encoding.tokens.front(), "[CLS]");
        for (std::size_t i = 1; i <= tokens; ++i) {
            QCOMPARE(result.display[i], "image " + std::to_string(i));
            QCOMPARE(encoding.ids[i], std::int64_t{-1});
        }
        QCOMPARE(encoding.tokens[tokens + 1], "[SEP]");
        for (std::size_t i = 0; i < encoding.size(); ++i) {
            QCOMPARE(encoding.typeIds[i], std::int64_t{i > tokens + 1 ? 1 : 0});
            QCOMPARE(encoding.sequence[i], i > tokens + 1 ? 0 : -1);
        }
        QCOMPARE(encoding.offsets[tokens + 2], (Offset{0, 3}));
        const AttentionAxes axes = attentionAxes(result, Stack::Encoder);
        QCOMPARE(static_cast<std::int64_t>(axes.keys->size()), result.trace->attentions.front().keys());
        QCOMPARE(static_cast<std::int64_t>(axes.queries->size()), result.trace->attentions.front().queries());
    }

    void regionsCoverWhatWasSeen()
    {
        const TaskResult result = run(requestFor("image-grey.png", "The river."));
        const ImageAndTextResult &answer = answerOf(result);
        const Image &image = *answer.image;
        QVERIFY(answer.seen.left > 0 && answer.seen.right < image.width); // a broad picture loses its sides
        QCOMPARE(answer.regions.size(), static_cast<std::size_t>(model()->model().imageInput()->tokens()));
        std::int64_t top = answer.seen.top;
        for (std::size_t i = 0; i < answer.regions.size(); ++i) {
            const PixelRect &area = answer.regions[i].area;
            QCOMPARE(answer.regions[i].token, i + 1);
            QCOMPARE(area.left, answer.seen.left);
            QCOMPARE(area.right, answer.seen.right);
            QVERIFY(area.top <= top && area.bottom > top);
            top = area.bottom;
        }
        QCOMPARE(top, answer.seen.bottom);
        const Json exported = Json::parse(toJson(result));
        QCOMPARE(exported.at("regions").size(), answer.regions.size());
        QCOMPARE(exported.at("image").at("width").get<std::int64_t>(), image.width);
        QCOMPARE(exported.at("scores").size(), answer.labels.scores.size());
    }

    void longTextsAreCutAsInTraining()
    {
        const auto most = static_cast<std::size_t>(model()->model().imageInput()->trainedText);
        std::string text;
        for (int i = 0; i < 300; ++i)
            text += "river ";
        const TaskResult result = run(requestFor("image.png", text));
        const auto tokens = static_cast<std::size_t>(model()->model().imageInput()->tokens());
        QCOMPARE(result.encoding.size(), most + tokens + 2);
        QCOMPARE(result.notes.size(), std::size_t{1});
        QVERIFY2(result.notes.front().find("were cut") != std::string::npos, result.notes.front().c_str());
    }

    void withoutATrainedLengthALongTextIsRefused()
    {
        const QTemporaryDir folder;
        const auto open = openModel(changed(folder, [](Json &config) { config.erase("max_text_length"); }), {}, {});
        TaskRequest request = requestFor("image.png", std::string(400, 'x'));
        for (int i = 0; i < 300; ++i)
            request.text += " river";
        const auto refuse = [&] { (void)runTask(*open, request, {}); };
        QVERIFY(problemOf(refuse, ErrorKind::Argument).find("the model takes") != std::string::npos);
        request.truncate = true;
        QCOMPARE(runTask(*open, request, {}).notes.size(), std::size_t{1});
    }

    void whatIsMissingIsSaid()
    {
        const auto says = [](const TaskRequest &request, const char *what) {
            const std::string problem = problemOf([&] { (void)run(request); }, ErrorKind::Argument);
            return problem.find(what) != std::string::npos && problem.find('\n') == std::string::npos;
        };
        TaskRequest request = requestFor("image.png", "The river.");
        request.image = nullptr;
        QVERIFY(says(request, "needs a picture (--image)"));
        QVERIFY(says(requestFor("image.png", " "), "the text is empty"));
        request = requestFor("image.png", "The river.");
        request.task = TaskKind::FillMask;
        QVERIFY(says(request, "has no head for fill-mask"));
    }

    void wrongInputsAreArgumentErrors()
    {
        const Model &m = model()->model();
        const Tensor ids = Tensor::fromInts({1, 2}, std::vector<std::int64_t>{7, 8});
        const auto says = [&](NamedTensors inputs, const char *what) {
            inputs[names::kInputIds] = ids;
            const auto forward = [&] { (void)m.forward(inputs, {.head = "multimodal-classification"}, {}); };
            return problemOf(forward, ErrorKind::Argument).find(what) != std::string::npos;
        };
        const auto features = [&](std::int64_t rows) { return Tensor::zeros({rows, 2, 64}); };
        QVERIFY(says({{names::kInputModal, Tensor::zeros({1, 2, 5})}}, "input_modal: expected"));
        QVERIFY(says({{names::kInputModal, Tensor::zeros({1, 4, 56, 56})}}, "pixel values: expected (batch, 3"));
        QVERIFY(says({{names::kInputModal, features(2)}}, "one a text"));
        QVERIFY(says({{names::kInputModal, features(1)}, {names::kModalPositionIds, Tensor::zeros({1, 3}, DType::I64)}},
                     "modal_position_ids: expected (1, 2)"));
        QVERIFY(says({{names::kInputModal, features(1)}, {names::kModalEndTokens, Tensor::zeros({2}, DType::I64)}},
                     "one a picture"));
        QVERIFY(says({{names::kInputModal, features(1)}, {names::kAttentionMask, Tensor::zeros({1, 5}, DType::I64)}},
                     "attention_mask: expected (1, 2)"));
    }

    void badSettingsAreNamed()
    {
        const std::vector<std::pair<std::function<void(Json &)>, const char *>> cases{
            {[](Json &c) { c["modal_hidden_size"] = 63; }, "modal_hidden_size"},
            {[](Json &c) {
                 c["image_std"] = {1, 0, 1};
             },
             "image_std"},
            {[](Json &c) {
                 c["image_mean"] = {1, 2};
             },
             "image_mean"},
            {[](Json &c) { c["image_crop"] = 0; }, "image_crop"},
            {[](Json &c) { c["num_image_embeds"] = 100000; }, "num_image_embeds"},
            {[](Json &c) { c["position_embedding_type"] = "relative_key"; }, "position_embedding_type"},
        };
        for (const auto &[change, name] : cases) {
            const QTemporaryDir folder;
            const fs::path copy = changed(folder, change);
            const std::string problem = problemOf([&] { (void)openModel(copy, {}, {}); }, ErrorKind::File);
            const bool isNamed =
                problem.find(name) != std::string::npos || problem.find("proj_embeddings") != std::string::npos;
            QVERIFY2(isNamed, problem.c_str());
        }
    }

    void examplesBringTheirPicture()
    {
        const QTemporaryDir folder;
        const fs::path copy = changed(folder, [](Json &) {});
        const auto write = [&](const char *file, const Json &content) { std::ofstream(copy / file) << content; };
        const auto examplesWith = [&](const char *image) {
            write("examples.json", {{"tasks", {{"multimodal-classification", {{{"text", "a"}, {"image", image}}}}}}});
            return examples(copy, TaskKind::MultimodalClassification);
        };
        const auto found = examplesWith("image-grey.png");
        QCOMPARE(found.size(), std::size_t{1});
        QVERIFY(found[0].image->pixels == pictureAt("image-grey.png")->pixels);
        const std::string problem = problemOf([&] { (void)examplesWith("../image.png"); }, ErrorKind::File);
        QVERIFY2(problem.find("expected a file in this folder") != std::string::npos, problem.c_str());

        // What the model itself says is right: every label is found, and none beside.
        Json labels = Json::array();
        const TaskResult answered = run(requestFor("image-alpha.png", "The river."));
        for (const ScoredLabel &score : answerOf(answered).labels.scores)
            if (score.holds())
                labels.push_back(score.label);
        QVERIFY(!labels.empty());
        write("test.jsonl", {{"task", "multimodal-classification"},
                             {"text", "The river."},
                             {"image", "image-alpha.png"},
                             {"labels", labels}});
        const Evaluation evaluation = evaluate(*openModel(copy, {}, {}), {});
        QCOMPARE(evaluation.figures.size(), std::size_t{1});
        QCOMPARE(evaluation.figures[0].metric, "F1 of labels");
        QCOMPARE(evaluation.figures[0].value, 1.0);
    }

    void aFolderWithoutANetworkIsNamed()
    {
        const std::string problem = problemOf([] { (void)models::openImageEncoder(kCheckpoint, {}); }, ErrorKind::File);
        QVERIFY2(problem.find("embedder.embedder.convolution.weight is missing") != std::string::npos, problem.c_str());
    }

    void stopIsObeyed()
    {
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(
            (void)runTask(*model(), requestFor("image.png", "The river."), {.stopToken = stop.get_token()}), Cancelled);
    }
};

QTEST_GUILESS_MAIN(ImageAndTextTest)
#include "image_and_text_test.moc"
