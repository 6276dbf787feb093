// SPDX-License-Identifier: GPL-3.0-or-later
// One function a family file; registry.cpp lists them.
#pragma once

namespace engine::models {

struct Family;
[[nodiscard]] Family albert();
[[nodiscard]] Family bart();
[[nodiscard]] Family bert();
[[nodiscard]] Family convbert();
[[nodiscard]] Family ctrl();
[[nodiscard]] Family distilbert();
[[nodiscard]] Family dpr();
[[nodiscard]] Family electra();
[[nodiscard]] Family flaubert();
[[nodiscard]] Family funnel();
[[nodiscard]] Family gpt2();
[[nodiscard]] Family longformer();
[[nodiscard]] Family marian();
[[nodiscard]] Family mbart();
[[nodiscard]] Family mmbt();
[[nodiscard]] Family mt5();
[[nodiscard]] Family openaiGpt();
[[nodiscard]] Family pegasus();
[[nodiscard]] Family prophetNet();
[[nodiscard]] Family rag();
[[nodiscard]] Family reformer();
[[nodiscard]] Family roberta();
[[nodiscard]] Family t5();
[[nodiscard]] Family transfoXl();
[[nodiscard]] Family xlm();
[[nodiscard]] Family xlmProphetNet();
[[nodiscard]] Family xlmRoberta();
[[nodiscard]] Family xlnet();

} // namespace engine::models
