// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/tensor.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace engine {

// What a run chooses for itself and keeps over its steps: random tensors (the rotations of LSH attention), and numbers
// that its first step settles. Belongs to the run, like its state.
class RunChoices {
public:
    explicit RunChoices(std::uint64_t seed = 0) : m_seed(seed) {}
    // Recorded random tensors instead, handed out in this order.
    explicit RunChoices(std::vector<Tensor> recorded) : m_recorded(std::move(recorded)), m_isRecorded(true) {}

    struct Draw {
        Shape shape;
        std::uint64_t stream = 0; // the same stream of the same seed gives the same numbers at every step
        std::string_view what;    // for errors
    };
    // Standard normal numbers. Recorded: Argument error when nothing is left or the next tensor has another shape.
    [[nodiscard]] Tensor normal(const Draw &draw);

    // The value of the first call with this name.
    [[nodiscard]] std::int64_t settled(std::string_view name, std::int64_t value);

    [[nodiscard]] std::size_t recordedLeft() const noexcept { return m_recorded.size() - m_taken; }

private:
    std::uint64_t m_seed = 0;
    std::vector<Tensor> m_recorded;
    std::size_t m_taken = 0;
    bool m_isRecorded = false;
    std::map<std::string, std::int64_t, std::less<>> m_settled;
};

} // namespace engine
