"""Chains of a peer in two processes, each on one core."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import time
from multiprocessing.connection import Connection
from typing import Any

from problems import named

from peers.contender import Runner

CORES = 2


def in_two_processes(peer: str, variant: str, problem: str, chains: int, sampler: str) -> Runner:
    """Runs a variant of ``peers.<peer>.single_core`` with half of the chains in each of two processes."""
    context = multiprocessing.get_context("spawn")
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    ends = []
    for core in cores:
        ours, theirs = context.Pipe()
        arguments = (theirs, core, peer, variant, problem, chains // CORES, sampler)
        context.Process(target=_serve, args=arguments, daemon=True).start()
        theirs.close()
        ends.append(ours)
    for end in ends:
        answer = end.recv()
        if answer != "ready":
            raise RuntimeError(answer)

    def run(count: int) -> float:
        begin = time.perf_counter()
        for end in ends:
            end.send(count)
        for end in ends:
            end.recv()
        return time.perf_counter() - begin

    return run


def _serve(end: Connection, core: int, peer: str, variant: str, problem: str, *arguments: Any) -> None:
    """Until the other end is closed; on one core from before the peer's library counts them."""
    os.sched_setaffinity(0, {core})
    try:
        module = importlib.import_module(f"peers.{peer}")
        run = module.single_core(named(problem), *arguments)[variant]()
    except Exception as error:
        end.send(f"{type(error).__name__}: {error}")
        return
    end.send("ready")
    while True:
        try:
            count = end.recv()
        except EOFError:
            return
        end.send(run(count))
