"""What the machine can do at best: ``machine.c``, which makes the products of a linear network, or copies."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from problems import Problem

import swiftllc as sl
from peers.contender import Runner, Unable, Variants

SOURCE = Path(__file__).resolve().parent.parent / "machine.c"
PROGRAM = SOURCE.parent.parent / "build" / "bench-machine"


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """Products of a step, or copies of as many numbers as there are parameters."""
    if not problem.widths:
        raise Unable("its products are those of linear networks")
    return {kind: lambda kind=kind: runner(problem, chains, kind) for kind in ("products", "copies")}


def runner(problem: Problem, chains: int, kind: str) -> Runner:
    """A process with a thread for each chain.

    OpenBLAS is told to use the kernels that swiftllc chose: alone, an old release may choose slow ones.
    """
    core = re.search(r"OpenBLAS (\w+)", sl.hardware())
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    if core:
        environment["OPENBLAS_CORETYPE"] = core[1]
    arguments = (len(problem.widths) - 1, problem.widths[0], problem.batch, chains, kind)
    process = subprocess.Popen(
        [built(), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=environment,
    )  # fmt: skip

    def run(count: int) -> float:
        assert process.stdin and process.stdout
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    return run


def built() -> Path:
    """The program, compiled if it is older than its source."""
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < SOURCE.stat().st_mtime:
        PROGRAM.parent.mkdir(exist_ok=True)
        compiler = os.environ.get("CC", "gcc")
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(
            [compiler, *flags, str(SOURCE), "-o", str(PROGRAM), "-lopenblas", "-lpthread"], check=True
        )
    return PROGRAM


def loss_at_start(problem: Problem) -> None:
    """It computes none."""
