// SPDX-License-Identifier: GPL-3.0-or-later
// What every command of the command line shares. A command is a function that adds itself, with its
// options and its callback, to the parser; the callback writes to the context.
#pragma once

#include "engine/session.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>

namespace CLI {
class App;
}

namespace app::cli {

inline constexpr int kDone = 0;
inline constexpr int kCheckFailed = 1;
inline constexpr int kWrongArguments = 2;
inline constexpr int kBadFile = 3;
inline constexpr int kCancelled = 130;

struct Context {
    std::ostream &out; // results
    std::ostream &err; // messages and progress
    std::stop_token stopToken = {};
    bool showsProgress = false; // err is a terminal
    int exitCode = kDone;       // set by a command whose check failed

    [[nodiscard]] engine::RunControl control();
    void note(const std::string &text); // one line on err
    void print(const nlohmann::ordered_json &document);
    void clearProgress();

    bool hasProgressLine = false; // an unfinished line stands on err
};

// The options that most commands take, under one name everywhere.
struct ModelOptions {
    std::string directory;
    std::string dtype = "f32";
    int threads = 0;
    bool json = false;
};
void addDirectory(CLI::App &command, ModelOptions &options);
void addCompute(CLI::App &command, ModelOptions &options); // --dtype, --threads
void addJson(CLI::App &command, ModelOptions &options);

// Argument error for a dtype that this version does not compute with.
[[nodiscard]] engine::LoadOptions loadOptions(const ModelOptions &options);
[[nodiscard]] std::shared_ptr<const engine::LoadedModel> open(const ModelOptions &options, Context &context);

// The picture in that file; null without one.
[[nodiscard]] std::shared_ptr<const engine::Image> pictureAt(const std::optional<std::string> &file);

struct TracedText {
    std::string text;
    std::optional<std::string> target = {}; // encoder–decoders: absent: what the model writes
    std::optional<std::string> image = {};  // file with the picture beside the text
    engine::TraceRequest trace = {.wantsAttentions = true};
};
// The run behind `attention`, `mask` and `mechanism`: the plainest task of the checkpoint that takes this one text.
[[nodiscard]] engine::TaskResult traceText(const engine::LoadedModel &model, const TracedText &input, Context &context);

void addFamilies(CLI::App &parent, Context &context);
void addModels(CLI::App &parent, Context &context);
void addInfo(CLI::App &parent, Context &context);
void addTokenize(CLI::App &parent, Context &context);
void addRun(CLI::App &parent, Context &context);
void addAttention(CLI::App &parent, Context &context);
void addMask(CLI::App &parent, Context &context);
void addMechanism(CLI::App &parent, Context &context);
void addObjective(CLI::App &parent, Context &context);
void addIndex(CLI::App &parent, Context &context);
void addVerify(CLI::App &parent, Context &context);
void addEvaluate(CLI::App &parent, Context &context);
void addBench(CLI::App &parent, Context &context);

} // namespace app::cli
