"""What the machine can do: ``machine.c``, built and run."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from problems import Problem

import swiftllc as sl

HERE = Path(__file__).resolve().parent
PROGRAM = HERE.parent / "build" / "bench-machine"
#: Vectors of the parameters that an update moves at least: SGLD reads gradient, displacement and centre, and
#: writes displacement and weights; RMSProp-SGLD reads and writes moments too.
VECTORS = {"SGLD": 5, "RMSProp-SGLD": 7}


def built() -> Path:
    """The program, compiled if it is older than its source."""
    source = HERE / "machine.c"
    if not PROGRAM.exists() or PROGRAM.stat().st_mtime < source.stat().st_mtime:
        PROGRAM.parent.mkdir(exist_ok=True)
        compiler = os.environ.get("CC", "gcc")
        flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
        subprocess.run(
            [compiler, *flags, str(source), "-o", str(PROGRAM), "-lopenblas", "-lpthread"], check=True
        )
    return PROGRAM


def limit(problem: Problem, threads: int, seconds: float = 0.3) -> dict[str, float]:
    """Steps per second of the products alone, and bytes per second of copies, of all threads together.

    OpenBLAS is told to use the kernels that swiftllc chose: alone, an old release may choose slow ones.
    """
    core = re.search(r"OpenBLAS (\w+)", sl.hardware())
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    if core:
        environment["OPENBLAS_CORETYPE"] = core[1]
    arguments = [len(problem.widths) - 1, problem.widths[0], problem.batch, threads, seconds]
    run = subprocess.run(
        [built(), *map(str, arguments)], check=True, capture_output=True, text=True, env=environment
    )
    return dict(json.loads(run.stdout))


def seconds_at_the_limit(problem: Problem, sampler: str, measured: dict[str, float]) -> float:
    """What a chain-step takes at least: its products, and its update at the bandwidth of copies."""
    moved = 4 * VECTORS[sampler] * problem.parameters
    return 1 / measured["steps_per_second"] + moved / measured["copied_bytes_per_second"]


def description() -> dict[str, Any]:
    """Processor, cores, system and versions."""
    names = ("numpy", "torch", "jax", "blackjax", "devinterp")
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": processor[1] if processor else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "swiftllc": f"{sl.__version__}, {sl.hardware()}",
        "versions": {name: metadata.version(name) for name in names} | {"python": platform.python_version()},
        "load": os.getloadavg()[0],
    }
