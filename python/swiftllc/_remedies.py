"""What to change, by the options that a result's sampler has: the last sentence of a warning."""

from __future__ import annotations

from swiftllc.result import LLCResult
from swiftllc.samplers import SGHMC, Sampler, UnderdampedLangevin


def smaller_step(result: LLCResult) -> str:
    """Against a step that is too large."""
    return f"{_lower_lr(result)}."


def _lower_lr(result: LLCResult) -> str:
    change = f"Lower lr (now {result.sampler.lr:g})"
    # Where it was chosen, it cannot be given alone.
    return change if result.calibration is None else f"{change}, by sampler= and **result.calibration.options"


def calmer(result: LLCResult) -> str:
    """Against noise of the gradients, or a chain that has run away."""
    changes = [_lower_lr(result), *_friction(result.sampler, "raise")]
    batch_size = result.settings["batch_size"]
    if batch_size < result.n:
        changes.append(f"raise batch_size (now {batch_size})")
    return _listed(changes, "and")


def longer(result: LLCResult) -> str:
    """Against a trace that has not settled."""
    if result.calibration is not None:
        return _more(result.calibration.budget)
    settings = result.settings
    scored = result.diagnostics.acceptance == result.diagnostics.acceptance  # not NaN
    changes = [
        f"Raise num_burnin_steps (now {settings['num_burnin_steps']}) and num_draws (now "
        f"{settings['num_draws']})",
        "or lr if the acceptance allows it" if scored else f"or lr (now {result.sampler.lr:g})",
        *(f"or {change}" for change in _friction(result.sampler, "lower")),
    ]
    return ", ".join(changes) + "."


def agreeing(result: LLCResult) -> str:
    """Against chains that do not agree."""
    if result.calibration is not None:
        return _more(result.calibration.budget)
    settings = result.settings
    return (
        f"Raise num_draws (now {settings['num_draws']}) or num_steps_bw_draws (now "
        f"{settings['num_steps_bw_draws']})."
    )


def _more(budget: int) -> str:
    """Where the length is chosen, the options that say it are refused."""
    return f"Raise budget (now {budget})."


def _friction(sampler: Sampler, verb: str) -> list[str]:
    if not isinstance(sampler, (SGHMC, UnderdampedLangevin)):
        return []
    return [f"{verb} friction (now {sampler.friction:g})"]


def _listed(changes: list[str], word: str) -> str:
    if len(changes) == 1:
        return f"{changes[0]}."
    return f"{', '.join(changes[:-1])} {word} {changes[-1]}."
