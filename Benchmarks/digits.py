"""Real data for the cost of an answer: scikit-learn's digits, and a ReLU network trained on them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from problems import Problem
from sklearn.datasets import load_digits

import swiftllc as sl

WIDTHS = (64, 32, 10)


class Digits(Problem):
    """1797 images of 8x8; the weights are those after 107 epochs of Adam, at a loss of 0.04."""

    @cached_property
    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Images in 0 ... 1 and labels."""
        digits = load_digits()
        return (digits.data / 16).astype(np.float32), digits.target.astype(np.int64)

    @cached_property
    def params(self) -> sl.Parameters:
        """Trained, always to the same bits on one machine."""
        optimizer = sl.Adam(lr=1e-3)
        start = self.model.init(seed=0)
        return sl.train(
            self.model, start, self.data, optimizer=optimizer, steps=3000, batch_size=64, progress=False
        )


def network() -> sl.Layer:
    """64-32-10."""
    return sl.models.mlp(WIDTHS)


#: The step is the largest of a few whose moves are accepted with 0.95 or more.
PROBLEMS = {
    problem.name: problem
    for problem in (
        Digits(f"digits, batch {batch}", "mlp", network, (64,), batch, 1797, 10, lr=5e-4, localization=10.0)
        for batch in (32, 512)
    )
}
