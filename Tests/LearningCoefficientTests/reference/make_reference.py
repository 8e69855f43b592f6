"""Writes ArvizReference.swift: diagnostics of deterministic traces, as ArviZ computes them.

    pip install arviz==0.23.4
    python make_reference.py > ../Diagnostics/ArvizReference.swift

The traces are those of `ReferenceTrace.swift`, number for number: each operation below is rounded
once, in the same order. ArviZ has no figure for the rise of a trace's second half: here it is a
least-squares fit by `numpy.linalg.lstsq`, with a level for each chain.
"""

import warnings

import arviz
import numpy as np

# chains, draws, autoregression, shift of each chain against the one before, law
TRACES = [
    (4, 100, 0.0, 0.0, "plain"),  # independent
    (4, 1000, 0.9, 0.0, "plain"),  # slowly mixing
    (1, 500, 0.5, 0.0, "plain"),  # one chain
    (3, 101, 0.7, 0.0, "plain"),  # an odd number of draws
    (2, 400, -0.8, 0.0, "plain"),  # antithetic: more effective draws than draws
    (4, 50, -0.95, 0.0, "plain"),  # antithetic, at the cap N log10 N
    (4, 100, 0.3, 0.25, "plain"),  # chains in different places
    (2, 300, 0.99, 0.0, "plain"),  # far from converged
    (1, 4, 0.0, 0.0, "plain"),  # the shortest that has any figure
    (2, 4, 0.0, 0.0, "plain"),
    (1, 5, 0.0, 0.0, "plain"),
    (2, 5, 0.0, 0.0, "plain"),
    (1, 7, 0.0, 0.0, "plain"),
    (2, 8, 0.5, 0.0, "plain"),
    (3, 11, 0.2, 0.0, "plain"),
    (5, 16, 0.6, 0.0, "plain"),
    (2, 19, 0.4, 0.0, "plain"),  # one draw short of a tail
    (1, 20, 0.4, 0.0, "plain"),
    (3, 59, 0.4, 0.0, "plain"),  # stretches of two draws, and nine draws left over
    (4, 200, 0.8, 0.0, "rounded"),  # ties
    (3, 101, 0.7, 0.0, "rounded"),
    (2, 9, 0.3, 0.0, "rounded"),
    (4, 250, 0.8, 0.0, "sign"),  # two values
    (4, 100, -0.7, 0.0, "sign"),
    (4, 500, 0.7, 0.0, "quotient"),  # tails of Cauchy's kind
    (2, 151, 0.9, 0.0, "quotient"),
    (4, 200, 0.5, 0.0, "frozen"),  # a constant chain among others
    (2, 5, 0.5, 0.0, "frozen"),
    (4, 200, 0.5, 0.0, "widening"),  # chains of the same place and different spread
    (4, 400, 0.5, 0.0, "climbing"),
    (1, 403, 0.9, 0.0, "climbing"),
]

LAWS = {
    "plain": lambda x, u, chain, draw: x,
    "rounded": lambda x, u, chain, draw: np.floor(8 * x) / 8,
    "sign": lambda x, u, chain, draw: float(x > 0),
    "quotient": lambda x, u, chain, draw: x / u,
    "frozen": lambda x, u, chain, draw: 0.25 if chain == 0 else x,
    "widening": lambda x, u, chain, draw: (chain + 1) * x,
    "climbing": lambda x, u, chain, draw: x + draw / 128,
}


def trace(chains, draws, autoregression, shift, law):
    """x <- autoregression x + u, u uniform on [-1/2, 1/2) from Knuth's 64-bit generator."""
    state = 1
    values = np.empty((chains, draws))
    for chain in range(chains):
        x = 0.0
        for draw in range(draws):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            u = (state >> 11) / 2**53 - 0.5
            x = autoregression * x + u
            values[chain, draw] = LAWS[law](x, u, chain, draw) + chain * shift
    return values


def tail_rise(values):
    """The slope over the last half, times its length, and its standard error."""
    length = values.shape[1] // 20
    if length == 0:
        return np.nan, np.nan
    means = values[:, -10 * length :].reshape(len(values), 10, length).mean(axis=2)
    position = np.tile(np.arange(10) / 10, len(values))
    design = np.column_stack([position, np.repeat(np.eye(len(values)), 10, axis=0)])
    solution, residual, _, _ = np.linalg.lstsq(design, means.ravel(), rcond=None)
    variance = residual[0] / (means.size - design.shape[1])
    return solution[0], np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])


def figures(values):
    ess = arviz.ess(values, method="mean")
    several = len(values) > 1
    rise, error = tail_rise(values)
    return {
        "effectiveSampleSize": ess,
        "bulkEffectiveSampleSize": arviz.ess(values, method="bulk"),
        "tailEffectiveSampleSize": arviz.ess(values, method="tail"),
        "autocorrelationTime": 1 / arviz.ess(values, method="mean", relative=True),
        "splitRhat": arviz.rhat(values, method="split") if several else np.nan,
        "rankRhat": arviz.rhat(values, method="rank") if several else np.nan,
        "monteCarloError": arviz.mcse(values, method="mean"),
        "tailRise": rise,
        "tailRiseError": error,
    }


def literal(value):
    return ".nan" if np.isnan(value) else repr(float(value))


warnings.simplefilter("ignore")
print("// Written by reference/make_reference.py with ArviZ " + arviz.__version__ + ".\n")
print("let arvizReference: [ReferenceTrace] = [")
for chains, draws, autoregression, shift, law in TRACES:
    found = figures(trace(chains, draws, autoregression, shift, law))
    lines = [f"{name}: {literal(value)}" for name, value in found.items()]
    shape = f"chains: {chains}, draws: {draws}, autoregression: {autoregression}, shift: {shift}, law: .{law}"
    print(f"  ReferenceTrace(\n    {shape},\n    " + ",\n    ".join(lines) + "),")
print("]")
