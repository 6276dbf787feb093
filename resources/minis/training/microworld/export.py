# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a mini in Hugging Face layout: half-precision weights, full configs, tokenizer files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterable, Mapping

import torch
import transformers
from safetensors.torch import save_file

from . import trainer


def round_to_half(model: torch.nn.Module) -> None:
    """Gives every weight the value that it has in the file, so that what is measured is what is shipped."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())


def own_tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The weights of a model, tied ones once: under their name in the backbone, or their first name."""
    found: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    backbone = getattr(model, "base_model_prefix", "") + "."
    for name, value in sorted(model.state_dict().items(), key=lambda item: not item[0].startswith(backbone)):
        if value.is_floating_point() and value.data_ptr() not in seen:
            found[name] = value
        seen.add(value.data_ptr())
    return found


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], todo: trainer.Plan) -> None:
    """Writes tensors in half precision with where they come from."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().half().contiguous() for name, tensor in sorted(tensors.items())}, str(path),
              metadata={"format": "pt", "seed": str(todo.seed), "generator": "resources/minis/training/microworld",
                        **todo.origin})
    path.chmod(0o644)


def save_config(path: Path, config: transformers.PretrainedConfig, architecture: str) -> None:
    """Writes every key of the configuration, not only what differs from the defaults."""
    values = config.to_dict()
    for noise in ("_name_or_path", "name_or_path"):
        values.pop(noise, None)
    values |= {"architectures": [architecture], "dtype": "float16", "transformers_version": transformers.__version__}
    write_json(path, dict(sorted(values.items())))


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines, one object a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def metric(task: str, name: str, value: float, baseline: float, baseline_name: str, bar: float, count: int,
           **more: Any) -> dict[str, Any]:
    """One row of metrics.json."""
    return {"task": task, "metric": name, "value": round(value, 4), "baseline": round(baseline, 4),
            "baseline_name": baseline_name, "bar": round(bar, 4), "test_examples": count, **more}
