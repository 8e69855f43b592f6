"""A native run from its start to the end of its threads, interruptible in between."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_void_p
from typing import Any

from swiftllc import _abi
from swiftllc._errors import check
from swiftllc._library import lib
from swiftllc._progress import Reporter

_MILLISECONDS = 50  # how long Python, and with it Ctrl-C, waits for the native side at a time


def complete(
    start: Callable[[Any], int], borrowed: tuple[Any, ...], reporter: Reporter
) -> tuple[_abi.Progress, bool]:
    """Starts a run and waits until all its threads have ended.

    Args:
        start: Calls ``sllc_..._start`` with a pointer to a new handle and returns its status.
        borrowed: What the native threads read and write.
        reporter: Told the steps done and their total.

    Returns:
        The last progress, and whether Ctrl-C ended the run.
    """
    run = _Run(borrowed)
    try:
        check(start(byref(run.handle)))
        try:
            return _wait(run.handle, reporter), False
        except KeyboardInterrupt:
            check(lib.sllc_run_cancel(run.handle))
            return _wait(run.handle, None), True
    finally:
        run.free()


class _Run:
    """A handle together with the memory that its threads use.

    A second Ctrl-C may arrive at any instruction, even inside ``finally``. The arrays hang on this object,
    and it frees the run (which ends the threads) before it lets go of them.
    """

    def __init__(self, borrowed: tuple[Any, ...]) -> None:
        self.handle = c_void_p()
        self._borrowed = borrowed

    def free(self) -> None:
        handle, self.handle = self.handle, c_void_p()
        lib.sllc_run_free(handle)

    def __del__(self) -> None:
        self.free()


def _wait(run: c_void_p, reporter: Reporter | None) -> _abi.Progress:
    progress = _abi.sized(_abi.Progress)
    while True:
        check(lib.sllc_run_wait(run, _MILLISECONDS, byref(progress)))
        if reporter:
            reporter(progress.steps_done, progress.steps_total)
        if progress.state != _abi.SLLC_RUNNING:
            return progress
