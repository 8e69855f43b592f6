"""Chain-steps per second of swiftllc and its peers, and of the products of the linear networks alone.

Contenders of a problem, with one chain and with four, run in turns. Which variant of a peer is the fastest is
tried with SGLD, and taken for RMSProp-SGLD too.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import results
from peers import native
from problems import PROBLEMS, Problem
from samplers import SAMPLERS
from workers import Contender, interleaved

PEERS = ("native", "jax_loop", "torch_loop", "devinterp1", "devinterp2", "blackjax_sgld")
#: From so many parameters on, contenders with several chains do not fit side by side in 24 GB.
MANY = 50_000_000


def chains_of(problem: Problem) -> tuple[int, ...]:
    """How many chains a problem is run with."""
    return (1,) if problem.parameters > MANY else (1, 4)


def measured(problem: Problem, sampler: str, chosen: dict[tuple[str, int], str], options: Any) -> list[Any]:
    """All contenders of a problem, and what the machine can do on all cores."""
    contenders = [
        Contender(peer, problem.name, chains, sampler, chosen.get((peer, chains), ""))
        for chains in chains_of(problem)
        for peer in options.peers
    ]
    contenders += [
        Contender("machine_limit", problem.name, native.THREADS, sampler, kind)
        for kind in ("products", "copies")
        if problem.widths
    ]
    return interleaved(contenders, options.repeats, options.seconds)


def agree(rows: list[dict[str, Any]]) -> None:
    """All of them compute the same loss, or the comparison is worth nothing."""
    losses = {row["peer"]: row["loss"] for row in rows if row.get("loss")}
    if losses and max(losses.values()) - min(losses.values()) > 1e-3 * abs(max(losses.values())):
        raise SystemExit(f"The contenders disagree about the loss: {losses}")


def main() -> None:
    """A part of the results for each problem and sampler."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS), choices=list(PROBLEMS))
    parser.add_argument("--samplers", nargs="+", default=list(SAMPLERS), choices=SAMPLERS)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each repeat")
    options = parser.parse_args()
    for name in options.problems:
        chosen = {("native", chains): f"threads {native.THREADS}" for chains in (1, 4)}
        for sampler in options.samplers:
            print(f"{name}, {sampler}", file=sys.stderr)
            rows = measured(PROBLEMS[name], sampler, chosen, options)
            agree(rows)
            chosen |= {(row["peer"], row["chains"]): row["variant"] for row in rows if "variant" in row}
            kept = [
                row
                for row in results.read().get("steps", [])
                if (row["problem"], row["sampler"]) != (name, sampler)
            ]
            results.write("steps", kept + rows)


if __name__ == "__main__":
    main()
