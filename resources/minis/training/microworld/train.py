# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains minis: ``python -m microworld.train MINI…``, or ``--all`` for those that are out of date.

A mini is out of date when its weights were made by other code, from another seed or with other steps. An interrupted
training goes on from its checkpoint, ``<mini>.checkpoint.pt`` in the folder of ``--work``.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import subprocess
from pathlib import Path

import safetensors
import torch
import transformers

from . import trainer

# name -> module with NAME, STEPS, RATE and make(plan); minis that others start from come first
MINIS = {f"{family}-mini": f"{module}_mini" for family, module in (
    ("bert", "bert"), ("gpt2", "gpt2"), ("distilbert", "distilbert"), ("electra", "electra"), ("albert", "albert"),
    ("roberta", "roberta"), ("openai-gpt", "openai_gpt"), ("marian", "marian"), ("t5", "t5"), ("bart", "bart"), ("pegasus", "pegasus"), ("ctrl", "ctrl"), ("xlnet", "xlnet"),
    ("mt5", "mt5"), ("mbart", "mbart"), ("prophetnet", "prophetnet"), ("convbert", "convbert"),
    ("xlm-roberta", "xlm_roberta"), ("funnel", "funnel"), ("flaubert", "flaubert"))}
HERE = Path(__file__).parent


def sources(module: str) -> str:
    """A digest of the code that makes a mini: its module and all of this package that it imports, without comments."""
    found: dict[str, str] = {}
    left = [module]
    while left:
        name = left.pop()
        file = HERE / f"{name}.py"
        if name in found or not file.exists():
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        tree.body = [node for node in tree.body if not _names_steps(node)]  # they are compared by themselves
        found[name] = ast.dump(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                left.extend([node.module.split(".")[0]] if node.module else [alias.name for alias in node.names])
    return hashlib.sha256("\x1f".join(found[name] for name in sorted(found)).encode()).hexdigest()[:16]


def _names_steps(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and "STEPS" in ast.dump(node.targets[0])


def revision() -> str:
    """The commit of this folder, with a plus sign if files have changed since."""
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    return git("log", "-1", "--format=%h", "--", ".") + ("+" if git("status", "--porcelain", "--", ".") else "")


def origin(module: str, steps: int) -> dict[str, str]:
    return {"revision": revision(), "sources": sources(module), "steps": str(steps),
            "torch": torch.__version__.split("+")[0], "transformers": transformers.__version__}


def is_out_of_date(out: Path, seed: int, module: str, steps: int) -> bool:
    """Whether the weights in the folder are missing or come from other code, another seed or other steps."""
    file = out / "model.safetensors"
    if not file.exists() or not (out / "metrics.json").exists():
        return True
    with safetensors.safe_open(str(file), framework="pt") as opened:
        written = opened.metadata() or {}
    return (written.get("seed"), written.get("sources"), written.get("steps")) != (str(seed), sources(module), str(steps))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minis", nargs="*", metavar="MINI", help="one of: " + ", ".join(MINIS))
    parser.add_argument("--all", action="store_true", help="every mini that is out of date")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="instead of the mini's own number")
    parser.add_argument("--rate", type=float, help="highest learning rate, instead of the mini's own")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=trainer.REPOSITORY_MINIS, help="folder for the minis' folders")
    parser.add_argument("--minis-from", type=Path, help="finished minis to start from; default: those of --out")
    parser.add_argument("--work", type=Path, default=Path("."), help="folder for checkpoints; delete them to start anew")
    parser.add_argument("--again", action="store_true", help="begin with the weights that a mini has")
    parser.add_argument("--skip-training", action="store_true", help="measure and write the checkpoints as they are")
    options = parser.parse_args()
    if unknown := [name for name in options.minis if name not in MINIS]:
        parser.error(f"no mini {', '.join(unknown)}")
    if not options.minis and not options.all:
        parser.error("name minis, or give --all")
    torch.set_num_threads(options.threads)
    for name in options.minis or MINIS:
        module = importlib.import_module(f".{MINIS[name]}", __package__)
        steps = options.steps or module.STEPS
        if not options.minis and not is_out_of_date(options.out / name, options.seed, MINIS[name], steps):
            print(f"{name} is up to date", flush=True)
            continue
        print(f"{name}: {steps} steps", flush=True)
        torch.manual_seed(options.seed)
        module.make(trainer.Plan(options.seed, steps, options.rate or module.RATE, options.out / name,
                                 options.minis_from or options.out, options.work / f"{name}.checkpoint.pt",
                                 options.skip_training, options.again, origin(MINIS[name], steps)))


if __name__ == "__main__":
    main()
