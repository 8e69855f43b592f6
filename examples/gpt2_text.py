"""A small GPT-2 by Hugging Face, trained on characters, and its learning coefficient.

The text comes with Python, what ``help()`` says of the language: each line is a sample, and each of its
characters predicts the next.

    python examples/gpt2_text.py

Needs torch and transformers. ``--quick`` trains and samples less; docs/frameworks.md has the output, and what
it means.
"""

from __future__ import annotations

import argparse
import pydoc_data.topics
import sys

import torch
import transformers

import swiftllc as sl

LENGTH = 24  # characters of a line that are read
IGNORED = -100  # the label where nothing is predicted


def samples(count: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Tokens and labels, both (count, LENGTH), and how many tokens there are.

    Token 0 begins a line, and fills up what is left of a short one, where there is nothing to predict.
    """
    text = "\n".join(topic for _, topic in sorted(pydoc_data.topics.topics.items()))
    lines = [line.strip().lower()[:LENGTH] for line in text.splitlines() if line.isascii()]
    lines = list(dict.fromkeys(filter(None, lines)))[:count]
    characters = sorted(set("".join(lines)))
    tokens = torch.zeros(count, LENGTH, dtype=torch.int64)
    labels = torch.full_like(tokens, IGNORED)
    for row, line in enumerate(lines):
        codes = torch.tensor([1 + characters.index(character) for character in line])
        tokens[row, 1 : len(line)] = codes[:-1]
        labels[row, : len(line)] = codes
    return tokens, labels, 1 + len(characters)


def trained(tokens: torch.Tensor, labels: torch.Tensor, vocabulary: int, steps: int) -> torch.nn.Module:
    """Two blocks of width 32, by Adam at a rate that falls to zero."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # so small a network gains nothing by more
    config = transformers.GPT2Config(
        vocab_size=vocabulary, n_positions=LENGTH, n_embd=32, n_layer=2, n_head=4,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    module = transformers.GPT2LMHeadModel(config)
    optimizer = torch.optim.Adam(module.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    counts = (labels != IGNORED).sum(1)
    for _ in range(steps):
        rows = torch.randperm(len(tokens))[:32]
        logits = module(tokens[rows]).logits.transpose(1, 2)
        losses = torch.nn.functional.cross_entropy(logits, labels[rows], reduction="none")
        optimizer.zero_grad()
        # As swiftllc's loss: the mean over lines of the mean over the characters of each.
        (losses.sum(1) / counts[rows]).mean().backward()
        optimizer.step()
        schedule.step()
    return module.eval()


def main() -> None:
    """Trains, converts, estimates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer lines, less training and sampling")
    quick = parser.parse_args().quick

    tokens, labels, vocabulary = samples(128 if quick else 256)
    module = trained(tokens, labels, vocabulary, steps=100 if quick else 600)

    model, params = sl.from_torch(module, tokens[:4], loss=sl.CrossEntropy(ignore_index=IGNORED))
    print(f"{tokens.shape[0]} lines, {(labels != IGNORED).sum()} characters of {vocabulary - 1} kinds")
    print(f"loss {model.loss(params, (tokens, labels)):.3f} a character")

    result = sl.estimate_llc(
        model,
        params,
        (tokens, labels),
        num_chains=2,
        budget=200_000 if quick else 1_000_000,
        seed=0,
        progress=sys.stderr.isatty(),
    )
    print(result)
    bound = model.parameter_count / 2
    print(f"d/2 = {bound:g} for {model.parameter_count} parameters; λ̂ is {result.llc / bound:.1%} of it")


if __name__ == "__main__":
    main()
