"""The estimates of a grid of settings, and the plateau in it, where the choice does not matter."""

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._plateau import innermost, largest_plateau
from swiftllc._table import table
from swiftllc.calibration.calibration import Calibration
from swiftllc.result import LLCResult

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

#: What λ̂ may differ by within a plateau, relative to the lowest one there, beyond the errors.
TOLERANCE = 0.05
#: The least number of points that make a plateau.
SMALLEST = 3


@dataclass(frozen=True)
class SweepRow:
    """One estimate of a sweep.

    Attributes:
        lr: The step size.
        localization: γ.
        nbeta: In force.
        llc: λ̂; NaN if the run diverged.
        stderr: Its Monte Carlo standard error.
        acceptance: As in ``Diagnostics``; NaN of samplers whose moves are no proposals.
        rhat: Rank-normalised R-hat.
        ess: Effective sample size.
        diverged: Whether the run diverged.
        reason: Why λ̂ is not to be trusted: the gravest of its warnings, or a standard error that is too large
            to tell. "" if it is.
        result: The estimate with its traces.
    """

    lr: float
    localization: float
    nbeta: float
    llc: float
    stderr: float
    acceptance: float
    rhat: float
    ess: float
    diverged: bool
    reason: str
    result: LLCResult = dataclasses.field(repr=False)


