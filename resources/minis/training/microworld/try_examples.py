# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the examples of both minis from their files: ``python -m microworld.try_examples [--minis FOLDER]``.

The models are put together by the reference classes from nothing but the shipped files, so this also shows that the
layout is complete.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoConfig, AutoTokenizer

from . import trainer


def load(folder: Path, task: str | None = None) -> Any:
    """The model of the folder, or the one that a head makes of its backbone."""
    place = folder / "heads" / task if task else folder
    config = AutoConfig.from_pretrained(str(place))
    config.dtype = "float32"
    model = getattr(transformers, config.architectures[0])(config)
    tensors = load_file(str(folder / "model.safetensors"))
    if task:
        tensors |= load_file(str(place / "model.safetensors"))
    missing, _ = model.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
    tied = ("decoder", "lm_head", "position_ids", "attn.bias", "masked_bias")
    lost = [name for name in missing if not any(word in name for word in tied)]
    if lost:
        raise ValueError(f"{place}: no weights for {lost}")
    model.tie_weights()
    return model.eval()


def fill_mask(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    model = load(folder)
    encoded = tokenizer(item["text"], item.get("text_pair"), return_tensors="pt")
    logits = model(**encoded).prediction_logits[0].softmax(-1)
    shown = []
    for place in (encoded["input_ids"][0] == tokenizer.mask_token_id).nonzero()[:, 0]:
        best = logits[place].topk(4)
        shown.append(", ".join(f"{tokenizer.convert_ids_to_tokens(int(i))} {p:.2f}"
                               for p, i in zip(best.values, best.indices)))
    return " / ".join(shown)


def next_sentence(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    encoded = tokenizer(item["text"], item["text_pair"], return_tensors="pt")
    return f"is next {load(folder)(**encoded).seq_relationship_logits[0].softmax(-1)[0]:.3f}"


def text_classification(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    model = load(folder, "text-classification")
    scores = model(**tokenizer(item["text"], return_tensors="pt")).logits[0].softmax(-1)
    return f"{model.config.id2label[int(scores.argmax())]} {scores.max():.3f}"


def token_classification(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    model = load(folder, "token-classification")
    encoded = tokenizer(item["text"], return_tensors="pt")
    labels = model(**encoded).logits[0].argmax(-1).tolist()[1:-1]
    tokens = tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())[1:-1]
    return " ".join(token if label == 0 else f"{token}/{model.config.id2label[label]}"
                    for token, label in zip(tokens, labels))


def question_answering(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    model = load(folder, "question-answering")
    encoded = tokenizer(item["text"], item["text_pair"], return_tensors="pt")
    out = model(**encoded)
    passage = encoded["token_type_ids"][0].bool()
    passage[-1] = False
    start = out.start_logits[0].masked_fill(~passage, -1e4).softmax(-1)
    end = out.end_logits[0].masked_fill(~passage, -1e4).softmax(-1)
    begin, last = divmod(int((start[:, None] * end[None, :]).triu().argmax()), len(start))
    return f"{tokenizer.decode(encoded['input_ids'][0, begin:last + 1])} {start[begin] * end[last]:.3f}"


def multiple_choice(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    model = load(folder, "multiple-choice")
    if model.config.model_type == "gpt2":
        scores = torch.cat([model(ids := tokenizer(f"{item['text']} {choice}", return_tensors="pt")["input_ids"],
                                  mc_token_ids=torch.tensor([ids.shape[1] - 1])).mc_logits.view(1)
                            for choice in item["choices"]])
    else:
        encoded = tokenizer([item["text"]] * len(item["choices"]), item["choices"], return_tensors="pt", padding=True)
        scores = model(**{name: value[None] for name, value in encoded.items()}).logits[0]
    shares = scores.softmax(-1)
    return f"{item['choices'][int(shares.argmax())]} {shares.max():.3f}"


def text_generation(folder: Path, tokenizer: Any, item: dict[str, Any]) -> str:
    model = load(folder)
    ids = tokenizer(item["text"], return_tensors="pt")["input_ids"]
    greedy = model.generate(ids, do_sample=False, max_new_tokens=80, pad_token_id=tokenizer.eos_token_id)
    torch.manual_seed(1)
    drawn = model.generate(ids, do_sample=True, temperature=0.8, top_k=50, max_new_tokens=80,
                           pad_token_id=tokenizer.eos_token_id)
    return "\n      ".join(tokenizer.decode(row[0], skip_special_tokens=True) for row in (greedy, drawn))


TASKS = {"fill-mask": fill_mask, "next-sentence": next_sentence, "text-classification": text_classification,
         "token-classification": token_classification, "question-answering": question_answering,
         "multiple-choice": multiple_choice, "text-generation": text_generation}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minis", type=Path, default=trainer.REPOSITORY_MINIS)
    options = parser.parse_args()
    here = Path(__file__)
    for name, file in (("bert-mini", "bert_examples.json"), ("gpt2-mini", "gpt2_examples.json")):
        folder = options.minis / name
        if not (folder / "model.safetensors").exists():
            continue
        tokenizer = AutoTokenizer.from_pretrained(str(folder))
        for task, items in json.loads(here.with_name(file).read_text(encoding="utf-8"))["tasks"].items():
            print(f"{name} {task}")
            for item in items:
                with torch.inference_mode():
                    print(f"   {item['text']} {item.get('text_pair', '')}\n   -> {TASKS[task](folder, tokenizer, item)}")


if __name__ == "__main__":
    main()
