"""What an experiment is: tasks that are measured one by one, and what is made of their results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol

#: Is told which share is done, from 0 to 1.
Progress = Callable[[float], object]


class Report(Protocol):
    """What a task under way is given: it tells its progress, and may keep files."""

    @property
    def output(self) -> Path:
        """Where the records of experiments are, this one's and others'."""

    @property
    def folder(self) -> Path:
        """Where it may keep what it has so far, so that it goes on from there; removed when it is done."""

    def __call__(self, share: float) -> None:
        """Which share of the task is done, from 0 to 1."""


@dataclass(frozen=True)
class Task:
    """A measurement that takes long enough to be kept.

    Attributes:
        settings: All that decides its result, seeds included; what JSON can hold.
        cost: How long it takes, compared with other tasks.
        alone: Whether it has all threads; else it has one, and others run beside it.
        group: A part of the experiment that makes sense without the others (``--only``).
    """

    settings: Mapping[str, Any]
    cost: float = 1.0
    alone: bool = False
    group: str | None = None


class Row(NamedTuple):
    """A task's settings, and what was measured with them."""

    settings: Mapping[str, Any]
    results: Mapping[str, Any]


class Check(NamedTuple):
    """A number and the bounds that it has to keep."""

    name: str
    value: float
    least: float = float("-inf")
    most: float = float("inf")

    @property
    def passed(self) -> bool:
        """False for NaN too."""
        return self.least <= self.value <= self.most

    def __str__(self) -> str:
        """A line."""
        bounds = [f"≥ {self.least:g}"] if self.least > float("-inf") else []
        bounds += [f"≤ {self.most:g}"] if self.most < float("inf") else []
        return f"{'ok    ' if self.passed else 'FAILED'}  {self.name}: {self.value:.4g} ({', '.join(bounds)})"


@dataclass(frozen=True)
class Experiment:
    """An experiment of the literature.

    Attributes:
        summary: A line for the list.
        tasks: Those of the full protocol, or of ``--quick``.
        measure: Carries a task out on so many threads: (settings, threads, report) → results.
        table: Of all rows, as Markdown.
        figure: Draws all rows into a file.
        checks: The numbers that have to come out, with their bounds, of the quick tasks or of all.
    """

    summary: str
    tasks: Callable[[bool], Sequence[Task]]
    measure: Callable[[Mapping[str, Any], int, Report], Mapping[str, Any]]
    table: Callable[[Sequence[Row]], str]
    figure: Callable[[Sequence[Row], Path], None]
    checks: Callable[[Sequence[Row], bool], Sequence[Check]]

    @classmethod
    def of(cls, module: ModuleType) -> Experiment:
        """The one whose functions a module has, and whose summary begins the module's docstring."""
        return cls(
            summary=(module.__doc__ or "").partition("\n")[0],
            tasks=module.tasks,
            measure=module.measure,
            table=module.table,
            figure=module.figure,
            checks=module.checks,
        )


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