_COLUMNS = tuple(item.name for item in dataclasses.fields(SweepRow) if item.name != "result")


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """The estimates of a grid.

    The plateau is the largest set of neighbouring grid points, along lr and along localization at one nbeta,

    - each of which can be trusted: the run did not diverge, none of its warnings bears on the value, the
      acceptance is at least 0.9 (of MALA and HMC: any), and the standard error is below 5 % of λ̂;
    - and agrees with the lowest λ̂ among them, within twice their combined standard error and 5 % of it.

    It has at least three points, or there is none. Of sets of equal size the one of smaller spread is taken.

    Attributes:
        rows: The estimates, lr varying slowest and nbeta fastest; after Ctrl-C those that were completed.
        lr: The values of the grid, ascending, (i,).
        localization: Likewise, (j,).
        nbeta: Likewise, (k,).
        calibration: What was chosen for all of them and why, where no sampler was given.
        plateau: Which points belong to it, (i, j, k).
    """

    rows: list[SweepRow]
    lr: NDArray[np.float64]
    localization: NDArray[np.float64]
    nbeta: NDArray[np.float64]
    calibration: Calibration | None = None
    plateau: NDArray[np.bool_] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        """Looks for the plateau at each nbeta."""
        llc, stderr, trusted = self["llc"], self["stderr"], self["reason"] == ""
        trusted &= ~np.isnan(llc)
        found = np.zeros(llc.shape, np.bool_)
        for k in range(llc.shape[2]):
            part = largest_plateau(llc[:, :, k], stderr[:, :, k], trusted[:, :, k], TOLERANCE)
            if part.sum() >= SMALLEST and part.sum() > found.sum():
                found[...] = False
                found[:, :, k] = part
        object.__setattr__(self, "plateau", found)

    def __getitem__(self, column: str) -> NDArray[Any]:
        """A column of ``rows`` over the grid, (i, j, k); of rows that are missing NaN, False or "-"."""
        if column not in _COLUMNS:
            raise KeyError(f"there is no column {column!r}, only {', '.join(_COLUMNS)}")
        shape = (len(self.lr), len(self.localization), len(self.nbeta))
        missing: Any = {"diverged": False, "reason": "-"}.get(column, math.nan)
        values = [getattr(row, column) for row in self.rows]
        values += [missing] * (math.prod(shape) - len(values))
        return np.array(values, object if column == "reason" else None).reshape(shape)

    @property
    def best(self) -> SweepRow | None:
        """The suggestion: inside the plateau, that is with the most neighbours in it; None without one.

        Of points with as many, the one of the smallest standard error.
        """
        if not self.plateau.any():
            return None
        return self.rows[int(np.ravel_multi_index(self._best_index(), self.plateau.shape))]

    def _best_index(self) -> tuple[int, ...]:
        k = int(np.flatnonzero(self.plateau.any(axis=(0, 1)))[0])
        i, j = innermost(self.plateau[:, :, k], self["stderr"][:, :, k])
        return i, j, k

    @property
    def advice(self) -> str:
        """One sentence: which point to take and why, or that there is no plateau and what to try."""
        row = self.best
        if row is not None:
            values = self["llc"][self.plateau]
            return (
                f"Take lr = {row.lr:g}, localization = {row.localization:g}, nbeta = {row.nbeta:.6g}: λ̂ = "
                f"{row.llc:.5g} ± {row.stderr:.2g}. It lies inside a plateau of {values.size} of "
                f"{self.plateau.size} points, whose λ̂ are from {values.min():.5g} to {values.max():.5g}."
            )
        untrusted = sum(row.reason != "" for row in self.rows)
        return (
            f"No plateau: no {SMALLEST} neighbouring points can be trusted and agree within {TOLERANCE:.0%} "
            f"and their errors ({untrusted} of {len(self.rows)} cannot be trusted). Try other values of lr "
            "and localization, closer to one another, or more draws."
        )

    def __len__(self) -> int:
        """The number of estimates."""
        return len(self.rows)

    def __repr__(self) -> str:
        """One line."""
        i, j, k = self.plateau.shape
        return (
            f"Sweep({i} lr × {j} localization × {k} nbeta, {len(self)} estimates, plateau of "
            f"{np.count_nonzero(self.plateau)})"
        )

    def __str__(self) -> str:
        """A table in which the plateau is marked by *, and the advice."""
        marks = self.plateau.reshape(-1)
        rows = [
            (
                f"{row.lr:g}", f"{row.localization:g}", f"{row.nbeta:.6g}", f"{row.llc:.5g}",
                f"{row.stderr:.2g}", f"{row.acceptance:.3f}", f"{row.rhat:.3f}", f"{row.ess:.0f}",
                "*" if mark else "", _first_clause(row.reason),
            )
            for row, mark in zip(self.rows, marks, strict=False)
        ]  # fmt: skip
        header = ("lr", "localization", "nbeta", "λ̂", "±", "acceptance", "R-hat", "ESS", "plateau", "")
        notes = [row[-1] for row in rows]
        lines = table(header[:-1], [row[:-1] for row in rows]).split("\n")
        width = max(map(len, lines))
        noted = [f"{line:<{width}}  {note}".rstrip() for line, note in zip(lines[1:], notes, strict=True)]
        return "\n".join([lines[0], *noted, self.advice])

    def to_xarray(self) -> xarray.Dataset:
        """The columns over lr, localization and nbeta, with the plateau. Needs xarray.

        Raises:
            ImportError: xarray is not installed.
        """
        try:
            import xarray
        except ImportError as error:
            raise ImportError(
                "to_xarray() needs xarray, which is not installed: pip install swiftllc[xarray]"
            ) from error
        axes = ("lr", "localization", "nbeta")
        columns = {name: (axes, self[name]) for name in _COLUMNS if name not in axes}
        return xarray.Dataset(
            columns | {"plateau": (axes, self.plateau)},
            coords={name: getattr(self, name) for name in axes},
            attrs={"advice": self.advice},
        )

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draws λ̂ over lr, the plateau's points filled; needs matplotlib.

        Args:
            path: Where to save the figure, in the format of its suffix. None: only return it.

        Raises:
            ImportError: matplotlib is not installed.
        """
        from swiftllc._plot_series import sweep_figure

        return sweep_figure(self, path)


def _first_clause(sentence: str) -> str:
    """As much of a warning as a table has room for: up to its first colon, which gives the reason."""
    return sentence.split(": ")[0].split(". ")[0]
