// SPDX-License-Identifier: GPL-3.0-or-later
// How well a bundled mini does its tasks, on the held-out examples that lie beside it.
#pragma once

#include "engine/session.h"

#include <optional>
#include <string>
#include <vector>

namespace engine {

// One measured number. Shares, F1, BLEU and ROUGE-L lie in 0 … 1; a perplexity is at least 1.
struct Figure {
    TaskKind task = TaskKind::FillMask;
    std::string group = {};  // one of several within a task, "en to de"; usually empty
    std::string metric = {}; // "accuracy", "entity F1", "perplexity per token", …
    double value = 0.0;
    std::size_t examples = 0;
    bool isLowerBetter = false;
    // From metrics.json, whose figures were measured on more examples of the same kind.
    std::optional<double> recorded = {};
    std::optional<double> baseline = {};
    std::string baselineName = {};
    std::optional<double> bar = {};

    [[nodiscard]] bool reachesBar() const noexcept; // true without a bar
};

struct Evaluation {
    std::string mini;
    std::vector<Figure> figures; // in the order of the test set

    [[nodiscard]] bool reachesBars() const noexcept;
};

// Runs every example of test.jsonl in the model's folder through its task:
//   {"task", "group"?, "metric"?, and of a request "text", "text_pair"?, "choices"?, "prefix"?, "src_lang"?,
//   "tgt_lang"?, "image"?;
//    what is right: "answers" (ids under the masks), "label" (number or name), "labels" (names of those that hold),
//    "entities" [{"label", "begin", "end"}], "answer", "replaced" (tokens) or "target"}
// Where text begins and ends is counted in code points. File error when the folder has no test set, or a line that does
// not say what is right.
[[nodiscard]] Evaluation evaluate(const LoadedModel &model, const RunControl &control);

} // namespace engine
