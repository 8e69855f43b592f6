"""devinterp 1.3.2: ``sample`` with its SGLD, timed by the draws themselves.

Tried for each problem: its loader as its examples have it, which collates sample by sample, and one that
indexes whole batches; ``cores=1`` with one thread or two, and for several chains ``cores=2``.
"""

from __future__ import annotations

import os
import time
import warnings
from typing import Any

import samplers
import torch
from devinterp.optim.sgld import SGLD
from devinterp.optim.sgmcmc import SGMCMC
from devinterp.slt.callback import SamplerCallback
from devinterp.slt.sampler import sample
from devinterp.utils import get_init_loss_multi_batch
from networks import in_torch
from numpy.typing import NDArray
from problems import Problem
from torch.utils.data import DataLoader, Dataset, TensorDataset

from peers.contender import Runner, Variants
from peers.torch_loop import loss_at_start

__all__ = ["loss_at_start", "variants"]

os.environ["OMP_NUM_THREADS"] = "1"  # for the processes of cores=2; this one has its number set


class WholeBatches(Dataset):
    """Indexes all rows of a batch at once, where torch's loader would take and stack them one by one."""

    def __init__(self, dataset: TensorDataset) -> None:
        """The same samples."""
        self.tensors = dataset.tensors

    def __len__(self) -> int:
        """Samples."""
        return len(self.tensors[0])

    def __getitems__(self, rows: list[int]) -> tuple[torch.Tensor, ...]:
        """What the loader calls where it exists."""
        index = torch.tensor(rows)
        return tuple(tensor[index] for tensor in self.tensors)


def as_it_is(batch: Any) -> Any:
    """In place of stacking."""
    return batch


class Trace(SamplerCallback):
    """The loss of each draw, and when it was made."""

    def __init__(self, chains: int, draws: int) -> None:
        """In memory that the processes share."""
        self.losses = torch.zeros(chains, draws).share_memory_()
        self.times = torch.zeros(chains, draws, dtype=torch.float64).share_memory_()

    def __call__(self, chain: int, draw: int, loss: torch.Tensor, **_: Any) -> None:
        """Called by devinterp after each step."""
        self.losses[chain, draw] = loss
        self.times[chain, draw] = time.perf_counter()

    def get_results(self) -> dict[str, Any]:
        """Asked for at the end; ``losses`` and ``times`` are read instead."""
        return {}


class Evaluate:
    """The loss of a batch."""

    def __init__(self, problem: Problem) -> None:
        """Without the problem's arrays, since it is sent to other processes."""
        self.of = in_torch.loss_of(problem)

    def __call__(self, model: torch.nn.Module, batch: Any) -> torch.Tensor:
        """As devinterp asks for it."""
        x, y = batch
        return self.of(model(x), y)


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """Loaders, threads and cores."""
    ways: Variants = {}
    for loader in ("documented", "whole batches"):
        for threads in (1, 2):
            ways[f"{loader} loader, cores 1, threads {threads}"] = lambda loader=loader, threads=threads: (
                _runner(problem, chains, sampler, loader, threads, 1)
            )
        if chains > 1:
            ways[f"{loader} loader, cores 2"] = lambda loader=loader: _runner(
                problem, chains, sampler, loader, 1, 2
            )
    return ways


def _runner(problem: Problem, chains: int, sampler: str, loader: str, threads: int, cores: int) -> Runner:
    module = in_torch.module(problem)
    dataset = TensorDataset(*in_torch.tensors(problem))
    if loader == "documented":
        batches = DataLoader(dataset, batch_size=problem.batch, shuffle=True)
    else:
        batches = DataLoader(
            WholeBatches(dataset), batch_size=problem.batch, shuffle=True, collate_fn=as_it_is
        )
    options = {"lr": problem.lr, "nbeta": problem.nbeta, "localization": problem.localization}
    if sampler != "SGLD":
        options |= {"alpha": samplers.DECAY, "eps": samplers.EPSILON}
    warnings.simplefilter("ignore")

    def run(count: int) -> float:
        torch.set_num_threads(threads)
        trace = Trace(chains, count + 1)
        sample(
            module, batches, [trace], evaluate=Evaluate(problem),
            sampling_method=SGLD if sampler == "SGLD" else SGMCMC.rmsprop_sgld,
            optimizer_kwargs=dict(options), num_draws=count + 1, num_chains=chains,
            init_loss=1.0,  # not computed
            cores=cores, verbose=False,
        )  # fmt: skip
        if cores == 1:  # what happens between chains is not counted
            return float((trace.times[:, -1] - trace.times[:, 0]).sum())
        return float(trace.times.max() - trace.times[:, 0].min())

    return run


def traces(problem: Problem, chains: int, steps: int, seed: int) -> tuple[NDArray[Any], float]:
    """The losses of each chain's steps, and the baseline of as many batches as ``sample`` would take."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    whole = WholeBatches(TensorDataset(*in_torch.tensors(problem)))
    batches = DataLoader(whole, batch_size=problem.batch, shuffle=True, collate_fn=as_it_is)
    module, evaluate = in_torch.module(problem), Evaluate(problem)
    baseline = get_init_loss_multi_batch(batches, chains, module, evaluate, "cpu")
    trace = Trace(chains, steps)
    options = {"lr": problem.lr, "nbeta": problem.nbeta, "localization": problem.localization}
    sample(
        module, batches, [trace], evaluate=evaluate, sampling_method=SGLD, optimizer_kwargs=options,
        num_draws=steps, num_chains=chains, init_loss=1.0, cores=1, verbose=False,
    )  # fmt: skip
    return trace.losses.numpy(), float(baseline)
