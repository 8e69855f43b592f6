"""``swiftllc experiment NAME``."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from swiftllc._errors import InvalidArgumentError
from swiftllc.experiments.experiment import Experiment
from swiftllc.experiments.record import Record
from swiftllc.experiments.running import run

SUMMARY = "Experiments of the literature, each reproduced by one command."
#: What there is, in the order in which it is listed; each is a module of ``protocols``.
NAMES = (
    "dln",
    "rescaling",
    "rank-transitions",
    "mala-vs-sgld",
    "normal-crossing",
    "sensitivity",
    "superposition",
    "transformer",
    "resnet",
    "grokking",
    "generalisation",
)


def experiment(name: str) -> Experiment:
    """By its name."""
    return Experiment.of(import_module(f"swiftllc.experiments.protocols.{name.replace('-', '_')}"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of the command."""
    parser.add_argument("name", nargs="?", choices=NAMES, help="none: a list of them")
    parser.add_argument("--quick", action="store_true", help="a minute or two, in place of the full protocol")
    parser.add_argument(
        "--only",
        metavar="GROUP",
        help="a part of the experiment, such as a class of networks: dln has 1K ... 100M",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("experiments"), help="folder of the results (%(default)s)"
    )
    parser.add_argument(
        "--threads", type=int, default=len(os.sched_getaffinity(0)), help="at most so many (%(default)s)"
    )
    parser.add_argument("--no-figure", action="store_true", help="no figure, which needs matplotlib")


def carry_out(options: argparse.Namespace) -> int:
    """The command; 1 if a number is out of its bounds."""
    if options.name is None:
        for name in NAMES:
            print(f"{name:18} {experiment(name).summary}")
        return 0
    if options.threads < 1:
        print(f"--threads is {options.threads}; it must be at least 1.", file=sys.stderr)
        return 2
    chosen = experiment(options.name)
    title = options.name + ("-quick" if options.quick else "")
    path = options.output / f"{title}.json"
    try:
        record = Record(path, options.name)
    except InvalidArgumentError as error:
        print(error, file=sys.stderr)
        return 2
    tasks = list(chosen.tasks(options.quick))
    if options.only is not None:
        groups = list(dict.fromkeys(task.group for task in tasks if task.group is not None))
        if options.only not in groups:
            has = ", ".join(groups) or "none"
            print(f"--only is {options.only}; {title} has these groups: {has}.", file=sys.stderr)
            return 2
        tasks = [task for task in tasks if task.group == options.only]
    try:
        run(chosen, tasks, record, options.threads, title)
    except KeyboardInterrupt:
        print(
            f"Interrupted. What was done is in {path}; the same command goes on from there.", file=sys.stderr
        )
        return 130
    rows = [row for task in tasks if (row := record.row(task)) is not None]
    print(chosen.table(rows), end="\n\n")
    if not options.no_figure:
        try:
            chosen.figure(rows, path.with_suffix(".png"))
        except ImportError as error:
            print(error, file=sys.stderr)
    checks = chosen.checks(rows, options.quick)
    for check in checks:
        print(check)
    print(f"{path}; {record.seconds(tasks):.0f} s of measuring")
    return 0 if all(check.passed for check in checks) else 1
