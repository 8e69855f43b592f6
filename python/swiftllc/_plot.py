"""The figure of a result, and what all figures have in common. matplotlib is imported when one is drawn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from swiftllc.result import LLCResult


def plotted(result: LLCResult, path: str | os.PathLike[str] | None) -> Figure:
    """Running λ̂ per chain with the estimate's band, above the traces that it is the mean of."""
    figure = new_figure(path, (7, 6))
    running, traces = figure.subplots(2, 1, sharex=True)
    draws = np.arange(1, result.losses.shape[1] + 1)
    for chain, (mean, trace) in enumerate(zip(result.running_llc, result.llc_per_draw, strict=True)):
        running.plot(draws, mean, linewidth=1.2, label=f"chain {chain}")
        traces.plot(draws, trace, linewidth=0.6)
    running.axhline(result.llc, color="black", linewidth=1)
    running.axhspan(
        result.llc - 2 * result.stderr, result.llc + 2 * result.stderr, color="black", alpha=0.12, linewidth=0
    )
    running.set_ylabel("running λ̂")
    running.set_title(f"λ̂ = {result.llc:.4g} ± {result.stderr:.2g}")
    if len(result.losses) <= 8:
        running.legend(frameon=False, fontsize="small")
    traces.set_xlabel("draw")
    traces.set_ylabel("nβ (L(w) - L(w*))")
    return saved(figure, path)


def new_figure(path: str | os.PathLike[str] | None, size: tuple[float, float]) -> Figure:
    """An empty figure of that size in inches, to be saved or, where there is no path, shown."""
    try:
        from matplotlib import pyplot
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "plot() needs matplotlib, which is not installed: pip install swiftllc[plot]"
        ) from error

    # A saved figure needs no window, and must not stay in pyplot's list of open ones.
    make = pyplot.figure if path is None else Figure
    figure: Figure = make(figsize=size, layout="constrained")
    return figure


def saved(figure: Figure, path: str | os.PathLike[str] | None) -> Figure:
    """The figure, after it was saved if there is a path."""
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure
