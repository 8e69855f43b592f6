"""Samplers: how a chain moves."""

from __future__ import annotations

from ctypes import byref, sizeof
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _abi, _checks
from swiftllc._errors import InvalidArgumentError
from swiftllc._library import lib
from swiftllc._weights import flattened

if TYPE_CHECKING:
    from swiftllc.model import Model

_METRICS = {"isotropic": _abi.SLLC_ISOTROPIC, "preconditioner": _abi.SLLC_PRECONDITIONER}


@dataclass(frozen=True, eq=False)
class SGLD:
    """Stochastic gradient Langevin dynamics (Welling & Teh 2011), localised and tempered.

    With U(w) = nbeta L(w) + (localization/2) |w - w*|² + (weight_decay/2) |w|², L the MEAN loss of the
    minibatch, w* the parameters that are given, A the preconditioner and z ~ N(0, I), a step is

        w ← w - (lr/2) A ∇U(w) + √(lr A) noise_level z

    (Lau et al., arXiv 2308.12108). It is stable while lr · A · (nbeta ∂²L + localization) < 4 in every
    direction, and biased upwards well before: watch the acceptance in the result's diagnostics.

    Args:
        lr: The step size ε, > 0.
        localization: Strength γ of the pull towards w*, ≥ 0.
        noise_level: Factor of the noise, ≥ 0. Only 1 samples the posterior; 0 is plain descent.
        weight_decay: Strength of the pull towards 0, ≥ 0.
        preconditioner: Diagonal A > 0: a flat vector, a dict of arrays by name, or ``Parameters``. None: 1.
        localization_metric: "isotropic" for the term above; "preconditioner" for
            (localization/2) (w - w*)ᵀ A⁻¹ (w - w*), which rescaling symmetries leave alone.

    Raises:
        InvalidArgumentError: A value out of its range.
        ArgumentTypeError: A value of the wrong kind.
    """

    lr: float
    localization: float = field(default=1.0, kw_only=True)
    noise_level: float = field(default=1.0, kw_only=True)
    weight_decay: float = field(default=0.0, kw_only=True)
    preconditioner: Any = field(default=None, kw_only=True)
    localization_metric: str = field(default="isotropic", kw_only=True)

    def __post_init__(self) -> None:
        """Checks every value; the preconditioner's shape is known to the model only."""
        object.__setattr__(self, "lr", _checks.real("lr", self.lr, above=0))
        for name in ("localization", "noise_level", "weight_decay"):
            object.__setattr__(self, name, _checks.real(name, getattr(self, name), at_least=0))
        _checks.choice("localization_metric", self.localization_metric, _METRICS)
        if self.localization_metric == "preconditioner" and self.preconditioner is None:
            raise InvalidArgumentError(
                "localization_metric='preconditioner' needs a preconditioner; without one, leave it out."
            )

    def _options(self, model: Model) -> tuple[_abi.SGLDOptions, NDArray[Any] | None]:
        """The native options, and the preconditioner that they point into and that must outlive them."""
        options = _abi.SGLDOptions()
        lib.sllc_sgld_options_init(byref(options), sizeof(options))
        options.lr = self.lr
        options.localization = self.localization
        options.noise_level = self.noise_level
        options.weight_decay = self.weight_decay
        options.localization_metric = _METRICS[self.localization_metric]
        if self.preconditioner is None:
            return options, None
        diagonal = flattened(
            self.preconditioner, "preconditioner", model.parameter_shapes, model.dtype, copy=False
        )
        low = np.flatnonzero(diagonal <= 0)
        if low.size:
            i = int(low[0])
            raise InvalidArgumentError(
                f"preconditioner must be greater than 0; element {i} of its flat vector is {diagonal[i]!s}."
            )
        options.preconditioner = diagonal.ctypes.data
        return options, diagonal
