"""The command ``swiftllc``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import swiftllc
from swiftllc.experiments import command


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a subcommand; its exit code."""
    parser = argparse.ArgumentParser("swiftllc", description="Local learning coefficients.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {swiftllc.__version__}")
    commands = parser.add_subparsers(required=True)
    experiment = commands.add_parser("experiment", help=command.SUMMARY, description=command.SUMMARY)
    command.add_arguments(experiment)
    experiment.set_defaults(carry_out=command.carry_out)
    options = parser.parse_args(arguments)
    return int(options.carry_out(options))
