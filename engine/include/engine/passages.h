// SPDX-License-Identifier: GPL-3.0-or-later
// Passages from files that people have.
#pragma once

#include "engine/retrieval.h"
#include "engine/run_control.h"

#include <filesystem>
#include <vector>

namespace engine {

struct ImportOptions {
    std::int64_t words = 100; // of a passage at most; 0: texts stay whole
    std::int64_t overlap = 0; // words that neighbouring passages of a text share; fewer than `words`
};

// The passages of a file, or of all such files below a folder in the order of their paths. By extension:
//   .txt, .md         one text, titled by its first heading (.md) or else by the file's name
//   .jsonl            one object a line: "text", and "title" where it has one
//   .csv, .tsv        a first line that names the columns, "text" and perhaps "title" among them; fields with a
//                     delimiter, a quote or a line break stand in double quotes
// Texts of more than `words` words are split, each part with the title of the whole. File error naming file and line
// (expected, found) for anything else, for bytes that are not UTF-8, and when there is no passage at all.
[[nodiscard]] std::vector<Passage> readPassages(const std::filesystem::path &path, const ImportOptions &options,
                                                const RunControl &control);

} // namespace engine
