"""What all samplers have: their common options, checked and handed to the native side."""

from __future__ import annotations

import dataclasses
from ctypes import byref, sizeof
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi, _buffers, _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._library import lib
from swiftllc._weights import flattened

_METRICS = {"isotropic": _abi.SLLC_ISOTROPIC, "preconditioner": _abi.SLLC_PRECONDITIONER}


def positive(default: Any = dataclasses.MISSING) -> Any:
    return field(default=default, kw_only=True, metadata={"above": 0})


def nonnegative(default: float) -> Any:
    return field(default=default, kw_only=True, metadata={"at_least": 0})


def decay(default: float) -> Any:
    return field(default=default, kw_only=True, metadata={"at_least": 0, "below": 1})


@dataclass(frozen=True, eq=False)
class Sampler:
    """What all samplers have; use one of its subclasses.

    Args:
        lr: The step size, > 0, in the sense of the sampler's own formula.
        localization: Strength γ of the pull towards w*, ≥ 0.
        weight_decay: Strength of the pull towards 0, ≥ 0.
        bounding_box: > 0: no weight goes further than this from w*; moves that would are reflected at that
            wall, which keeps the law of the posterior inside it (Lau et al. clamp: that piles draws up on the
            wall). None: no box.
        lr_schedule: Factors of ``lr``, step by step, > 0: an array (its last one stays in force) or a
            function of the array of step numbers 0, 1, 2, ... such as ``lambda t: (1 + t / 1000) ** -0.33``.
            Draws count equally whatever the step. None: constant.

    Raises:
        InvalidArgumentError: A value out of its range.
        ArgumentTypeError: A value of the wrong kind.
    """

    lr: float = field(metadata={"above": 0})
    localization: float = nonnegative(1.0)
    weight_decay: float = nonnegative(0.0)
    bounding_box: float | None = positive(None)
    lr_schedule: Any = field(default=None, kw_only=True)

    _kind: ClassVar[int]

    def __post_init__(self) -> None:
        """Checks every number."""
        if type(self) is Sampler:
            raise ArgumentTypeError(
                "Sampler itself moves nothing; use one of its subclasses, such as sl.SGLD(lr=1e-5)."
            )
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.metadata and not (value is None and item.default is None):
                object.__setattr__(self, item.name, _checks.real(item.name, value, **item.metadata))

    @property
    def settings(self) -> dict[str, Any]:
        """The sampler's name, and every option in force; of arrays only whether they are given."""
        numbers = {
            item.name: value
            for item in dataclasses.fields(self)
            if isinstance(value := getattr(self, item.name), (bool, int, float, str, type(None)))
        }
        return {"sampler": type(self).__name__, **numbers, **self._shortened()}

    def _shortened(self) -> dict[str, Any]:
        return {"lr_schedule": "given"} if self.lr_schedule is not None else {}

    def _options(self, shapes: dict[str, tuple[int, ...]], dtype: np.dtype[Any]) -> Native:
        """The native options, with what they point into."""
        options = _abi.SamplerOptions()
        lib.sllc_sampler_options_init(byref(options), sizeof(options), self._kind)
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if isinstance(value, (bool, int, float)):
                setattr(options, item.name, value)
        return Native(options, ())

    def _lr_factors(self, steps: int) -> NDArray[np.float64] | None:
        """The schedule for a run of so many steps."""
        if self.lr_schedule is None:
            return None
        given = self.lr_schedule(np.arange(steps)) if callable(self.lr_schedule) else self.lr_schedule
        factors = np.atleast_1d(_buffers.floats(given, "lr_schedule", np.dtype(np.float64)).array)
        if factors.ndim != 1 or not factors.size:
            raise InvalidArgumentError(
                f"lr_schedule must give one factor for each step; its shape is {factors.shape}."
            )
        low = np.flatnonzero(factors <= 0)
        if low.size:
            step = int(low[0])
            raise InvalidArgumentError(
                f"lr_schedule must be greater than 0; at step {step} it is {factors[step]!s}."
            )
        return factors


@dataclass(frozen=True)
class Native:
    """Options for the native side, and the arrays that they point into and that must outlive them."""

    options: _abi.SamplerOptions
    borrowed: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Preconditioned(Sampler):
    """A sampler that takes a constant diagonal preconditioner.

    Args:
        preconditioner: Diagonal A > 0: a flat vector, a dict of arrays by name, or ``Parameters``. None: 1.
        localization_metric: "isotropic" for the pull above; "preconditioner" for
            (localization/2) (w - w*)ᵀ A⁻¹ (w - w*), which rescaling symmetries leave alone.
    """

    preconditioner: Any = field(default=None, kw_only=True)
    localization_metric: str = field(default="isotropic", kw_only=True)

    def __post_init__(self) -> None:
        """Checks every value; the preconditioner's shape is known to the model only."""
        super().__post_init__()
        _checks.choice("localization_metric", self.localization_metric, _METRICS)
        if self.localization_metric == "preconditioner" and self.preconditioner is None:
            raise InvalidArgumentError(
                "localization_metric='preconditioner' needs a preconditioner; without one, leave it out."
            )

    def _shortened(self) -> dict[str, Any]:
        return {**super()._shortened(), "preconditioner": None if self.preconditioner is None else "given"}

    def _options(self, shapes: dict[str, tuple[int, ...]], dtype: np.dtype[Any]) -> Native:
        native = super()._options(shapes, dtype)
        native.options.localization_metric = _METRICS[self.localization_metric]
        if self.preconditioner is None:
            return native
        diagonal = flattened(self.preconditioner, "preconditioner", shapes, dtype, copy=False)
        low = np.flatnonzero(diagonal <= 0)
        if low.size:
            i = int(low[0])
            raise InvalidArgumentError(
                f"preconditioner must be greater than 0; element {i} of its flat vector is {diagonal[i]!s}."
            )
        native.options.preconditioner = diagonal.ctypes.data
        return Native(native.options, (diagonal,))
