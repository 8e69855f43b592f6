"""Training, natively: enough to reach a minimum worth measuring."""

from __future__ import annotations

from ctypes import byref, sizeof
from dataclasses import dataclass, field
from typing import Any

from swiftllc import _abi, _checks, _runs
from swiftllc._errors import ArgumentTypeError, DivergedError, InterruptedRun
from swiftllc._library import lib
from swiftllc._progress import Callback, Reporter
from swiftllc.model import Model
from swiftllc.parameters import Parameters


@dataclass(frozen=True)
class SGD:
    """Gradient descent: g ← ∇L + weight_decay w, v ← momentum v + g, w ← w - lr v.

    Args:
        lr: > 0.
        momentum: 0 ≤ momentum < 1.
        weight_decay: ≥ 0, added to the gradient.
    """

    lr: float
    momentum: float = field(default=0.0, kw_only=True)
    weight_decay: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        """Checks every value."""
        _checks.real("lr", self.lr, above=0)
        _checks.real("momentum", self.momentum, at_least=0, below=1)
        _checks.real("weight_decay", self.weight_decay, at_least=0)

    def _fill(self, options: _abi.TrainingOptions) -> None:
        options.optimizer = _abi.SLLC_SGD
        options.lr = self.lr
        options.momentum = self.momentum
        options.weight_decay = self.weight_decay


@dataclass(frozen=True)
class Adam:
    """Adam with bias correction (Kingma & Ba, arXiv 1412.6980).

    Args:
        lr: > 0.
        beta1: Decay of the mean of gradients, 0 ≤ beta1 < 1.
        beta2: Decay of the mean of their squares, 0 ≤ beta2 < 1.
        epsilon: Added to the root of the latter, > 0.
        weight_decay: ≥ 0, added to the gradient (not AdamW).
    """

    lr: float = 1e-3
    beta1: float = field(default=0.9, kw_only=True)
    beta2: float = field(default=0.999, kw_only=True)
    epsilon: float = field(default=1e-8, kw_only=True)
    weight_decay: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        """Checks every value."""
        _checks.real("lr", self.lr, above=0)
        _checks.real("beta1", self.beta1, at_least=0, below=1)
        _checks.real("beta2", self.beta2, at_least=0, below=1)
        _checks.real("epsilon", self.epsilon, above=0)
        _checks.real("weight_decay", self.weight_decay, at_least=0)

    def _fill(self, options: _abi.TrainingOptions) -> None:
        options.optimizer = _abi.SLLC_ADAM
        options.lr = self.lr
        options.beta1 = self.beta1
        options.beta2 = self.beta2
        options.epsilon = self.epsilon
        options.weight_decay = self.weight_decay


def train(
    model: Model,
    params: Any,
    data: Any,
    *,
    optimizer: SGD | Adam | None = None,
    steps: int = 1000,
    batch_size: int | None = None,
    seed: int | None = 0,
    progress: bool | Callback = True,
) -> Parameters:
    """Lowers the mean loss from ``params``, and returns the new parameters.

    Args:
        model: What is trained.
        params: Where to start: anything that ``model.parameters`` takes. Not written to.
        data: (X, y) as for ``model.dataset``, or a ``Dataset``.
        optimizer: None: ``Adam(lr=1e-3)``.
        steps: ≥ 1.
        batch_size: Samples per step, without replacement within an epoch. None: the smaller of n and 256.
        seed: Of the order of the samples, 0 ... 2⁶⁴ - 1. None: fresh entropy.
        progress: True for a bar on runs longer than a second (tqdm where it is installed), or a function
            of (steps done, total).

    Raises:
        InvalidArgumentError: A value that cannot be.
        ArgumentTypeError: A value of the wrong kind.
        DivergedError: The loss stopped being finite; its ``chain`` is None.
        InterruptedRun: Ctrl-C; its ``result`` is the parameters reached.
    """
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"model must be a swiftllc.Model; got {type(model).__name__}.")
    optimizer = Adam() if optimizer is None else optimizer
    if not isinstance(optimizer, (SGD, Adam)):
        raise ArgumentTypeError(f"optimizer must be sl.SGD(...) or sl.Adam(...); got {optimizer!r}.")
    samples = model._dataset(data)
    trained = model.parameters(params)
    options = _abi.TrainingOptions()
    lib.sllc_training_options_init(byref(options), sizeof(options))
    optimizer._fill(options)
    options.num_steps = _checks.integer("steps", steps, at_least=1)
    options.seed = _checks.seed(seed)
    options.batch_size = _checks.batch_size(batch_size, samples.n)
    with Reporter(progress, "train") as reporter:
        status, interrupted = _runs.complete(
            lambda run: lib.sllc_training_start(
                model._handle,
                samples._handle,
                byref(options),
                trained.flat.ctypes.data,
                None,
                run,
            ),
            (samples, trained),
            reporter,
        )
    if interrupted:
        raise InterruptedRun(
            f"Interrupted after {status.steps_done} of {status.steps_total} steps; the exception's .result "
            "is the parameters reached.",
            result=trained,
        )
    if status.state == _abi.SLLC_DIVERGED:
        step: int = status.steps_done  # those that were taken: the loss is looked at before each
        message = (
            f"The loss stopped being finite at step {step}. Lower lr (now {optimizer.lr:g})."
            if step
            else "The loss at params itself is not finite. Check the parameters, and the scale of the data."
        )
        raise DivergedError(message + samples.doubt, chain=None, step=step, result=trained)
    return trained
