# SPDX-License-Identifier: GPL-3.0-or-later
"""The training loop that all minis share: AdamW, a learning rate with a plateau, checkpoints to go on from.

The rate rises for a fixed number of steps, stays, and falls over the last part. Until it falls nothing depends on the
number of steps, so that a checkpoint can also be finished sooner or later than planned with another ``--steps``.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator, Sequence, TypeVar

import torch

T = TypeVar("T")
WARM_UP_STEPS = 100
FALLING_SHARE = 0.35
SECONDS_BETWEEN_CHECKPOINTS = 45.0
REPOSITORY_MINIS = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Plan:
    """What the command line decides."""

    seed: int
    steps: int
    rate: float
    out: Path  # folder of the mini
    minis: Path  # where finished minis lie that this one may start from
    checkpoint: Path
    skip_training: bool
    again: bool  # begin with the weights that the mini has
    origin: dict[str, str]  # goes into the files' metadata


def step_rng(seed: int, step: int) -> random.Random:
    """The random numbers of one step: the same whether the training was interrupted or not."""
    return random.Random(f"{seed}/{step}")


def sample(rng: random.Random, pool: Sequence[T], count: int) -> list[T]:
    return [pool[rng.randrange(len(pool))] for _ in range(count)]


def chunks(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for begin in range(0, len(rows), size):
        yield rows[begin:begin + size]


def rate_share(step: int, steps: int) -> float:
    """Share of the highest learning rate at a step: up, level, and down over the last part to almost nothing."""
    rising = (step + 1) / WARM_UP_STEPS
    falling = (steps - step) / max(1.0, FALLING_SHARE * steps)
    return max(0.01, min(1.0, rising, falling))


def train(model: torch.nn.Module, todo: Plan, losses: Callable[[random.Random, int], dict[str, torch.Tensor]]) -> None:
    """Runs the steps that are left. ``losses`` gives the named losses of a step; their sum is minimised."""
    decayed = [p for p in model.parameters() if p.requires_grad and p.dim() > 1]
    others = [p for p in model.parameters() if p.requires_grad and p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}],
                                  lr=todo.rate, betas=(0.9, 0.98), eps=1e-8, fused=True)
    first = 0
    if todo.checkpoint.exists():
        saved = torch.load(todo.checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]
        print(f"going on after step {first} of {todo.steps}", flush=True)
    if todo.skip_training:
        return
    model.train()
    began, shown = time.monotonic(), {}
    saved_at = began
    for step in range(first, todo.steps):
        for group in optimizer.param_groups:
            group["lr"] = todo.rate * rate_share(step, todo.steps)
        named = losses(step_rng(todo.seed, step), step)
        optimizer.zero_grad(set_to_none=True)
        torch.stack(list(named.values())).sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        for name, loss in named.items():
            shown[name] = 0.95 * shown.get(name, loss.item()) + 0.05 * loss.item()
        done = step + 1
        if done % 50 == 0 or done == todo.steps:
            spent = time.monotonic() - began
            left = spent / (done - first) * (todo.steps - done)
            print(f"step {done}/{todo.steps}  " + "  ".join(f"{name} {value:.3f}" for name, value in shown.items())
                  + f"  {spent:.0f} s, {left:.0f} s left", flush=True)
        if time.monotonic() - saved_at > SECONDS_BETWEEN_CHECKPOINTS or done == todo.steps:
            saved_at = time.monotonic()
            _save(todo.checkpoint, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": done})


def _save(path: Path, state: dict[str, object]) -> None:
    """Written beside and then renamed, so that an interruption never leaves half a checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    os.replace(beside, path)
