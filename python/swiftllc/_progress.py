"""Showing how far a run is, from the calling thread only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from swiftllc._errors import ArgumentTypeError

Callback = Callable[[int, int], object]

_INTERVAL = 0.1  # seconds between two updates
_PATIENCE = 1.0  # seconds before a bar appears: a run that is over by then needs none


def checked(progress: Any) -> None:
    """ArgumentTypeError unless it is True, False or a function."""
    if not isinstance(progress, bool) and not callable(progress):
        raise ArgumentTypeError(f"progress must be True, False or a function; got {progress!r}.")


class Reporter:
    """Passes (done, total) on at most ten times a second, never backwards, the end exactly once."""

    def __init__(self, progress: Any, title: str, unit: str = "step") -> None:
        """Chooses what shows it.

        Args:
            progress: False, True (tqdm where it is installed, else a line on stderr), or a function of the
                steps done and their total.
            title: What stands before the bar.
            unit: One of what is counted.
        """
        checked(progress)
        self._display: Callback | None = None
        self._close: Callable[[], object] | None = None
        self._done = -1
        self._time = 0.0
        if callable(progress):
            self._display = progress
        elif progress:
            bar = _LateBar(title, unit)
            self._display, self._close = bar.show, bar.close

    def __enter__(self) -> Reporter:
        """The reporter itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Leaves the terminal on a fresh line."""
        if self._close:
            self._close()

    def __call__(self, done: int, total: int) -> None:
        """Takes the number of steps done and their total, or 0 while that is not known."""
        now = time.monotonic()
        early = (done < total or not total) and now - self._time < _INTERVAL
        if self._display is None or done <= self._done or early:
            return
        self._done, self._time = done, now
        self._display(done, total)


class _LateBar:
    """A bar that appears when a run turns out to be long."""

    def __init__(self, title: str, unit: str) -> None:
        self._title, self._unit = title, unit
        self._begin = time.monotonic()
        self._bar: _TqdmBar | _Line | None = None

    def show(self, done: int, total: int) -> None:
        if self._bar is None and time.monotonic() - self._begin >= _PATIENCE:
            self._bar = _bar(self._title, self._unit, done)
        if self._bar is not None:
            self._bar.show(done, total)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(title: str, unit: str, done: int) -> _TqdmBar | _Line:
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        return _Line(title, unit)
    return _TqdmBar(tqdm, title, unit, done)


class _TqdmBar:
    def __init__(self, tqdm: Any, title: str, unit: str, done: int) -> None:
        # Our own rate limit is the only one, so that tqdm cannot swallow the last update. What was done
        # before the bar appeared does not count towards its speed.
        options = {"unit": unit, "unit_scale": True, "mininterval": 0, "miniters": 0}
        self._bar = tqdm(desc=title, initial=done, **options)

    def show(self, done: int, total: int) -> None:
        self._bar.total = total or None
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Line:
    """One line on stderr, rewritten in place; a log file gets the whole history of it."""

    def __init__(self, title: str, unit: str) -> None:
        self._title, self._unit = title, unit
        self._started = False

    def show(self, done: int, total: int) -> None:
        if sys.stderr is not None:  # as in a windowed program
            self._started = True
            share = (
                f"{done} of {total} {self._unit}s ({done / total:.0%})" if total else f"{done} {self._unit}s"
            )
            sys.stderr.write(f"\r{self._title}: {share}")
            sys.stderr.flush()

    def close(self) -> None:
        if self._started:
            sys.stderr.write("\n")
            sys.stderr.flush()
