# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the examples of minis in Modelarium and in the reference library and compares every score:
``python -m microworld.compare --engine PATH/TO/modelarium-cli [MINI…]``.

The models are put together by the reference's classes from nothing but the written files, and they are given the
tokens that the engine made of each text. So this shows that the layout is complete and that both compute the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig

from . import trainer

TOLERANCE = 2e-3
TIED = ("decoder", "lm_head", "position_ids", "attn.bias", "masked_bias", "vocab_projector", "generator_lm_head.weight",
        "lm_loss.weight", "pred_layer.proj.weight", "embed_tokens", "embed_positions", "encoder.weight",
        "coder.word_embeddings", "attention_mask")


def load(folder: Path, task: str) -> Any:
    """The model of the folder, or the one that the task's head makes of its backbone."""
    place = folder / "heads" / task if (folder / "heads" / task).exists() else folder
    config = AutoConfig.from_pretrained(str(place))
    config.dtype = "float32"
    model = getattr(transformers, config.architectures[0])(config)
    tensors = load_file(str(folder / "model.safetensors"))
    if place != folder:
        tensors |= load_file(str(place / "model.safetensors"))
    missing, _ = model.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    lost = [name for name in missing if not any(word in name for word in TIED)]
    if lost:
        raise ValueError(f"{place}: no weights for {lost}")
    model.tie_weights()
    if not json.loads((place / "config.json").read_text(encoding="utf-8")).get("tie_word_embeddings", True):
        model.lm_head.weight = torch.nn.Parameter(tensors["lm_head.weight"].float())  # classes that tie it all the same
        model.config.tie_word_embeddings = False
    return model.eval()


def ask(engine: str, folder: Path, task: str, item: dict[str, Any]) -> dict[str, Any]:
    """What Modelarium's command line answers to an example."""
    words = [engine, "run", str(folder), "--task", task, "--text", item["text"], "--json"]
    for key, option in (("text_pair", "--text-pair"), ("prefix", "--prefix"), ("control_code", "--control-code"),
                        ("src_lang", "--src-lang"), ("tgt_lang", "--tgt-lang")):
        if item.get(key):
            words += [option, item[key]]
    for choice in item.get("choices", ()):
        words += ["--choices", choice]
    if "generat" in task or task in ("translation", "summarization"):
        words += ["--max-new-tokens", "24"]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def inputs(model: Any, encoding: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The engine's tokens as the model's arguments."""
    given = {"input_ids": torch.tensor([encoding["ids"]])}
    takes_kinds = model.config.model_type in ("xlnet", "funnel", "flaubert", "xlm")  # whatever their configuration says
    if takes_kinds or getattr(model.config, "type_vocab_size", 0) > 1:
        given["token_type_ids"] = torch.tensor([encoding["token_type_ids"]])
    if not model.config.model_type.startswith(("openai", "ctrl")):
        given["attention_mask"] = torch.tensor([encoding["attention_mask"]])
    return given


def _logits(entries: list[dict[str, Any]]) -> torch.Tensor:
    return torch.tensor([entry["logit"] for entry in sorted(entries, key=lambda entry: entry.get("id", 0))])


def scores(task: str, model: Any, found: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """The same numbers from the engine's answer and from the model."""
    if task == "multiple-choice":
        rows = [inputs(model, encoding) for encoding in found["encodings"]]
        ours = torch.tensor([entry["logit"] for entry in found["scores"]])
        if hasattr(model, "multiple_choice_head"):  # double heads read the last token
            last = [sum(encoding["attention_mask"]) - 1 for encoding in found["encodings"]]
            return ours, torch.cat([model(input_ids=row["input_ids"], mc_token_ids=torch.tensor([place])).mc_logits.view(1)
                                    for row, place in zip(rows, last)])
        return ours, model(**{name: torch.stack([row[name][0] for row in rows])[None] for name in rows[0]}).logits[0]
    given = inputs(model, found)
    if "steps" in found:
        probable = torch.tensor([step["score"] for step in found["steps"]])[1:]
        if "decoder" in found:
            ids = torch.tensor([found["decoder"]["ids"]])
            logits = model(**given, decoder_input_ids=ids).logits[0]
        else:
            ids = given["input_ids"]
            logits = model(**given).logits[0]
        return probable, logits[:-1].softmax(-1).gather(-1, ids[0, 1:, None])[:, 0]
    out = model(**given)
    if task == "fill-mask":
        logits = (out.prediction_logits if hasattr(out, "prediction_logits") else out.logits)[0]
        named = [(mask["position"], guess) for mask in found["masks"] for guess in mask["predictions"]]
        return (torch.tensor([guess["logit"] for _, guess in named]),
                torch.stack([logits[place, guess["token"]] for place, guess in named]))
    if task in ("next-sentence", "sentence-order"):
        return _logits(found["scores"]), (out.sop_logits if task == "sentence-order" else out.seq_relationship_logits)[0]
    if task == "text-classification":
        return _logits(found["scores"]), out.logits[0]
    if task == "token-classification":
        return torch.stack([_logits(entity["scores"]) for entity in found["entities"]]), out.logits[0]
    if task == "replaced-token-detection":
        return torch.tensor([entry["logit"] for entry in found["detections"]]), out.logits.view(-1)
    if task == "question-answering":
        return torch.tensor(found["start_probabilities"]), out.start_logits[0].softmax(-1)
    raise ValueError(f"no comparison for {task}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="MINI", help="default: all")
    parser.add_argument("--engine", required=True)
    parser.add_argument("--minis", type=Path, default=trainer.REPOSITORY_MINIS)
    options = parser.parse_args()
    worst_of_all = 0.0
    for name in options.names or sorted(path.parent.name for path in options.minis.glob("*/examples.json")):
        folder = options.minis / name
        found = json.loads((folder / "examples.json").read_text(encoding="utf-8"))["tasks"]
        for task, items in found.items():
            model, worst = load(folder, task), 0.0
            if model.config.model_type == "xlnet" and task == "text-generation":
                continue  # the engine keeps the memory of what it has read, as generation in the reference does
            for item in items:
                with torch.inference_mode():
                    ours, theirs = scores(task, model, ask(options.engine, folder, task, item))
                worst = max(worst, float((ours - theirs).abs().max()))
            worst_of_all = max(worst_of_all, worst)
            print(f"{'good' if worst <= TOLERANCE else 'BAD '}  {name} {task}: {len(items)} examples, "
                  f"largest difference {worst:.1e}", flush=True)
    if worst_of_all > TOLERANCE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
