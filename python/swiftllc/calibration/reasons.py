"""One sentence for each choice of a calibration."""

from __future__ import annotations

from swiftllc.calibration.cost import Batches
from swiftllc.calibration.localization import Localization
from swiftllc.calibration.move import Move
from swiftllc.result import LLCResult


def localization(chosen: Localization) -> str:
    """By the layers, or by the stiffest direction."""
    value = f"localization {chosen.pull:.4g}"
    if chosen.reason == "given":
        return f"{value}: given."
    if chosen.stiffness == 0:
        return f"{value}: in proportion to the mean size of a layer; no curvature was found."
    share = f"{chosen.pull / chosen.stiffness:.2g} of nbeta times the largest curvature"
    if chosen.reason == "stiffness":
        return f"{value}: {share}, so that it leaves the stiff directions alone."
    return (
        f"{value}: in proportion to the mean size of a layer, which binds the flat directions; it is "
        f"{share}, and leaves the stiff ones alone."
    )


def batch(batches: Batches) -> str:
    """The size, and what it means for the noise of the gradients."""
    if batches.is_full:
        return f"batch_size {batches.size}: all samples, so that the gradients have no noise."
    return (
        f"batch_size {batches.size}: drawn with replacement, so that what the noise of the gradients adds to "
        "λ̂ can be measured and subtracted."
    )


def step(move: Move, pilot: LLCResult) -> str:
    """By the pilot; the bound is that of docs/calibration.md, measured by Benchmarks/step_bias.py."""
    accepted = f"with {pilot.sampler.lr:.4g} a pilot accepted {pilot.diagnostics.acceptance:.3f} of its moves"
    return f"lr {move.lr:.4g}: {accepted}; at 0.9 the size of the step adds less than 2% to λ̂."


def friction(move: Move, relaxation: float) -> str:
    """By what it does to flat directions."""
    chosen = f"friction {move.sampler.friction:.4g}"
    if move.localization == 0:
        return f"{chosen}: nothing holds the flat directions, which never settle."
    return f"{chosen}: directions that the localization alone holds settle in {relaxation:.0f} steps."


def length(
    chains: int, steps: int, *, times: float, budget: int, spent: int, is_longest: bool, is_held: bool
) -> str:
    """``times`` relaxation times a chain, ``is_longest`` if more steps are never made."""
    number = "1 chain" if chains == 1 else f"{chains} chains"
    rounded = f"{times:.0f}" if times >= 10 else f"{times:.1f}"
    settle = f", in which they settle {rounded} times" if is_held else ""
    source = f"what is left of {budget} sample gradients after {spent} for the calibration"
    if is_longest:
        source = f"{source} would be more, but no run is longer"
    sentence = f"{number} of {steps} steps{settle}: {source}."
    if is_held and times < 1 and not is_longest:
        return f"{sentence} That is short: λ̂ may be too low. Raise budget."
    return sentence
