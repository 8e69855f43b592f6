"""The figures of several estimates. matplotlib is imported when they are drawn."""

from __future__ import annotations

import numbers
import os
from typing import TYPE_CHECKING

import numpy as np

from swiftllc._plot import new_figure, saved

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from swiftllc.grid import Sweep
    from swiftllc.trajectory import Trajectory


def trajectory_figure(trajectory: Trajectory, path: str | os.PathLike[str] | None) -> Figure:
    """λ̂ with its standard error over the labels, on a scale of numbers where they are numbers."""
    figure = new_figure(path, (7, 4))
    axes = figure.subplots()
    numeric = all(isinstance(label, numbers.Real) for label in trajectory.labels)
    places = np.asarray(trajectory.labels, float) if numeric else np.arange(len(trajectory))
    axes.errorbar(places, trajectory.llc, 2 * trajectory.stderr, marker="o", markersize=4, capsize=2)
    if not numeric:
        axes.set_xticks(places, [str(label) for label in trajectory.labels])
    axes.set_xlabel("checkpoint")
    axes.set_ylabel("λ̂ ± 2 standard errors")
    return saved(figure, path)


def sweep_figure(sweep: Sweep, path: str | os.PathLike[str] | None) -> Figure:
    """λ̂ over lr, a line for each localization and nbeta; the plateau's points are filled."""
    figure = new_figure(path, (7, 4.5))
    axes = figure.subplots()
    llc, stderr, plateau = sweep["llc"], sweep["stderr"], sweep.plateau
    for k, nbeta in enumerate(sweep.nbeta):
        for j, localization in enumerate(sweep.localization):
            label = f"localization {localization:g}" + (f", nbeta {nbeta:g}" if len(sweep.nbeta) > 1 else "")
            line = axes.errorbar(sweep.lr, llc[:, j, k], 2 * stderr[:, j, k], capsize=2, label=label)
            colour = line.lines[0].get_color()
            for chosen, fill in ((plateau[:, j, k], colour), (~plateau[:, j, k], "white")):
                axes.plot(
                    sweep.lr[chosen], llc[chosen, j, k], "o", markersize=6, color=colour,
                    markerfacecolor=fill,
                )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlabel("lr")
    axes.set_ylabel("λ̂ ± 2 standard errors")
    axes.set_title("filled: the plateau" if plateau.any() else "no plateau")
    axes.legend(frameon=False, fontsize="small")
    return saved(figure, path)
