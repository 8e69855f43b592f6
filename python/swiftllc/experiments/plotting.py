"""Figures of several panels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def panels(path: Path, count: int, columns: int = 3) -> Iterator[list[Any]]:
    """So many axes; what was drawn in them is written at the end.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("Figures need matplotlib: pip install 'swiftllc[plot]', or --no-figure.") from error
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    figure = Figure(figsize=(4 * columns, 3.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for unused in axes[count:]:
        unused.remove()
    yield axes[:count]
    figure.savefig(path, dpi=110)


def label_decades(axis: Any) -> None:
    """Numbers at 1 and 3 of each decade; matplotlib's own overlap on an axis of one or two decades."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 3)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())
