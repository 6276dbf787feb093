// SPDX-License-Identifier: GPL-3.0-or-later
// An engine client that answers when the test says so, with results made by hand.
#pragma once

#include "ui/state/engine_client.h"

#include <QString>

#include <vector>

namespace ui::test {

// Splits at spaces; "[CLS]", "[SEP]" around; [MASK] is token 4. The ids of words count from 10 by first use.
class WordTokenizer : public engine::Tokenizer {
public:
    [[nodiscard]] engine::Encoding encode(std::string_view text, const std::optional<std::string> &pair,
                                          const engine::EncodeOptions &options) const override;
    [[nodiscard]] std::string decode(std::span<const std::int64_t> ids,
                                     const engine::DecodeOptions &options) const override;
    [[nodiscard]] std::string kind() const override { return "words"; }
    [[nodiscard]] std::int64_t size() const override { return static_cast<std::int64_t>(m_words.size()); }
    [[nodiscard]] std::string token(std::int64_t id) const override;
    [[nodiscard]] std::optional<std::int64_t> id(std::string_view token) const override;
    [[nodiscard]] const std::map<std::string, std::int64_t, std::less<>> &specialTokens() const override
    {
        return m_special;
    }
    [[nodiscard]] engine::Side paddingSide() const override { return engine::Side::Right; }
    [[nodiscard]] const std::vector<std::string> &modelInputNames() const override { return m_inputs; }
    [[nodiscard]] std::optional<std::int64_t> modelMaxLength() const override { return std::nullopt; }
    [[nodiscard]] std::string display(std::int64_t id) const override { return token(id); }

private:
    std::vector<std::string> m_words = {"[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "the",     "baker", "Anna",
                                        "eats",  "bread", "at",    "noon",  ".",      "soup",    "cat",   "dog",
                                        "sat",   "on",    "mat",   "Where", "is",     "kitchen", "in",    "honey"};
    std::map<std::string, std::int64_t, std::less<>> m_special = {{"mask_token", 4}};
    std::vector<std::string> m_inputs = {"input_ids"};
};

struct ModelOptions {
    std::string name = "tiny";
    std::vector<engine::TaskKind> tasks = {engine::TaskKind::FillMask};
    engine::Category category = engine::Category::Autoencoding;
    std::int64_t maxPositions = 64;
    std::vector<std::string> controlCodes = {};
    std::vector<std::string> languages = {};
};
[[nodiscard]] LoadedModelPtr makeModel(const ModelOptions &options);

[[nodiscard]] TaskResultPtr fillMaskResult(const LoadedModelPtr &model, const std::string &text);
[[nodiscard]] TaskResultPtr generationResult(const LoadedModelPtr &model, const std::string &text);
[[nodiscard]] TaskResultPtr classificationResult(const LoadedModelPtr &model, const std::string &text);
[[nodiscard]] TaskResultPtr taggingResult(const LoadedModelPtr &model, const std::string &text);
[[nodiscard]] TaskResultPtr replacedResult(const LoadedModelPtr &model, const std::string &text);
[[nodiscard]] TaskResultPtr answerResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
[[nodiscard]] TaskResultPtr choiceResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
[[nodiscard]] TaskResultPtr featureResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
[[nodiscard]] TaskResultPtr imageAndTextResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
// A picture of one colour above another.
[[nodiscard]] std::shared_ptr<const engine::Image> twoColours();
[[nodiscard]] TaskResultPtr embeddingResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
[[nodiscard]] TaskResultPtr readingResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
[[nodiscard]] TaskResultPtr ragResult(const LoadedModelPtr &model, const engine::TaskRequest &request);
// What fits the request's task.
[[nodiscard]] TaskResultPtr resultFor(const LoadedModelPtr &model, const engine::TaskRequest &request);

class FakeEngine : public EngineClient {
    Q_OBJECT
public:
    using EngineClient::EngineClient;

    RunId load(const QString &path) override;
    RunId run(engine::TaskRequest request) override;
    RunId ask(ObjectiveQuestion question) override;
    RunId index(IndexJob job) override;
    void stop() override { ++stops; }
    void adopt(const LoadedModelPtr &model) override { m_model = model; }
    [[nodiscard]] std::unique_ptr<EngineClient> another() const override
    {
        auto other = std::make_unique<FakeEngine>();
        lastOther = other.get();
        return other;
    }
    void findModels() override { emit modelsFound(models); }

    void answerLoad(const LoadedModelPtr &model);
    void failLoad(const QString &message) { emit loadFailed(lastLoad, message); }
    void answerRun(); // with resultFor() the last request
    void answerRun(const TaskResultPtr &result) { emit finished(lastRun, result); }
    void cancelRun() { emit cancelled(lastRun); }
    void answerQuestion(); // the last one, by the engine itself

    std::vector<engine::FoundModel> models;
    std::vector<QString> loads;
    std::vector<engine::TaskRequest> runs;
    std::vector<ObjectiveQuestion> questions;
    std::vector<IndexJob> indexJobs;
    int stops = 0;
    RunId lastLoad, lastRun, lastQuestion;
    mutable FakeEngine *lastOther = nullptr; // that another() made

private:
    LoadedModelPtr m_model;
    std::uint64_t m_next = 1;
};

} // namespace ui::test
