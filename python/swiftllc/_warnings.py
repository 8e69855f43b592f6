"""One plain sentence for each finding: the number that was seen, and what to change.

The thresholds are meant to be quiet on a healthy run: ``test_warnings.py`` counts false alarms.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from swiftllc._heat import noise_bias, thermostat
from swiftllc._remedies import agreeing, calmer, longer, smaller_step
from swiftllc.result import LLCResult
from swiftllc.samplers import HMC, MALA, AdamSGLD, RMSPropSGLD, Sampler, UnderdampedLangevin

#: Of a sampler that does not reject; below it the step biases λ̂ (docs/calibration.md, "What the step adds").
LEAST_ACCEPTANCE = 0.9


def findings(result: LLCResult) -> list[str]:
    """The sentences for a result, the gravest first; none where there is no estimate to doubt."""
    return _said(result, (*_DOUBTS, _chains, _metric))


def doubts(result: LLCResult) -> list[str]:
    """Those of ``findings`` that say why the value itself is not to be trusted."""
    return _said(result, _DOUBTS)


def _said(result: LLCResult, checks: tuple[Callable[[LLCResult], str | None], ...]) -> list[str]:
    if math.isnan(result.llc):
        return []
    if result.settings["num_parameters"] == 0:
        return ["The mask leaves no parameter free: the chains cannot move, and λ̂ is 0. Free some of them."]
    return [sentence for check in checks if (sentence := check(result))]


def divergence(chain: int, step: int, sampler: Sampler) -> str:
    """What to say of the chain that diverged first."""
    if step == 0:
        return (
            f"Chain {chain} cannot start: the loss at params itself, where it begins, is not finite. "
            "Check the parameters, and the scale of the data."
        )
    sentence = (
        f"Chain {chain} diverged: its loss stopped being finite at step {step}. Lower lr (now {sampler.lr:g})"
    )
    # Which number must stay below 4, for the pull alone, or the chain is unstable.
    squared = isinstance(sampler, UnderdampedLangevin)
    pull = sampler.lr ** (2 if squared else 1) * sampler.localization
    rescaled = getattr(sampler, "preconditioner", None) is not None and _is_isotropic(sampler)
    if isinstance(sampler, (RMSPropSGLD, AdamSGLD)) or pull < 1 or rescaled:
        return f"{sentence}."
    return (
        f"{sentence}, or localization (now {sampler.localization:g}): lr{'²' if squared else ''} · "
        f"localization is {pull:.3g}, and must stay well below 4."
    )


def _baseline_shift(result: LLCResult) -> float:
    """How much the ``init_loss`` that was given adds to λ̂, where that matters; else 0."""
    seen = result.diagnostics
    if seen.loss_samples < result.n:  # it has an error of its own
        return 0.0
    shift = result.nbeta * (seen.loss - result.init_loss)
    error = 0.0 if math.isnan(result.stderr) else result.stderr
    matters = abs(shift) > 2 * error and abs(shift) > 0.05 * abs(result.llc)
    return shift if matters else 0.0


def _baseline(result: LLCResult) -> str | None:
    shift = _baseline_shift(result)
    if shift == 0:
        return None
    return (
        f"init_loss is {result.init_loss:.6g}, but the mean loss at params is {result.diagnostics.loss:.6g}: "
        f"that alone moves λ̂ by {shift:+.4g}. Leave init_loss out, or give the mean loss at params."
    )


def _bound(result: LLCResult) -> str | None:
    bound = result.settings["num_parameters"] / 2
    llc = result.llc - _baseline_shift(result)
    excess = llc - 1.25 * bound
    # A chain that has run away has no error to speak of: it is as large as the value, or NaN.
    if not (excess > 4 * result.stderr or llc > 100 * bound):
        return None
    return (
        f"λ̂ is {llc:.4g}, above d/2 = {bound:g} for the d = {result.settings['num_parameters']} "
        "parameters, which no learning coefficient exceeds: the chains ran away, or the step is far too "
        f"large. {calmer(result)}"
    )


def _minimum(result: LLCResult) -> str | None:
    seen = result.diagnostics
    shift = _baseline_shift(result)
    negative = result.llc - shift < 0
    # On the full data no draw lies below a minimum. A small batch throws draws below the baseline by its
    # noise alone, so that there only their mean, which is unbiased, tells something.
    exact = result.settings["batch_size"] == result.n and shift == 0
    if not negative and not (exact and seen.below_baseline > 0.1):
        return None
    if result.noise_bias > abs(result.llc):  # then it is that which was subtracted
        return None
    value = (
        f"λ̂ is negative ({result.llc - shift:.4g})" if negative else "λ̂ is measured from too high a baseline"
    )
    return (
        f"{value}: the parameters given are not a local minimum of the loss ({seen.below_baseline:.0%} of "
        f"the draws lie below the loss there, and the gradient's norm is {seen.gradient_norm:.3g}). Train "
        "further, or raise localization."
    )


def _noise(result: LLCResult) -> str | None:
    noise_level = result.settings.get("noise_level", 1)
    if noise_level == 1:
        return None
    return (
        f"noise_level is {noise_level:g}: the draws are not samples of the posterior, and "
        "this is no estimate of λ. Set it to 1."
    )


def _heat(result: LLCResult) -> str | None:
    bias, heated = noise_bias(result), result.llc + result.noise_bias
    # What is subtracted is known to a tenth of itself or so.
    tolerated = 0.25 if result.noise_bias else 0.05
    if not (heated > 0 and bias > tolerated * heated):
        return None
    seen = result.diagnostics
    hot = f", whose temperature is {seen.temperature:.3g}," if not math.isnan(seen.temperature) else ""
    effect = f"makes λ̂ too high by about {bias:.3g}"
    if result.noise_bias:
        effect = f"made the draws too high by about {bias:.3g}, too much to be subtracted safely"
    noise = f"The noise of the gradients, {seen.gradient_noise:.4g}, heats the chain{hot}"
    return f"{noise} and {effect}. {calmer(result)}"


def _thermostat(result: LLCResult) -> str | None:
    friction = thermostat(result)
    if not friction > 0.2:
        return None
    return (
        f"The thermostat settles at about {friction:.3g}: by the size of its step it then makes λ̂ too low, "
        f"by {min(friction / 2, 1):.0%} or so. {calmer(result)[:-1]}, or friction (now "
        f"{getattr(result.sampler, 'friction', math.nan):g})."
    )


def _box(result: LLCResult) -> str | None:
    box = result.sampler.bounding_box
    if box is None:
        return None
    squares = result.distances[np.isfinite(result.distances)] ** 2
    size = math.sqrt(squares.mean() / result.settings["num_parameters"]) if squares.size else 0.0
    # A Gaussian of 0.4 times the box has a hundredth of its mass beyond; 0.58 is the uniform law.
    if size < 0.4 * box:
        return None
    return (
        f"The bounding box binds: the weights are {size:.3g} away from w* in root mean square, and the box "
        f"ends at {box:g}, so λ̂ is that of a cut-off posterior. Raise bounding_box, or raise localization "
        f"(now {result.sampler.localization:g}) until it does not bind."
    )


def _step_size(result: LLCResult) -> str | None:
    acceptance = result.diagnostics.acceptance
    if isinstance(result.sampler, (MALA, HMC)):  # which have no bias, but may hardly move
        if not acceptance < 0.1:
            return None
        return (
            f"The acceptance is {acceptance:.3f}: the step is so large that nearly every move is rejected. "
            f"{smaller_step(result)}"
        )
    if not acceptance < LEAST_ACCEPTANCE:
        return None
    if isinstance(result.sampler, UnderdampedLangevin):  # without bias where the loss is quadratic
        return (
            f"The acceptance is {acceptance:.3f}, below {LEAST_ACCEPTANCE}: the step is so large that it "
            f"biases λ̂ where the loss is not quadratic. {smaller_step(result)}"
        )
    return (
        f"The acceptance is {acceptance:.3f}, below {LEAST_ACCEPTANCE}: the step is so large that it "
        f"biases λ̂ upwards. {smaller_step(result)}"
    )


def _mixing(result: LLCResult) -> str | None:
    if _bound(result):  # more draws would not help
        return None
    seen = result.diagnostics
    rise, error = seen.tail_rise, seen.tail_rise_stderr
    # Three standard errors would be exceeded by one healthy run in a hundred.
    if result.llc > 0 and rise > 4 * error and rise > 0.05 * result.llc:
        return (
            f"The trace is still climbing, by {rise:.3g} ± {error:.2g} over the second half of the draws, so "
            f"λ̂ is too low. {longer(result)}"
        )
    # 1.01, which Vehtari et al. ask for, healthy runs of 800 effective draws still exceed in 3 cases of 100.
    if seen.rank_rhat > 1.05:
        return (
            f"Rank-normalised R-hat is {seen.rank_rhat:.3f}, above 1.05: the chains do not agree yet. "
            f"{agreeing(result)}"
        )
    return None


def _burnin(result: LLCResult) -> str | None:
    if result.settings["num_burnin_steps"] > 0 or result.settings["burnin"] == "auto":
        return None
    draws = result.llc_per_draw[np.isfinite(result.llc_per_chain)]
    draws = draws[:, ~np.isnan(draws).any(axis=0)]
    tenth = draws.shape[1] // 10
    if tenth > 0:
        early, late = draws[:, :tenth].mean(), draws[:, tenth:].mean()
        seen = f"the first tenth of the draws averages {early:.4g} and the rest {late:.4g}"
    else:
        seen = "the draws near it pull λ̂ down"
    return (
        "num_burnin_steps is 0 and every chain starts at the centre, where a draw counts 0: "
        f"{seen}. Raise num_burnin_steps."
    )


def _chains(result: LLCResult) -> str | None:
    if len(result.losses) > 1 or result.calibration is not None:
        return None
    return (
        "There is one chain, so llc_std and R-hat, which compare chains, are NaN. Raise num_chains, to 4 say."
    )


def _metric(result: LLCResult) -> str | None:
    sampler = result.sampler
    if (
        getattr(sampler, "preconditioner", None) is None
        or sampler.localization == 0
        or not _is_isotropic(sampler)
    ):
        return None
    return (
        f"The localization ({sampler.localization:g}) is isotropic under a preconditioner, so that λ̂ changes "
        "when weights are rescaled without changing the function. Set localization_metric='preconditioner'."
    )


def _is_isotropic(sampler: Sampler) -> bool:
    return bool(getattr(sampler, "localization_metric", "isotropic") == "isotropic")


#: What bears on the value, the gravest first.
_DOUBTS = (
    _baseline,
    _bound,
    _minimum,
    _noise,
    _heat,
    _thermostat,
    _step_size,
    _mixing,
    _burnin,
    _box,
)
