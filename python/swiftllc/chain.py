"""A chain that is driven by hand: it asks on which rows, and is told the loss and its gradient."""

from __future__ import annotations

import math
from collections.abc import Mapping
from ctypes import byref, c_void_p
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swiftllc import _abi, _buffers, _checks
from swiftllc._errors import ArgumentTypeError, DivergedError, InvalidArgumentError, check
from swiftllc._library import lib
from swiftllc._native_arrays import Owner
from swiftllc._run_options import DEFAULTS, Options, checked_options
from swiftllc._warnings import divergence
from swiftllc._weights import flattened, layout
from swiftllc.parameters import Parameters
from swiftllc.samplers import Sampler


class Chain:
    """One chain of a native sampler, for a model that is evaluated elsewhere: by numpy, PyTorch, JAX.

        chain = sl.Chain(sl.SGLD(lr=1e-4), params, n=len(X), batch_size=64, seed=0)
        for _ in range(1000):
            loss, gradient = evaluate(chain.parameters, X[chain.batch], y[chain.batch])
            draw = chain.tell(loss, gradient)

    Chain ``number`` of a seed is the chain of that number of ``estimate_llc``, up to rounding. A chain
    belongs to one thread, and cannot be pickled.

    Attributes:
        parameters: Where the chain is and wants to be told of: ``Parameters`` where it was given arrays by
            name, else a flat vector. Always the same memory, the chain's own, of which a framework may keep
            views (``torch.from_numpy``); to be read only.
        gradient: Where the gradient is expected, in the same form and precision: also always the same
            memory, to be written in place, or by ``tell``.
        n: The number of samples.
        batch_size: In force.
        nbeta: In force.
        seed: In force, also if none was given.
        number: Which chain of the seed it is.
    """

    parameters: Parameters | NDArray[Any]
    gradient: Parameters | NDArray[Any]

    def __init__(
        self,
        sampler: Sampler,
        params: Any,
        *,
        n: int,
        batch_size: int | None = None,
        nbeta: float | None = None,
        seed: int | None = None,
        with_replacement: bool = False,
        mask: Any = None,
        number: int = 0,
        num_burnin_steps: int = 200,
        dtype: DTypeLike | None = None,
    ) -> None:
        """Puts the chain at w*.

        Args:
            sampler: How it moves. Its ``lr_schedule`` must be an array.
            params: w*, copied: arrays by name (a dict, a ``state_dict()``), or a flat vector.
            n: The number of samples that the loss is the mean over; of them the batches are made.
            batch_size: Rows of a batch. None: the smaller of n and 256; all for MALA and HMC.
            nbeta: Inverse temperature of the mean loss, > 0. None: n / ln n.
            seed: 0 ... 2⁶⁴ - 1. None: fresh entropy.
            with_replacement: Whether the rows of a batch are drawn independently, and not epoch by epoch.
            mask: Which parameters move, as for ``estimate_llc``; of a flat vector a boolean one.
            number: Which chain of the seed, 0 ... 2³¹ - 2.
            num_burnin_steps: After so many steps an adaptive preconditioner is frozen.
            dtype: "float32" or "float64". None: float32 if no array of params is of more, else float64.

        Raises:
            InvalidArgumentError: A value that cannot be.
            ArgumentTypeError: A value of the wrong kind.
        """
        shapes, precision = layout(params, "params", None if dtype is None else _buffers.precision(dtype))
        options = checked_options(
            sampler,
            n=_checks.integer("n", n, at_least=1),
            shapes=shapes,
            **DEFAULTS
            | {
                "num_chains": 1,
                "num_draws": 1,
                "num_burnin_steps": num_burnin_steps,
                "batch_size": batch_size,
                "with_replacement": with_replacement,
                "mask": mask,
                "nbeta": nbeta,
                "seed": seed,
                "num_acceptance_checks": 0,
                "draw_batches": "steps",
            },
        )
        if callable(options.sampler.lr_schedule):
            raise ArgumentTypeError(
                "lr_schedule must be an array for a Chain, which does not know how many steps it will make: "
                "give the function's values, lr_schedule=function(np.arange(steps))."
            )
        centre = flattened(params, "params", shapes, precision, copy=False)
        self._open(centre, shapes, n, options, named=isinstance(params, Mapping))
        if number:
            self.restart(number)

    @classmethod
    def _of(cls, *arguments: Any, **named: Any) -> Chain:
        """With arguments that are checked, those of ``_open``."""
        chain = cls.__new__(cls)
        chain._open(*arguments, **named)
        return chain

    def _open(
        self,
        centre: NDArray[Any],
        shapes: dict[str, tuple[int, ...]],
        n: int,
        options: Options,
        *,
        named: bool,
    ) -> None:
        """What ``__init__`` does with arguments that are checked."""
        native = options.sampler._options(shapes, centre.dtype)
        handle = c_void_p()
        check(
            lib.sllc_chain_create(
                _buffers.PRECISIONS[centre.dtype],
                centre.size,
                n,
                centre.ctypes.data,
                byref(native.options),
                byref(options.native),
                0,
                byref(handle),
            )
        )
        owner = Owner(handle)
        self._owner = owner
        self._handle = handle
        self._sampler = options.sampler
        self._mask = options.mask
        self._state = _abi.sized(_abi.ChainState)
        self._state_reference = byref(self._state)
        check(lib.sllc_chain_look(handle, self._state_reference))
        state = self._state
        self.n = n
        self.nbeta = state.nbeta
        self.batch_size = state.batch_size
        self.seed = options.native.seed
        self.number = 0
        self._parameters = owner.array(state.parameters, centre.size, centre.dtype)
        self._gradient = owner.array(state.gradient, centre.size, centre.dtype)
        self._gradient[...] = 0
        self._rows = owner.array(state.batch, self.batch_size, np.dtype(np.int64))
        self._batch: NDArray[np.int64] | None = None
        self._shapes = shapes
        self.parameters = Parameters(self._parameters, shapes) if named else self._parameters
        self.gradient = Parameters(self._gradient, shapes) if named else self._gradient

    def __reduce__(self) -> NoReturn:
        """Refused: what makes a chain go on is in native memory."""
        raise ArgumentTypeError(
            "a Chain cannot be copied or pickled; make another of the same seed and number, and tell it the "
            "same."
        )

    def __repr__(self) -> str:
        """Sampler, size and step."""
        return (
            f"Chain({self._sampler!r}, {self._parameters.size} {self._parameters.dtype} parameters, "
            f"n={self.n}, batch_size={self.batch_size}, seed={self.seed}, number={self.number}, "
            f"step={self.step})"
        )

    @property
    def step(self) -> int:
        """How many draws the chain has left: the number of the one that it is at, or on its way to."""
        return int(self._state.step)

    @property
    def batch(self) -> NDArray[np.int64]:
        """The rows to average over, (count,): ``batch_size`` of them, or fewer at the end of an epoch.

        An array of its own for each step, which later steps leave alone; with full batches always the same.
        """
        if self._batch is None:
            self._batch = self._rows[: self._state.batch_count].copy()
        return self._batch

    @property
    def distance(self) -> float:
        """|w - w*|."""
        return float(self._measures().distance)

    @property
    def acceptance(self) -> float:
        """The probability with which MALA or HMC accepted the move to the last draw; NaN of others."""
        return float(self._state.acceptance)

    def tell(self, loss: Any, gradient: Any = None) -> float | None:
        """Takes what was asked for, and moves on.

        Args:
            loss: Mean loss of the rows ``batch`` at ``parameters``: a number, or an array of one.
            gradient: Its gradient: a flat array or arrays by name, copied to ``gradient``. None: it is there.

        Returns:
            The loss of the draw that the chain had arrived at, and has left now. For most samplers that is
            where it was told of, so that ``parameters`` before this call were the draw. MALA and HMC first go
            a trajectory, on which the result is None, and may come back to its start; to read the parameters
            of their draws call ``arrive`` and ``leave``, of which this is made.

        Raises:
            DivergedError: The loss is not finite. The chain is where it was.
            InvalidArgumentError: A gradient of another shape, or not finite; names the parameter.
            ArgumentTypeError: Not numbers.
        """
        drawn = self.arrive(loss, gradient)
        if drawn is not None:
            self.leave()
        return drawn

    def arrive(self, loss: Any, gradient: Any = None) -> float | None:
        """The first half of ``tell``: not None where ``parameters`` are a draw now, until ``leave``.

        In between ``gradient`` must not be changed.
        """
        if gradient is not None:
            self._write(gradient)
        number = loss if type(loss) is float else as_number(loss, "loss")
        if lib.sllc_chain_tell(self._handle, number, self._state_reference):
            self._refuse(number)
        state = self._state
        if state.has_arrived:
            return float(state.loss)
        self._forget_batch()
        return None

    def leave(self) -> None:
        """The second half of ``tell``: moves on from a draw. InvalidArgumentError where it is at none."""
        check(lib.sllc_chain_leave(self._handle, self._state_reference))
        self._forget_batch()

    def draw_batch(self) -> NDArray[np.int64]:
        """Rows to measure the loss of a draw on, (batch_size,), drawn for that alone: so without bias.

        The draw is the one that the chain is at, or is about to be told of (docs/estimator.md says why its
        own batch is biased). With full batches all rows.
        """
        rows = np.empty(self.batch_size, np.int64)
        check(lib.sllc_chain_draw_batch(self._handle, rows.ctypes.data))
        return rows

    def restart(self, number: int) -> None:
        """Back to w*, as chain ``number`` of the seed; in the same memory."""
        number = _checks.integer("number", number, at_least=0)
        check(lib.sllc_chain_restart(self._handle, number))
        check(lib.sllc_chain_look(self._handle, self._state_reference))
        self.number = number
        self._forget_batch()

    def _forget_batch(self) -> None:
        if self.batch_size < self.n:
            self._batch = None

    def _measures(self) -> _abi.ChainMeasures:
        measures = _abi.sized(_abi.ChainMeasures)
        check(lib.sllc_chain_measure(self._handle, byref(measures)))
        return measures

    def _write(self, gradient: Any, name: str = "gradient") -> None:
        """Copies a gradient in any of its forms to where it is expected."""
        if gradient is self.gradient or gradient is self._gradient:
            return
        if not isinstance(gradient, Mapping):
            _copy(gradient, self._gradient, name)
            return
        if not isinstance(self.gradient, Parameters):
            raise ArgumentTypeError(
                f"{name} is a {type(gradient).__name__}; params was a flat vector, and so must this be."
            )
        if gradient.keys() != self.gradient.keys():
            raise InvalidArgumentError(
                f"{name} has {', '.join(map(repr, gradient))}; it must have what params has: "
                f"{', '.join(map(repr, self.gradient))}."
            )
        for key, view in self.gradient.items():
            _copy(gradient[key], view, f'{name}["{key}"]')

    def _refuse(self, loss: float) -> NoReturn:
        """Raises what the library refused to be told, where it is known better here."""
        if not self._state.has_arrived:
            if not math.isfinite(loss):
                message = divergence(self.number, self.step, self._sampler)
                raise DivergedError(message, chain=self.number, step=self.step, result=None)
            wrong = ~np.isfinite(self._gradient)
            if self._mask is not None:
                wrong &= self._mask != 0
            if wrong.any():
                index = int(wrong.argmax())
                raise InvalidArgumentError(
                    f"The gradient of {self._where(index)} is {self._gradient[index]!s} at step {self.step}, "
                    f"though the loss is finite ({loss:g}). Look for a 0/0 or an overflow in what computes "
                    f"it, or lower lr (now {self._sampler.lr:g})."
                )
        check(_abi.SLLC_INVALID_ARGUMENT)
        raise AssertionError  # check has raised

    def _where(self, index: int) -> str:
        """How an element of the flat vector is known to the user."""
        if not isinstance(self.gradient, Parameters):
            return f"parameter {index}"
        for name, shape in self._shapes.items():
            size = math.prod(shape)
            if index < size:
                return f"{name!r}[{', '.join(str(int(i)) for i in np.unravel_index(index, shape))}]"
            index -= size
        raise IndexError(index)


def as_number(value: Any, name: str) -> float:
    """A float, not necessarily finite, from a number or an array of one."""
    array = _buffers.as_array(value, name)
    _buffers.require_real(array, name)
    if array.size != 1:
        raise InvalidArgumentError(f"{name} has shape {array.shape}; it must be one number, the mean loss.")
    return float(array.reshape(()))


def _copy(source: Any, target: NDArray[Any], name: str) -> None:
    if type(source) is np.ndarray and source.dtype == target.dtype and source.shape == target.shape:
        target[...] = source
        return
    array = _buffers.as_array(source, name)
    _buffers.require_real(array, name)
    if array.shape != target.shape:
        raise InvalidArgumentError(f"{name} has shape {array.shape}; it must be {target.shape}.")
    with np.errstate(over="ignore"):  # what is infinite then is found by the chain
        np.copyto(target, array, casting="unsafe")
