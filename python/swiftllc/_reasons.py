"""One sentence for each choice of a calibration."""

from __future__ import annotations

from swiftllc._pilots import Batches, Move


def localization(pull: float, *, stiffness: float, why: str) -> str:
    """``why``: "given", "layers" or "stiffness"; ``stiffness`` is nbeta times the largest curvature."""
    chosen = f"localization {pull:.4g}"
    if why == "given":
        return f"{chosen}: given."
    if stiffness == 0:
        return f"{chosen}: in proportion to the mean size of a layer; no curvature was found."
    share = f"{pull / stiffness:.2g} of nbeta times the largest curvature"
    if why == "stiffness":
        return f"{chosen}: {share}, so that it leaves the stiff directions alone."
    return (
        f"{chosen}: in proportion to the mean size of a layer, which binds the flat directions; it is "
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


def step(move: Move, acceptance: float) -> str:
    """By the pilot; the bound is that of docs/calibration.md, measured by Benchmarks/step_bias.py."""
    return (
        f"lr {move.lr:.4g}: a pilot accepted {acceptance:.3f} of its moves; at 0.9 the size of the step adds "
        "less than 2% to λ̂."
    )


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
