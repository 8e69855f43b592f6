"""Diagnostics against ArviZ itself, where it is installed; `LearningCoefficientTests` has recorded values."""

import math

import numpy as np
import pytest

from swiftllc._traces import estimated

arviz = pytest.importorskip("arviz", reason="ArviZ is not installed: the recorded values must do")

pytestmark = pytest.mark.filterwarnings("ignore")  # of ArviZ, which divides by zero


def autoregressive(rng, chains, draws, correlation):
    x = rng.normal(size=(chains, draws))
    for t in range(1, draws):
        x[:, t] += correlation * x[:, t - 1]
    return x


def sticky(x, rng):
    """Draws that repeat the one before half of the time, as of a sampler that rejects."""
    for t in range(1, x.shape[1]):
        stays = rng.random(len(x)) < 0.5
        x[stays, t] = x[stays, t - 1]
    return x


LAWS = {
    "plain": lambda x, rng: x,
    "ties": lambda x, rng: np.round(4 * x) / 4,
    "sticky": sticky,
    "heavy tails": lambda x, rng: x / rng.normal(size=x.shape),
    "one chain constant": lambda x, rng: np.where(np.arange(len(x))[:, None] == 0, 0.3, x),
    "places": lambda x, rng: x + np.arange(len(x))[:, None],
    "spreads": lambda x, rng: x * (1 + np.arange(len(x)))[:, None],
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("correlation", [0.0, 0.9, -0.8])
@pytest.mark.parametrize("chains", [1, 2, 4])
def test_every_figure_that_arviz_has_is_the_same(law, correlation, chains):
    rng = np.random.default_rng([chains, round(10 * abs(correlation)), len(law)])
    for draws in (4, 5, 8, 11, 30, 101, 400):
        x = LAWS[law](autoregressive(rng, chains, draws, correlation), rng)
        _, estimate = estimated(x, np.zeros_like(x), 1.0)
        several = chains > 1
        figures = {
            "effective_sample_size": arviz.ess(x, method="mean"),
            "bulk_ess": arviz.ess(x, method="bulk"),
            "tail_ess": arviz.ess(x, method="tail"),
            "monte_carlo_error": arviz.mcse(x, method="mean"),
            "split_rhat": arviz.rhat(x, method="split") if several else math.nan,
            "rank_rhat": arviz.rhat(x, method="rank") if several else math.nan,
        }
        ours = {name: getattr(estimate, name) for name in figures}
        # Of a constant, ArviZ finds an error of 1e-17, its rounding.
        assert ours == pytest.approx(figures, rel=1e-9, abs=1e-15, nan_ok=True), (draws, x)
        # Of an oscillating trace the error is larger than ArviZ's, of none smaller.
        assert not estimate.standard_error < estimate.monte_carlo_error
