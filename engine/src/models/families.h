// SPDX-License-Identifier: GPL-3.0-or-later
// One function a family file; registry.cpp lists them.
#pragma once

namespace engine::models {

struct Family;
[[nodiscard]] Family bert();
[[nodiscard]] Family convbert();
[[nodiscard]] Family ctrl();
[[nodiscard]] Family distilbert();
[[nodiscard]] Family electra();
[[nodiscard]] Family gpt2();
[[nodiscard]] Family openaiGpt();
[[nodiscard]] Family reformer();
[[nodiscard]] Family roberta();
[[nodiscard]] Family transfoXl();

} // namespace engine::models
