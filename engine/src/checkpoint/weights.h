// SPDX-License-Identifier: GPL-3.0-or-later
// A cursor into the tensors of a checkpoint: w / "encoder" / "layer" / 3. Shape and type are checked when
// a brick binds itself; the error names file, tensor, expected and found.
#pragma once

#include "checkpoint/weight_files.h"
#include "engine/run_control.h"
#include "engine/tensor.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::checkpoint {

// How the names of a family may differ from the canonical ones in files that people have.
struct NameRules {
    std::vector<std::string> prefixes = {}; // put before or left out: "bert.", "transformer."
    std::vector<std::pair<std::string, std::string>> endings =
        {}; // canonical → older: {".weight", ".gamma"}; tried when absent
    std::vector<std::pair<std::string, std::string>> aliases = {}; // whole names over one storage; either serves
    std::vector<std::string> ignored = {}; // endings of tensors that may lie there unused without a note: ".attn.bias"
};

class Weights {
public:
    // `ignoresNonFinite` false: NaN and infinities are a File error when a tensor is bound.
    Weights(WeightFiles files, NameRules rules, const RunControl &control, bool ignoresNonFinite);

    [[nodiscard]] Weights operator/(std::string_view part) const;
    [[nodiscard]] Weights operator/(std::int64_t index) const;

    // The tensor <path>.<name> as F32 (converted from F16, BF16, F64; mapped and uncopied when it is F32).
    // File error when it is absent, has another shape, another kind of type, or non-finite values.
    [[nodiscard]] Tensor tensor(std::string_view name, const Shape &expected) const;
    // A null tensor when it is absent; otherwise as tensor().
    [[nodiscard]] Tensor optional(std::string_view name, const Shape &expected) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] std::optional<Shape> shapeOf(std::string_view name) const;

    // What lies below `path` as a checkpoint of its own, with names counted from there and its own rules: a model
    // inside another one. The same path gives the same tensors again; bound() and unused() of the whole tell of the
    // part too.
    [[nodiscard]] Weights part(const std::string &path, const NameRules &rules) const;

    [[nodiscard]] const std::string &path() const noexcept { return m_path; } // "encoder.layer.3"

    // Names in the files that no cursor of this checkpoint has bound and that no rule ignores.
    [[nodiscard]] std::vector<std::string> unused() const;
    // Every tensor bound so far with its canonical name and number of elements, aliases once.
    [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> bound() const;
    [[nodiscard]] const WeightFiles &files() const noexcept;
    // Adds tensors of further files (heads beside a shared backbone). File error on a name that exists.
    void add(const WeightFiles &more);

private:
    struct Shared;
    Weights(std::shared_ptr<Shared> shared, std::string path);
    std::shared_ptr<Shared> m_shared;
    std::string m_path;
};

} // namespace engine::checkpoint
