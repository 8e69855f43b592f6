"""How much memory a run takes at its peak, in vectors of the size of the parameters.

A deep linear network without biases, each run in a process of its own, and what it adds to the peak of that
process's resident memory. The arena of the activations and what Python needs are in it; the arrays of data
and the caller's own parameters are not.

Run it with ``python Benchmarks/peak_memory.py``; about ten minutes on two cores with the 100 million
parameters that it has by default, for which it needs 7 GB, or a minute with ``--parameters 4000000``.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
from typing import Any

import numpy as np

import swiftllc as sl

LAYERS = 4
BATCH = 16
SAMPLERS: dict[str, sl.Sampler] = {
    "SGLD": sl.SGLD(lr=1e-9),
    "UnderdampedLangevin": sl.UnderdampedLangevin(lr=1e-6, friction=1.0),
    "SGHMC": sl.SGHMC(lr=1e-12),
    "SGNHT": sl.SGNHT(lr=1e-12),
    "RMSPropSGLD": sl.RMSPropSGLD(lr=1e-9),
    "AdamSGLD": sl.AdamSGLD(lr=1e-9),
    "MALA": sl.MALA(lr=1e-9),
    "HMC": sl.HMC(lr=1e-6, leapfrog_steps=2),
}
#: Every sampler alone, with moves that are checked and without.
ALONE: list[dict[str, Any]] = [
    {"sampler": name, "num_acceptance_checks": checks} for name in SAMPLERS for checks in (1, 0)
]
#: Chains that run at once, that wait, and that advance together; with a mask, from a dict, and calibrated.
VARIED: list[dict[str, Any]] = [
    *({"sampler": name, "num_chains": 4, "threads": 2} for name in ("SGLD", "UnderdampedLangevin")),
    *({"sampler": name, "num_chains": 4, "threads": 1} for name in ("SGLD", "UnderdampedLangevin")),
    *(
        {"sampler": name, "num_chains": 4, "threads": 2, "stop_at_relative_error": 1e-9}
        for name in ("SGLD", "UnderdampedLangevin")
    ),
    {"sampler": "SGLD", "num_draws": 20},
    {"sampler": "SGLD", "mask": "0.*"},
    {"sampler": "SGLD", "is_dict": True},
    {"sampler": "curvature"},
]


def added(run: dict[str, Any], parameters: int) -> float:
    """What a run adds to the peak of this process, in vectors of the parameters."""
    width = math.isqrt(parameters // LAYERS)
    network = sl.Sequential(*(sl.Linear(width, width, bias=False) for _ in range(LAYERS)))
    model = sl.Model(network, input_shape=(width,), loss="mse")
    params = np.full(model.parameter_count, 1 / width, np.float32)
    data = model.dataset(np.ones((BATCH, width), np.float32), np.zeros((BATCH, width), np.float32))
    options = {"num_chains": 1, "threads": 1, "num_draws": 3, "num_burnin_steps": 0, **run}
    sampler = SAMPLERS.get(options.pop("sampler"))
    weights = sl.Parameters(params, model.parameter_shapes)
    given = dict(weights) if options.pop("is_dict", False) else params
    if not isinstance(sampler, (sl.MALA, sl.HMC)):
        options["batch_size"] = BATCH // 2
    model.loss(params, data)  # what the first evaluation needs, such as OpenBLAS's buffers
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sampler is None:
        from swiftllc._problem import Problem
        from swiftllc.calibration.curvature import typical_curvature

        problem = Problem.of(model, params, data)
        typical_curvature(
            problem.gradient_on(np.arange(BATCH)), problem.centre, None, nbeta=1e9, pull=1e-9, seed=0
        )
    else:
        sl.estimate_llc(model, given, data, sampler=sampler, seed=0, progress=False, **options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (peak - before) * 1024 / params.nbytes


def measured(run: dict[str, Any], parameters: int) -> float:
    """The same, in a process of its own."""
    command = [sys.executable, __file__, "--parameters", str(parameters), "--run", json.dumps(run)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """A line for each run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--parameters", type=int, default=100_000_000)
    parser.add_argument("--run", help="the options of one run, as JSON, in this process")
    arguments = parser.parse_args()
    if arguments.run:
        print(added(json.loads(arguments.run), arguments.parameters))
        return
    print("sampler               vectors   options")
    for run in ALONE + VARIED:
        options = ", ".join(f"{name}={value!r}" for name, value in run.items() if name != "sampler")
        print(f"{run['sampler']:20} {measured(run, arguments.parameters):8.2f}   {options}", flush=True)


if __name__ == "__main__":
    main()
