"""Whether swiftllc is still ahead, in under two minutes: three problems against the loop in JAX.

Prints the ratios, and exits with 1 if one is under 0.8 of its bar, which is one over the best of all peers.
"""

from __future__ import annotations

import sys

import bars
from peers import native
from workers import Contender, interleaved

PROBLEMS = ("DLN 1K", "DLN 10K", "MLP 784-128-10")
#: The generator that is the fastest for small networks; ``make bench`` tries all.
VARIANT = "unsafe_rbg"


def main() -> None:
    """A line for each problem."""
    missed = False
    for problem in PROBLEMS:
        contenders = [
            Contender(peer, problem, chains, "SGLD", variant)
            for chains in (1, 4)
            for peer, variant in (("native", f"threads {native.THREADS}"), ("jax_loop", VARIANT))
        ]
        best: dict[str, float] = {}
        for row in interleaved(contenders, repeats=5, seconds=0.5):
            if "unable" in row:
                raise SystemExit(f"{problem}: {row['peer']} failed: {row['unable']}")
            best[row["peer"]] = max(row["rate"], best.get(row["peer"], 0))
        ratio, bar = best["native"] / best["jax_loop"], bars.SMOKE_SHARE * bars.OVER_BEST_PEER[problem]
        missed = missed or ratio < bar
        verdict = "" if ratio >= bar else "  MISSED"
        print(
            f"{problem:16} {best['native']:9.0f} chain-steps/s, JAX {best['jax_loop']:9.0f}: "
            f"{ratio:.2f} times (at least {bar:.2f}){verdict}",
            flush=True,
        )
    sys.exit(missed)


if __name__ == "__main__":
    main()
