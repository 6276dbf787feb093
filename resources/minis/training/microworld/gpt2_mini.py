# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains, measures and writes gpt2-mini: ``python -m microworld.gpt2_mini``."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2DoubleHeadsModel, GPT2Tokenizer

from . import baselines, export, plots, tasks, trainer, vocab
from .scene import Story

NAME = "gpt2-mini"
VOCABULARY = 1700  # an upper limit: the world has fewer words than that
STORIES = 40_000
TEST_STORIES = 600
WINDOW = 256
TOKENS_PER_STEP = 1536
EXAMPLES = Path(__file__).with_name("gpt2_examples.json")


def stories(seed: int, split: str, count: int) -> list[Story]:
    rng = random.Random(f"{NAME}/{split}/{seed}")
    return [plots.tell(rng, split) for _ in range(count)]


def make_tokenizer(folder: Path, texts: list[str]) -> GPT2Tokenizer:
    """Learns the byte pairs and writes the tokenizer files of the reference layout."""
    vocab.byte_level_bpe(texts, VOCABULARY, folder)
    special = {"bos_token": vocab.END_OF_TEXT, "eos_token": vocab.END_OF_TEXT, "unk_token": vocab.END_OF_TEXT}
    export.write_json(folder / "special_tokens_map.json", special)
    export.write_json(folder / "tokenizer_config.json",
                      {"add_prefix_space": False, "errors": "replace", "model_max_length": WINDOW,
                       "tokenizer_class": "GPT2Tokenizer", **special})
    return GPT2Tokenizer.from_pretrained(str(folder))


def make_model(tokenizer: GPT2Tokenizer) -> GPT2DoubleHeadsModel:
    end = tokenizer.eos_token_id
    return GPT2DoubleHeadsModel(GPT2Config(
        vocab_size=len(tokenizer), n_positions=WINDOW, n_embd=128, n_layer=3, n_head=4, n_inner=512,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, summary_type="cls_index", summary_use_proj=True,
        summary_proj_to_labels=True, summary_activation=None, summary_first_dropout=0.0, num_labels=1,
        bos_token_id=end, eos_token_id=end, pad_token_id=None, tie_word_embeddings=True))


def packed(rng: random.Random, rows: list[list[int]], end: int, length: int) -> list[int]:
    """Stories one after the other up to the length; every second row begins without the end-of-text token."""
    ids = [end] if rng.random() < 0.5 else []
    while len(ids) < length:
        ids += rows[rng.randrange(len(rows))] + [end]
    return ids[:length]


