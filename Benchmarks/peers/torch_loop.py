"""A loop in PyTorch as an expert would write it.

Tried for each problem: the step eager, with ``foreach`` for the update, or compiled as a whole, gradient,
noise and update in one graph; on one thread or two; and where there are chains, one after another, by
``vmap``, or half of them in each of two processes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import samplers
import torch
from networks import in_torch
from problems import Problem
from torch._inductor import config
from torch.func import functional_call, grad_and_value, vmap

from peers.contender import Runner, Variants
from peers.split import in_two_processes

# torch's own kernels for noise are faster than those that the compiler would write (it has no vectors there).
config.fallback_random = True

Tensors = list[torch.Tensor]


def variants(problem: Problem, chains: int, sampler: str) -> Variants:
    """On all cores, and split where there are chains."""
    ways: Variants = {}
    for threads in (1, 2):
        for way, make in _ways(problem, chains, sampler).items():
            ways[f"{way}, threads {threads}"] = lambda make=make, threads=threads: make(threads)
    if chains % 2 == 0:
        for way in ("eager", "compiled"):
            ways[f"{way}, two processes"] = lambda way=way: in_two_processes(
                "torch_loop", way, problem.name, chains, sampler
            )
    return ways


def single_core(problem: Problem, chains: int, sampler: str) -> Variants:
    """The ways of one process on one core."""
    return {way: lambda make=make: make(1) for way, make in _ways(problem, chains, sampler).items()}


def _ways(problem: Problem, chains: int, sampler: str) -> dict[str, Any]:
    ways = {
        "eager": lambda threads: _eager(problem, chains, sampler, threads),
        "compiled": lambda threads: _compiled(problem, chains, sampler, threads),
    }
    if chains > 1:
        ways["compiled, vmap"] = lambda threads: _vectorised(problem, chains, sampler, threads)
    return ways


def loss_at_start(problem: Problem) -> float:
    """The loss of the first batch at the weights they all begin at."""
    x, y = (a[: problem.batch] for a in in_torch.tensors(problem))
    with torch.no_grad():
        return float(in_torch.loss(problem, in_torch.module(problem)(x), y))


def _eager(problem: Problem, chains: int, sampler: str, threads: int) -> Runner:
    x, y = in_torch.tensors(problem)
    modules = [in_torch.module(problem) for _ in range(chains)]
    centre = [p.detach().clone() for p in modules[0].parameters()]
    moments = [[torch.zeros_like(p) for p in centre] for _ in range(chains)]

    def step(module: torch.nn.Module, parameters: Tensors, moments: Tensors) -> torch.Tensor:
        rows = torch.randint(problem.n, (problem.batch,))
        loss = in_torch.loss(problem, module(x[rows]), y[rows])
        gradient = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            _foreach_update(parameters, gradient, centre, moments, problem, sampler)
        return loss.detach()

    def steps(losses: torch.Tensor) -> None:
        for chain, module in enumerate(modules):
            parameters = list(module.parameters())
            for i in range(losses.shape[1]):
                losses[chain, i] = step(module, parameters, moments[chain])

    return _timed(steps, chains, threads)


def _timed(steps: Callable[[torch.Tensor], None], chains: int, threads: int) -> Runner:
    """Fills the losses of all steps, (chain, step)."""

    def run(count: int) -> float:
        torch.set_num_threads(threads)
        begin = time.perf_counter()
        steps(torch.empty(chains, count))
        return time.perf_counter() - begin

    return run


def _foreach_update(
    parameters: Tensors, gradient: Any, centre: Tensors, moments: Tensors, problem: Problem, sampler: str
) -> None:
    drift = torch._foreach_mul(gradient, problem.nbeta)
    torch._foreach_add_(drift, torch._foreach_sub(parameters, centre), alpha=problem.localization)
    noise = [torch.randn_like(p) for p in parameters]
    if sampler != "SGLD":
        torch._foreach_mul_(moments, samplers.DECAY)
        torch._foreach_addcmul_(moments, gradient, gradient, 1 - samplers.DECAY)
        scale = torch._foreach_sqrt(moments)
        torch._foreach_add_(scale, samplers.EPSILON)
        torch._foreach_reciprocal_(scale)
        torch._foreach_mul_(drift, scale)
        torch._foreach_sqrt_(scale)
        torch._foreach_mul_(noise, scale)
    torch._foreach_add_(parameters, drift, alpha=-problem.lr / 2)
    torch._foreach_add_(parameters, noise, alpha=math.sqrt(problem.lr))


def _gradient(problem: Problem, module: torch.nn.Module) -> Any:
    def loss(parameters: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return in_torch.loss(problem, functional_call(module, parameters, (x,)), y)

    return grad_and_value(loss)


def _moved(
    w: torch.Tensor, g: torch.Tensor, centre: torch.Tensor, v: torch.Tensor, problem: Problem, sampler: str
) -> torch.Tensor:
    drift = problem.nbeta * g + problem.localization * (w - centre)
    noise = torch.randn_like(w)
    if sampler == "SGLD":
        return w - problem.lr / 2 * drift + math.sqrt(problem.lr) * noise
    v.mul_(samplers.DECAY).add_((1 - samplers.DECAY) * g * g)
    lr = problem.lr / (v.sqrt() + samplers.EPSILON)
    return w - lr / 2 * drift + lr.sqrt() * noise


def _compiled_step(
    problem: Problem, sampler: str, gradient_of: Any, centre: Any, rows: tuple[int, ...]
) -> Any:
    """A step of weights and moments by name, on minibatches whose samples are drawn in that shape."""

    @torch.compile(fullgraph=True, dynamic=False)
    def step(weights: Any, moments: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        drawn = torch.randint(problem.n, rows)
        gradient, loss = gradient_of(weights, x[drawn], y[drawn])
        for name, w in weights.items():
            w.copy_(_moved(w, gradient[name], centre[name], moments[name], problem, sampler))
        return loss

    return step


def _compiled(problem: Problem, chains: int, sampler: str, threads: int) -> Runner:
    torch.set_num_threads(threads)
    x, y = in_torch.tensors(problem)
    module = in_torch.module(problem)
    centre = {name: p.detach().clone() for name, p in module.named_parameters()}
    weights = [{name: p.clone() for name, p in centre.items()} for _ in range(chains)]
    moments = [{name: torch.zeros_like(p) for name, p in centre.items()} for _ in range(chains)]
    step = _compiled_step(problem, sampler, _gradient(problem, module), centre, (problem.batch,))

    def steps(losses: torch.Tensor) -> None:
        with torch.no_grad():
            for chain in range(chains):
                for i in range(losses.shape[1]):
                    losses[chain, i] = step(weights[chain], moments[chain], x, y)

    return _timed(steps, chains, threads)


def _vectorised(problem: Problem, chains: int, sampler: str, threads: int) -> Runner:
    torch.set_num_threads(threads)
    x, y = in_torch.tensors(problem)
    module = in_torch.module(problem)
    centre = {name: p.detach().clone() for name, p in module.named_parameters()}
    weights = {name: torch.stack([p] * chains) for name, p in centre.items()}
    moments = {name: torch.zeros_like(p) for name, p in weights.items()}
    rows = (chains, problem.batch)
    step = _compiled_step(problem, sampler, vmap(_gradient(problem, module)), centre, rows)

    def steps(losses: torch.Tensor) -> None:
        with torch.no_grad():
            for i in range(losses.shape[1]):
                losses[:, i] = step(weights, moments, x, y)

    return _timed(steps, chains, threads)
