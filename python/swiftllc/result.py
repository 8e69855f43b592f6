"""The result of an estimate."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swiftllc.diagnostics import Diagnostics
from swiftllc.samplers import Sampler

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from swiftllc.calibration.calibration import Calibration


@dataclass(frozen=True, eq=False, repr=False)
class LLCResult:
    """An estimate of the local learning coefficient, with all it was made from.

    λ̂ = nbeta (E[L(w)] - L(w*)) over the draws (Lau et al., arXiv 2308.12108), each draw's loss and the loss
    at w* taken on the same minibatch.

    Attributes:
        llc: λ̂, the mean over the chains, less ``noise_bias``. Not clipped: a negative value comes with a
            warning.
        stderr: Monte Carlo standard error of ``llc``, from the effective sample size, or from a smaller one
            where the trace oscillates (docs/math.md). It does not contain the error of ``noise_bias``.
        llc_std: Standard deviation between the chains (ddof = 1); NaN with one chain.
        llc_per_chain: (chain,), less ``noise_bias``.
        noise_bias: What was subtracted from the mean of the draws, because the noise of minibatch gradients
            heats the chains by that much (docs/math.md); 0 unless ``correct_noise_bias`` asked for it.
        losses: Mean loss of each draw on its minibatch, (chain, draw). Draws not reached are NaN.
        baselines: What is subtracted from it, (chain, draw): the loss at w* on the same minibatch, or
            ``init_loss`` where that was given.
        distances: |w - w*| of each draw, (chain, draw).
        init_loss: The one that was given, else the mean loss at w* (over ``diagnostics.loss_samples``).
        nbeta: The inverse temperature in force.
        n: The number of samples.
        seed: The seed in force, also if none was given.
        sampler: As it was given.
        settings: Everything that was in force, defaults resolved.
        diagnostics: The health of the run.
        calibration: What ``estimate_llc`` chose and why, where it was given no sampler.
        warnings: One sentence for each finding: what was seen, and what to change.
    """

    llc: float
    stderr: float
    llc_std: float
    llc_per_chain: NDArray[np.float64]
    losses: NDArray[np.float64]
    baselines: NDArray[np.float64]
    distances: NDArray[np.float64]
    init_loss: float
    nbeta: float
    n: int
    seed: int
    sampler: Sampler
    settings: dict[str, Any]
    diagnostics: Diagnostics
    noise_bias: float = 0.0
    calibration: Calibration | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def llc_per_draw(self) -> NDArray[np.float64]:
        """What each draw contributes, nbeta (loss - baseline), (chain, draw).

        Its mean is ``llc`` + ``noise_bias``.
        """
        with np.errstate(over="ignore"):  # of a run that is diverging
            return self.nbeta * (self.losses - self.baselines)

    @property
    def running_llc(self) -> NDArray[np.float64]:
        """The mean of ``llc_per_draw`` over the draws up to each one, (chain, draw)."""
        count = np.arange(1, self.losses.shape[1] + 1)
        return np.asarray(np.cumsum(self.llc_per_draw, axis=1) / count)

    def __repr__(self) -> str:
        """One line."""
        found = f", {_counted(len(self.warnings), 'warning')}" if self.warnings else ""
        return f"LLCResult(llc={self.llc:.5g} ± {self.stderr:.2g}, {self._size()}{found})"

    def __str__(self) -> str:
        """The estimate, its health and the warnings."""
        seen = self.diagnostics
        given = "" if self.settings["init_loss"] == "paired" else f" (init_loss = {self.init_loss:.6g})"
        lines = [
            f"λ̂ = {self.llc:.5g} ± {self.stderr:.2g} (standard error), std between chains {self.llc_std:.2g}",
            f"  {self._size()}, n = {self.n}, nbeta = {self.nbeta:.6g}, seed = {self.seed}",
            f"  loss at the centre {seen.loss:.6g}{given}, norm of its gradient {seen.gradient_norm:.3g}",
            f"  acceptance {seen.acceptance:.3f}, rank R-hat {seen.rank_rhat:.3f}, ESS {seen.ess:.0f}, "
            f"below the baseline {seen.below_baseline:.0%}",
        ]
        if self.noise_bias:
            lines.append(f"  {self.noise_bias:.3g} for the noise of the gradients is subtracted")
        if self.settings["stop_at_relative_error"] and not np.isnan(self.losses).any():
            lines.append(f"  {self._end()}")
        if self.calibration is not None:
            lines += [f"  {reason}" for reason in self.calibration.reasons]
        return "\n".join(lines + [f"  warning: {sentence}" for sentence in self.warnings])

    def _end(self) -> str:
        """Why the run ended when it did."""
        share = abs(self.stderr / self.llc) if self.llc else math.nan
        reason = "stopped early" if self.settings["stopped_early"] else "all draws were made"
        return f"{reason}: the standard error is {share:.1%} of λ̂"

    def _size(self) -> str:
        chains, draws = self.losses.shape
        size = f"{_counted(chains, 'chain')} × {_counted(draws, 'draw')}"
        reached = np.count_nonzero(~np.isnan(self.losses))
        return size if reached == self.losses.size else f"{size}, {reached} of them reached"

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draws the running λ̂ of each chain above the traces; needs matplotlib.

        Args:
            path: Where to save the figure, in the format of its suffix. None: only return it.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from swiftllc._plot import plotted

        return plotted(self, path)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