def padded(rows: list[list[int]], fill: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows as one tensor, and the place of the last token of each. Padding is on the right, where no token sees it."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [fill] * (width - len(row)) for row in rows])
    return ids, torch.tensor([len(row) - 1 for row in rows])


def choice_rows(tokenizer: GPT2Tokenizer, example: tasks.Ending) -> list[list[int]]:
    return tokenizer([f"{example.story} {choice}" for choice in example.choices])["input_ids"]


def choice_logits(model: GPT2DoubleHeadsModel, rows: list[list[int]], fill: int) -> torch.Tensor:
    """The score of each row, read at its last token."""
    ids, last = padded(rows, fill)
    hidden = model.transformer(ids).last_hidden_state
    return model.multiple_choice_head(hidden, last)


def measure(model: GPT2DoubleHeadsModel, tokenizer: GPT2Tokenizer, train_rows: list[list[int]],
            test: list[Story], seed: int) -> list[dict[str, object]]:
    """Perplexity per token after an end-of-text token, and the share of right endings."""
    end = tokenizer.eos_token_id
    rows = [[end] + ids + [end] for ids in tokenizer([story.text for story in test])["input_ids"]]
    total, count = 0.0, 0
    model.eval()
    with torch.inference_mode():
        for part in trainer.chunks(sorted(rows, key=len), 32):
            ids, last = padded(list(part), end)
            logits = model.lm_head(model.transformer(ids).last_hidden_state)[:, :-1].log_softmax(-1)
            chosen = logits.gather(-1, ids[:, 1:, None])[..., 0]
            valid = torch.arange(ids.shape[1] - 1)[None, :] < last[:, None]
            total -= chosen[valid].double().sum().item()
            count += int(valid.sum())
        rng = random.Random(f"{NAME}/endings/{seed}")
        endings = [tasks.ending(rng, story) for story in test]
        right = 0
        for example in endings:
            right += int(choice_logits(model, choice_rows(tokenizer, example), end).argmax()) == example.label
    trigram = baselines.Trigram([[end] + ids + [end] for ids in train_rows], len(tokenizer)).perplexity(rows)
    perplexity = math.exp(total / count)
    return [
        export.metric("text-generation", "perplexity per token", perplexity, trigram,
                      "interpolated Kneser-Ney trigram on the same tokens and training text", trigram / 3, len(rows),
                      lower_is_better=True, tokens=count),
        export.metric("multiple-choice", "accuracy", right / len(endings),
                      sum(1 / len(example.choices) for example in endings) / len(endings), "chance", 0.85,
                      len(endings)),
    ]


def write(model: GPT2DoubleHeadsModel, tokenizer: GPT2Tokenizer, todo: trainer.Plan) -> None:
    """Weights and configs; the input embedding serves as output too and is stored once."""
    state = model.state_dict()
    export.save_tensors(todo.out / "model.safetensors",
                        {name: value for name, value in state.items() if name.startswith("transformer.")}, todo.seed)
    export.save_config(todo.out / "config.json", model.config, "GPT2LMHeadModel")
    head = todo.out / "heads" / "multiple-choice"
    export.save_tensors(head / "model.safetensors",
                        {name: value for name, value in state.items() if name.startswith("multiple_choice_head.")},
                        todo.seed)
    export.save_config(head / "config.json", model.config, "GPT2DoubleHeadsModel")
    end = tokenizer.eos_token_id
    export.write_json(todo.out / "generation_config.json", {
        "_from_model_config": False, "bos_token_id": end, "eos_token_id": end, "pad_token_id": end,
        "do_sample": True, "temperature": 0.8, "top_k": 50, "max_new_tokens": 80})
    export.write_json(todo.out / "examples.json", json.loads(EXAMPLES.read_text(encoding="utf-8")))


def test_lines(test: list[Story], seed: int) -> list[dict[str, object]]:
    """Held-out examples for an evaluation outside of Python."""
    rng = random.Random(f"{NAME}/lines/{seed}")
    rows: list[dict[str, object]] = [{"task": "text-generation", "text": story.text} for story in test[:200]]
    for story in test[200:350]:
        example = tasks.ending(rng, story)
        rows.append({"task": "multiple-choice", "text": example.story, "choices": list(example.choices),
                     "label": example.label})
    return rows


def main() -> None:
    todo = trainer.plan(__doc__ or NAME, NAME, steps=2400, rate=2e-3)
    print("writing stories", flush=True)
    train_stories = stories(todo.seed, "train", STORIES)
    known = {story.text for story in train_stories}
    test = [story for story in stories(todo.seed, "test", TEST_STORIES) if story.text not in known]
    tokenizer = make_tokenizer(todo.out, [story.text for story in train_stories])
    train_rows = tokenizer([story.text for story in train_stories])["input_ids"]
    end = tokenizer.eos_token_id
    model = make_model(tokenizer)
    for block in model.transformer.h:  # the same function as gelu_new in one operation
        block.mlp.act = torch.nn.GELU(approximate="tanh")
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens", flush=True)

    def losses(rng: random.Random, step: int) -> dict[str, torch.Tensor]:
        length = WINDOW if step % 8 == 0 else 96
        ids = torch.tensor([packed(rng, train_rows, end, length) for _ in range(TOKENS_PER_STEP // length)])
        logits = model.lm_head(model.transformer(ids).last_hidden_state)
        text = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
        if step % 2:
            return {"text": text}
        examples = [tasks.ending(rng, story, 2) for story in trainer.sample(rng, train_stories, 8)]
        rows = [row for example in examples for row in choice_rows(tokenizer, example)]
        scores = choice_logits(model, rows, end).view(len(examples), 2)
        labels = torch.tensor([example.label for example in examples])
        return {"text": text, "ending": 0.5 * torch.nn.functional.cross_entropy(scores, labels)}

    trainer.train(model, todo, losses)
    export.round_to_half(model)
    print("measuring", flush=True)
    metrics = measure(model, tokenizer, train_rows, test, todo.seed)
    for row in metrics:
        print(row, flush=True)
    write(model, tokenizer, todo)
    export.write_json(todo.out / "metrics.json", {"mini": NAME, "seed": todo.seed, "metrics": metrics})
    export.write_lines(todo.out / "test.jsonl", test_lines(test, todo.seed))


if __name__ == "__main__":
    main()
