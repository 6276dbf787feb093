// SPDX-License-Identifier: GPL-3.0-or-later
// One function a family file; registry.cpp lists them.
#pragma once

namespace engine::models {

struct Family;
[[nodiscard]] Family albert();
[[nodiscard]] Family bert();
[[nodiscard]] Family convbert();
[[nodiscard]] Family ctrl();
[[nodiscard]] Family distilbert();
[[nodiscard]] Family electra();
[[nodiscard]] Family flaubert();
[[nodiscard]] Family funnel();
[[nodiscard]] Family gpt2();
[[nodiscard]] Family longformer();
[[nodiscard]] Family openaiGpt();
[[nodiscard]] Family roberta();
[[nodiscard]] Family bart();
[[nodiscard]] Family pegasus();
[[nodiscard]] Family marian();
[[nodiscard]] Family t5();
[[nodiscard]] Family mt5();
[[nodiscard]] Family mbart();
[[nodiscard]] Family xlmProphetNet();
[[nodiscard]] Family prophetNet();
[[nodiscard]] Family xlmRoberta();
[[nodiscard]] Family xlnet();
[[nodiscard]] Family xlm();

} // namespace engine::models
