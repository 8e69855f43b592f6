"""Carries out the tasks of an experiment that are not done yet."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from swiftllc._progress import Callback, Reporter
from swiftllc.experiments.experiment import Experiment, Progress, Task
from swiftllc.experiments.record import Record

#: Of a bar that says how far all tasks together are.
_PARTS = 1000


class _Meter:
    """Adds up what running tasks report, by their costs."""

    def __init__(self, tasks: Sequence[Task], show: Callback) -> None:
        self._lock = threading.Lock()
        self._shares: dict[int, float] = {}
        self._costs = [task.cost for task in tasks]
        self._show = show

    def report(self, number: int, share: float) -> None:
        with self._lock:
            self._shares[number] = share
            done = sum(self._costs[i] * share for i, share in self._shares.items())
            self._show(round(_PARTS * done / sum(self._costs)), _PARTS)


@contextmanager
def _no_warnings() -> Iterator[None]:
    """What an estimate warns of is for the experiment to judge. Not in its threads: all share the filters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class _Report:
    """See ``experiment.Report``."""

    show: Progress
    stopped: threading.Event
    output: Path
    folder: Path

    def __call__(self, share: float) -> None:
        if self.stopped.is_set():
            raise _Stopped
        self.show(share)


class _Stopped(Exception):
    """Ends a task whose result is not wanted any more."""


def run(experiment: Experiment, tasks: Sequence[Task], record: Record, threads: int, title: str) -> None:
    """Measures all tasks that the record does not have, and keeps each as soon as it is done.

    Those that share the threads come first. When one fails, or on Ctrl-C, the others end at their next report
    and are not kept; it is raised then.
    """
    waiting = [task for task in tasks if record.row(task) is None]

    def carry_out(number: int, meter: _Meter, stopped: threading.Event) -> None:
        task = waiting[number]
        report = _Report(partial(meter.report, number), stopped, record.path.parent, record.folder(task))
        report(0.0)
        begin = time.monotonic()
        results = experiment.measure(task.settings, threads if task.alone else 1, report)
        record.add(task, results, time.monotonic() - begin)
        report(1.0)

    # The progress is shown by the threads that make it.
    with _no_warnings(), Reporter(True, title, unit="‰") as reporter:
        meter = _Meter(waiting, reporter)
        for alone, at_once in ((False, threads), (True, 1)):
            numbers = [number for number, task in enumerate(waiting) if task.alone == alone]
            _all([partial(carry_out, number, meter) for number in numbers], at_once)


def _all(jobs: Sequence[Callable[[threading.Event], None]], at_once: int) -> None:
    """So many at once; where one fails the others are told to stop, and its error is raised."""
    stopped = threading.Event()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            futures = [pool.submit(job, stopped) for job in jobs]
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            stopped.set()
    for error in [future.exception() for future in futures]:
        if error is not None and not isinstance(error, _Stopped):
            raise error
