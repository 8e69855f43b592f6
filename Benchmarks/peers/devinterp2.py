"""devinterp 2.0.1, which samples language models only; with its data sets, and one thread or two."""

from __future__ import annotations

import time
from typing import Any

import samplers
import torch
from networks import in_torch
from problems import Problem

from peers.contender import Runner, Unable, Variants
from peers.torch_loop import loss_at_start

__all__ = ["loss_at_start", "variants"]

try:
    from devinterp.slt import sampling as _sampling
except ImportError as error:
    _sampling = None
    _missing = str(error)


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """Numbers of threads."""
    if _sampling is None:
        raise Unable(f"devinterp 2 is not installed beside this one ({_missing})")
    if problem.kind != "gpt2":
        raise Unable("devinterp 2 samples language models only")
    return {
        f"threads {threads}": lambda threads=threads: _runner(problem, chains, sampler, threads)
        for threads in (1, 2)
    }


def _runner(problem: Problem, chains: int, sampler: str, threads: int) -> Runner:
    import datasets

    x, y = problem.data
    # Its loss predicts each token from those before it: of a sequence and its last target.
    tokens = torch.cat((torch.from_numpy(x), torch.from_numpy(y[:, -1:])), dim=1)
    dataset = datasets.Dataset.from_dict({"input_ids": tokens.numpy()})
    dataset.set_format(type="torch", columns=["input_ids"])
    module = in_torch.module(problem)

    def per_token(model: torch.nn.Module, tokens: torch.Tensor) -> torch.Tensor:
        logits = model(tokens[:, :-1])
        losses = torch.nn.functional.cross_entropy(
            logits.flatten(0, -2), tokens[:, 1:].flatten(), reduction="none"
        )
        return losses.view(len(tokens), -1)

    options: dict[str, Any] = {"sampling_method": "sgmcmc_sgld"}
    if sampler != "SGLD":
        options = {
            "sampling_method": "rmsprop_sgld",
            "rmsprop_alpha": samplers.DECAY,
            "rmsprop_eps": samplers.EPSILON,
        }

    def call(count: int) -> float:
        torch.set_num_threads(threads)
        begin = time.perf_counter()
        _sampling.sample(
            module, dataset, {}, lr=problem.lr, n_beta=problem.nbeta, localization=problem.localization,
            num_chains=chains, num_draws=count, batch_size=problem.batch, num_init_loss_batches=1,
            device="cpu", loss_fn=per_token, **options,
        )  # fmt: skip
        return time.perf_counter() - begin

    # What a call does once is not counted.
    return lambda count: call(count + 1) - call(1)
