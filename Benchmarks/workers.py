"""The parent's side of ``worker.py``: processes that are asked in turns."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Contender:
    """Who runs what. ``variant``: those that have it in their names, or the one that is named so."""

    peer: str
    problem: str
    chains: int
    sampler: str
    variant: str = ""


def _environment(peer: str) -> dict[str, str]:
    """That of devinterp 2 has its folder, beside devinterp 1."""
    if peer != "devinterp2":
        return dict(os.environ)
    paths = [str(Path(sys.prefix) / "devinterp2"), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


@dataclass
class Worker:
    """A process of its own, asleep unless it is asked."""

    contender: Contender
    report: dict[str, Any] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    steps: int = 0

    def __post_init__(self) -> None:
        """Starts it, and waits until its variants are tried."""
        c = self.contender
        command = [
            sys.executable,
            str(HERE / "worker.py"),
            c.peer,
            c.problem,
            str(c.chains),
            c.sampler,
            c.variant,
        ]
        # A pipe that nobody reads would fill.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env=_environment(c.peer),
        )  # fmt: skip
        self.report = self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if line:
            return dict(json.loads(line))
        code = self._process.wait()
        self._errors.seek(0)
        last = self._errors.read().strip().splitlines()[-1:]
        return {"unable": f"it ended with {code}: {' '.join(last)}"}

    @property
    def able(self) -> bool:
        """Whether it can be asked."""
        return "unable" not in self.report

    def run(self, count: int) -> None:
        """Makes so many steps of each chain."""
        assert self._process.stdin
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "unable" in answer:
            self.report = answer
            return
        self.steps = count
        self.seconds.append(answer["seconds"])
        self.report["peak"] = answer["peak"]

    def close(self) -> None:
        """Ends it."""
        if self._process.poll() is None:
            self._process.communicate()

    def result(self) -> dict[str, Any]:
        """For the JSON: chain-steps per second of each repeat, and their median."""
        c = self.contender
        result: dict[str, Any] = {
            "peer": c.peer, "problem": c.problem, "chains": c.chains, "sampler": c.sampler,
        }  # fmt: skip
        if not self.able:
            return result | {"unable": self.report["unable"]}
        rates = [c.chains * self.steps / seconds for seconds in self.seconds]
        return result | {
            "variant": self.report["variant"],
            "tried": {name: c.chains * rate for name, rate in self.report["rates"].items()},
            "failures": self.report["failures"],
            "loss": self.report["loss"],
            "peak": self.report["peak"],
            "rates": rates,
            "rate": statistics.median(rates),
        }


def interleaved(contenders: Iterable[Contender], repeats: int, seconds: float) -> list[dict[str, Any]]:
    """All contenders in turns, so that what the machine does meanwhile is shared by all.

    They are started one after another, since each tries its variants; then each runs about ``seconds`` in
    every round, while the others sleep.
    """
    workers = []
    for contender in contenders:
        worker = Worker(contender)
        workers.append(worker)
        found = worker.report.get("unable") or f"fastest variant {worker.report['variant']!r}"
        print(f"  {contender.peer}, {contender.chains} chains: {found}", file=sys.stderr)
    counts = {id(w): max(w.report["least"], round(seconds * w.report["rate"])) for w in workers if w.able}
    for _ in range(repeats):
        for worker in workers:
            if worker.able:
                worker.run(counts[id(worker)])
    for worker in workers:
        worker.close()
    return [worker.result() for worker in workers]
