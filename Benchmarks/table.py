"""The results as Markdown: ``python table.py`` writes all tables that the JSON has the numbers for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import bars
import results
from problems import PROBLEMS
from samplers import SAMPLERS

#: Vectors of the parameters that an update of SGLD moves at least: it reads gradient, displacement and
#: centre, and writes displacement and weights.
VECTORS = 5
NAMES = {
    "native": "swiftllc",
    "jax_loop": "JAX loop",
    "torch_loop": "PyTorch loop",
    "devinterp1": "devinterp 1.3.2",
    "devinterp2": "devinterp 2.0.1",
    "blackjax_sgld": "blackjax",
}


def figure(value: float | None) -> str:
    """Three digits."""
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return f"{round(value, 2 - math.floor(math.log10(abs(value)))):,.0f}".replace(",", " ")
    return f"{value:.3g}"


def ratio(value: float | None, bar: float | None) -> str:
    """With its bar, and whether it is reached."""
    if value is None or bar is None:
        return "–" if value is None else f"{value:.2f}"
    return f"{value:.2f} (≥ {bar:g}{'' if value >= bar else ', **missed**'})"


def lines(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table."""
    header = list(header)
    written = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(written + ["| " + " | ".join(row) + " |" for row in rows])


def best(rows: list[dict[str, Any]], problem: str, sampler: str, peer: str, chains: int = 0) -> float | None:
    """The highest median of a peer, over numbers of chains or of one."""
    rates = [
        row["rate"]
        for row in rows
        if (row["problem"], row["sampler"], row["peer"]) == (problem, sampler, peer)
        and "rate" in row
        and chains in (0, row["chains"])
    ]
    return max(rates, default=None)


def documented(rows: list[dict[str, Any]], problem: str, sampler: str) -> float | None:
    """The highest rate of devinterp with the loader of its documentation, when its variants were tried."""
    rates = [
        rate
        for row in rows
        if (row["problem"], row["sampler"], row["peer"]) == (problem, sampler, "devinterp1")
        for variant, rate in row.get("tried", {}).items()
        if variant.startswith("documented")
    ]
    return max(rates, default=None)


def over(a: float | None, b: float | None) -> float | None:
    """Their ratio."""
    return a / b if a and b else None


def speed(rows: list[dict[str, Any]], sampler: str) -> str:
    """The best of every peer, and ratios with their bars."""
    written = []
    for problem in PROBLEMS:
        rates = {peer: best(rows, problem, sampler, peer) for peer in NAMES}
        if not rates["native"]:
            continue
        of_peers = max((rate for peer, rate in rates.items() if peer != "native" and rate), default=None)
        bar = bars.OVER_DEVINTERP.get(problem) if sampler == "SGLD" else None
        ratios = [
            ratio(over(rates["native"], of_peers), bars.OVER_BEST_PEER[problem]),
            ratio(over(rates["native"], rates["devinterp1"]), bar),
            ratio(over(rates["native"], documented(rows, problem, sampler)), None),
        ]
        written.append([problem, *(figure(rate) for rate in rates.values()), *ratios])
    header = ["over the best peer", "over devinterp 1.3.2", "with its documented loader"]
    return lines(["problem", *NAMES.values(), *header], written)


def limits(rows: list[dict[str, Any]]) -> str:
    """Linear networks against their products and the bandwidth of copies."""
    written = []
    for name, problem in PROBLEMS.items():
        rate = best(rows, name, "SGLD", "native")
        products, copies = (
            next(
                (
                    row["rate"]
                    for row in rows
                    if (row["problem"], row["sampler"], row["peer"]) == (name, "SGLD", "machine_limit")
                    and row.get("variant") == kind
                ),
                None,
            )
            for kind in ("products", "copies")
        )
        if not (rate and products and copies):
            continue
        # A copy reads and writes as many numbers as there are parameters.
        limit = 1 / (1 / products + VECTORS / 2 / copies)
        bar = bars.OVER_MACHINE.get(name)
        verdict = f"{limit / rate:.2f}"
        if bar:
            verdict += f" (≤ {bar:g}{'' if limit / rate <= bar else ', **missed**'})"
        bandwidth = f"{2 * 4 * problem.parameters * copies / 1e9:.1f}"
        written.append([name, figure(rate), figure(products), bandwidth, figure(limit), verdict])
    header = ["products alone", "copies, GB/s", "products and update", "time over that"]
    return lines(["problem", "swiftllc", *header], written)


