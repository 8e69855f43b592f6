"""Writes ArvizReference.swift: diagnostics of deterministic traces, as ArviZ computes them.

    pip install arviz==0.23.4
    python make_reference.py > ../Diagnostics/ArvizReference.swift

The traces are those of `ReferenceTrace.swift`, number for number: each operation below is rounded
once, in the same order.
"""

import warnings

import arviz
import numpy as np

# chains, draws, autoregression, shift of each chain against the one before
TRACES = [
    (4, 100, 0.0, 0.0),  # independent
    (4, 1000, 0.9, 0.0),  # slowly mixing
    (1, 500, 0.5, 0.0),  # one chain
    (3, 101, 0.7, 0.0),  # an odd number of draws
    (2, 400, -0.8, 0.0),  # antithetic: more effective draws than draws
    (4, 50, -0.95, 0.0),  # antithetic, at the cap N log10 N
    (4, 100, 0.3, 0.25),  # chains in different places
    (2, 300, 0.99, 0.0),  # far from converged
    (1, 4, 0.0, 0.0),  # the shortest that has any figure
    (2, 5, 0.0, 0.0),
    (1, 7, 0.0, 0.0),
    (2, 8, 0.5, 0.0),
    (3, 11, 0.2, 0.0),
    (5, 16, 0.6, 0.0),
]


def trace(chains, draws, autoregression, shift):
    """x <- autoregression x + u, u uniform on [-1/2, 1/2) from Knuth's 64-bit generator."""
    state = 1
    values = np.empty((chains, draws))
    for chain in range(chains):
        x = 0.0
        for draw in range(draws):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            x = autoregression * x + ((state >> 11) / 2**53 - 0.5)
            values[chain, draw] = x + chain * shift
    return values


def literal(value):
    return ".nan" if np.isnan(value) else repr(float(value))


warnings.simplefilter("ignore")
print("// Written by reference/make_reference.py with ArviZ " + arviz.__version__ + ".\n")
print("let arvizReference: [ReferenceTrace] = [")
for chains, draws, autoregression, shift in TRACES:
    values = trace(chains, draws, autoregression, shift)
    ess = arviz.ess(values, method="mean")
    rhat = arviz.rhat(values, method="split") if chains > 1 else np.nan
    mcse = arviz.mcse(values, method="mean")
    print(
        f"  ReferenceTrace(\n"
        f"    chains: {chains}, draws: {draws}, autoregression: {autoregression}, shift: {shift},\n"
        f"    effectiveSampleSize: {literal(ess)}, splitRhat: {literal(rhat)},\n"
        f"    monteCarloError: {literal(mcse)}),"
    )
print("]")
