"""A contender in a process of its own, which sleeps until it is told how many steps to make.

``python worker.py PEER PROBLEM CHAINS SAMPLER [VARIANT]``: it tries the peer's variants (those that have
VARIANT in their names, or the one of that name), keeps the fastest, and writes a line of JSON. Then for each
line with a number of steps it makes so many of each chain, and writes the seconds.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from peers.contender import Runner, Unable
from problems import named

#: A variant is timed with runs that grow until they take so long.
TRIAL_SECONDS = 0.3


def rate(run: Runner) -> tuple[float, float]:
    """Steps of each chain per second, and per second of a processor in this process, once warm."""
    count = 1
    run(count)
    while True:
        begin = time.process_time()
        seconds = run(count)
        if seconds > TRIAL_SECONDS:
            return count / seconds, count / max(time.process_time() - begin, 1e-9)
        # Tenfold at most: a few steps may seem to take no time on a busy machine.
        count = max(2 * count, int(count * min(10, 1.2 * TRIAL_SECONDS / max(seconds, 1e-9))))


def fastest(peer: Any, arguments: tuple[Any, ...], variant: str = "") -> tuple[Runner, dict[str, Any]]:
    """The best variant, and what all of them did."""
    rates: dict[str, float] = {}
    per_core: dict[str, float] = {}
    failures: dict[str, str] = {}
    best = None
    variants = peer.variants(*arguments)
    for name in [variant] if variant in variants else [name for name in variants if variant in name]:
        make = variants[name]
        try:
            run = make()
            rates[name], per_core[name] = rate(run)
        except Exception as error:
            failures[name] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            continue
        if rates[name] >= max(rates.values()):
            best = run
        del run
        gc.collect()
    if best is None:
        raise Unable("; ".join(dict.fromkeys(failures.values())))
    chosen = max(rates, key=rates.__getitem__)
    report = {"variant": chosen, "rate": rates[chosen], "rates": rates, "per_core": per_core}
    return best, report | {"failures": failures}


def peak() -> int:
    """Bytes that were resident at once; ``getrusage`` would have what the parent had, too."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def main() -> None:
    """Until its input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is not an answer
    peer = importlib.import_module(f"peers.{sys.argv[1]}")
    problem, chains, sampler = named(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    try:
        run, report = fastest(peer, (problem, chains, sampler), *sys.argv[5:])
        report["loss"] = peer.loss_at_start(problem)
        report["least"] = getattr(peer, "LEAST_STEPS", 1)
    except Unable as error:
        print(json.dumps({"unable": str(error)}), file=answers)
        return
    print(json.dumps(report), file=answers)
    for line in sys.stdin:
        seconds = run(int(line))
        print(json.dumps({"seconds": seconds, "peak": peak()}), file=answers)


if __name__ == "__main__":
    main()
