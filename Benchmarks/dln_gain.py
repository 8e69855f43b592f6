"""Which localization suits deep linear networks of a class, on others than the experiment is judged by.

Networks of a class of ``swiftllc experiment dln``, from seed 100 on, but k times narrower, at nbeta / k²:
with a localization in proportion to the widths that leaves the ratios of all curvatures as they are, of k²
times fewer directions. With a k-th of the budget they make as many steps. λ̂ from all samples, with
localizations by gain (see ``Network.localization``) and in proportion to the mean width d.

    python Benchmarks/dln_gain.py 1M --narrower 5 --networks 10 --gains 20 50 100 --shares 0.7 0.5
"""

import argparse
import warnings
from collections.abc import Sequence

import numpy as np

import swiftllc as sl
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols.dln import FULL, Errors, networks

FIRST = 100


def narrower(name: str, k: int, n: int | None, seed: int) -> tuple[networks.Network, float]:
    """A network, and its nbeta."""
    size = networks.CLASSES[name]
    low, high = size.widths
    size = size._replace(widths=(low // k, high // k))
    found = networks.drawn(size, networks.conditioned, seed, n)
    return found, found.nbeta / k**2


def estimated(network: networks.Network, nbeta: float, budget: int, localization: float) -> Row:
    """As the experiment does it."""
    data = network.moments(100_000)
    try:
        llc = sl.estimate_llc(
            network.model,
            network.params,
            data,
            nbeta=nbeta,
            budget=budget,
            localization=localization,
            batch_size=len(data[0]),
            seed=network.seed,
            progress=False,
        ).llc
    except sl.DivergedError:
        llc = None
    return Row({}, {"exact": network.exact, "llc": llc})


def line(label: str, rows: Sequence[Row]) -> str:
    """Of the errors of all networks with one localization."""
    errors = Errors(rows)
    low, high = min(errors.relative, default=np.nan), max(errors.relative, default=np.nan)
    return f"{label:>8}  {errors.median:7.1%}  {low:+7.1%}  {high:+7.1%}  {errors.diverged}"


def main() -> None:
    """A line for each localization."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name", choices=["100K", "1M", "10M", "100M"])
    parser.add_argument("--narrower", type=int, default=5, metavar="K")
    parser.add_argument("--networks", type=int, default=10)
    parser.add_argument("--n", type=int, help="the number of samples, if it is not the class's")
    parser.add_argument("--gains", type=float, nargs="*", default=[20, 50, 100])
    parser.add_argument("--shares", type=float, nargs="*", default=[], help="of the mean width d")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    seeds = range(FIRST, FIRST + options.networks)
    drawn = [narrower(options.name, options.narrower, options.n, seed) for seed in seeds]
    budget = FULL[options.name].budget // options.narrower
    print("           median     from       to  diverged")
    localizations = {f"{gain:g}": [found.localization(gain) for found, _ in drawn] for gain in options.gains}
    for share in options.shares:
        localizations[f"{share:g} d"] = [share * found.mean_width for found, _ in drawn]
    for label, held in localizations.items():
        rows = [
            estimated(found, nbeta, budget, localization)
            for (found, nbeta), localization in zip(drawn, held, strict=True)
        ]
        print(line(label, rows), flush=True)


if __name__ == "__main__":
    main()