def details(rows: list[dict[str, Any]]) -> str:
    """Every contender: chains, variant, and repeats."""
    written = []
    for row in rows:
        if row["peer"] not in NAMES:
            continue
        start = [row["problem"], row["sampler"], str(row["chains"]), NAMES[row["peer"]]]
        if "unable" in row:
            written.append([*start, "–", "–", row["unable"]])
            continue
        spread = f"{figure(row['rate'])} ({figure(min(row['rates']))} … {figure(max(row['rates']))})"
        written.append([*start, spread, f"{row['peak'] / 2**20:.0f}", row["variant"]])
    return lines(["problem", "sampler", "chains", "", "chain-steps/s", "peak, MiB", "variant"], written)


def answers(rows: list[dict[str, Any]]) -> str:
    """Seconds to a standard error of 2 %."""
    written = []
    for row in rows:
        ours = min(r["seconds"] for r in rows if r["problem"] == row["problem"] and "swiftllc" in r["name"])
        own = "swiftllc" in row["name"]
        run = f"{row['burnin']} + {row['draws']}"
        cost = [f"{row['microseconds_per_chain_step']:.1f}", figure(row["seconds"])]
        over_ours = "" if own else ratio(row["seconds"] / ours, bars.ANSWER)
        error = f"{row['stderr_of_a_run']:.2%}"
        written.append([row["problem"], row["name"], figure(row["llc"]), run, error, *cost, over_ours])
    header = ["problem", "", "λ̂", "steps of a run", "its error", "µs per chain-step", "seconds to 2 %"]
    return lines([*header, "times the best of swiftllc"], written)


def scaling(rows: list[dict[str, Any]]) -> str:
    """Two threads over one."""
    written = [
        [r["problem"], str(r["chains"]), figure(r["one"]), figure(r["two"]), ratio(r["ratio"], bars.SCALING)]
        for r in rows
    ]
    return lines(["problem", "chains", "1 thread", "2 threads", "ratio"], written)


def seconds(name: str, value: float, bar: float) -> str:
    """With its bar."""
    return f"{name}: {value * 1000:.0f} ms (< {bar * 1000:.0f}{'' if value < bar else ', **missed**'})"


def main() -> None:
    """All that there is."""
    found = results.read()
    measured = found.get("measured", {})
    if "steps" in measured:
        machine = measured["steps"]["machine"]
        versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
        print(f"{machine['processor']}, {machine['cores']} cores; swiftllc {machine['swiftllc']};")
        print(f"{versions}; {measured['steps']['time']}, load {machine['load']:.1f}\n")
    rows = found.get("steps", [])
    for sampler in SAMPLERS if rows else ():
        print(f"### {sampler}: chain-steps per second\n\n{speed(rows, sampler)}\n")
    if rows:
        print(f"### Against the machine\n\n{limits(rows)}\n")
    if "answer" in found:
        print(f"### The cost of an answer\n\n{answers(found['answer'])}\n")
    if "scaling" in found:
        print(f"### Two threads\n\n{scaling(found['scaling'])}\n")
    if "startup" in found:
        start = found["startup"]
        print("### Start\n")
        print(f"- {seconds('import, after numpy', start['import'], bars.IMPORT)}")
        print(f"- {seconds('first step of 1M parameters', start['first_step'], bars.FIRST_STEP)}")
        print(f"- the same in a later call: {start['first_step_again'] * 1000:.0f} ms\n")
    if "growth" in found:
        print("### Growth\n")
        for name, exponent in found["growth"]["exponents"].items():
            print(f"- steps per second ~ {name}^{exponent:.2f}")
        print()
    if rows:
        print(f"### Every contender\n\n{details(rows)}\n")


if __name__ == "__main__":
    main()
