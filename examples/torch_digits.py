"""A convolutional network, trained by PyTorch on scikit-learn's digits, and its learning coefficient.

    python examples/torch_digits.py

Needs torch and scikit-learn. ``--quick`` samples less; docs/frameworks.md has the output, and
what it means.
"""

from __future__ import annotations

import argparse
import sys

import torch
from sklearn.datasets import load_digits
from torch import nn

import swiftllc as sl


def trained(X: torch.Tensor, y: torch.Tensor, epochs: int) -> nn.Module:
    """Two convolutions and a linear layer, by Adam at a rate that falls to zero."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # so small a network gains nothing by more
    module = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(128):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(X[rows]), y[rows]).backward()
            optimizer.step()
        schedule.step()
    return module.eval()


def main() -> None:
    """Trains, converts, estimates."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="sample less")
    quick = parser.parse_args().quick

    digits = load_digits()
    images = torch.tensor(digits.images[:, None] / 16, dtype=torch.float32)  # (1797, 1, 8, 8)
    labels = torch.tensor(digits.target)
    X, y = images[:1000], labels[:1000]
    module = trained(X, y, epochs=100)
    right = (module(images[1000:]).argmax(1) == labels[1000:]).double().mean().item()

    model, params = sl.from_torch(module, X[:4], loss="cross_entropy")
    print(f"loss {model.loss(params, (X, y)):.5f}; of the other digits, {right:.1%} are right")

    result = sl.estimate_llc(
        model,
        params,
        (X, y),
        num_chains=2,
        budget=1_500_000 if quick else 5_000_000,
        seed=0,
        progress=sys.stderr.isatty(),
    )
    print(result)
    bound = model.parameter_count / 2
    print(f"d/2 = {bound:g} for {model.parameter_count} parameters; λ̂ is {result.llc / bound:.1%} of it")


if __name__ == "__main__":
    main()
