"""Exact learning coefficients λ and multiplicities m, to compare estimates with.

The volume of parameters with a loss below ε is asymptotically c ε^λ (-log ε)^(m-1). An estimate at finite
nbeta and localisation approaches λ from below, nearly as λ - (m-1)/log(nbeta).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ctypes import byref
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from swiftllc import _abi, _buffers, _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError, check
from swiftllc._library import lib

__all__ = [
    "LearningCoefficient",
    "disjoint_product",
    "disjoint_sum",
    "dln",
    "dln_local_bound",
    "monomial",
    "reduced_rank",
]


@dataclass(frozen=True)
class LearningCoefficient:
    """A learning coefficient.

    Attributes:
        value: λ, exact.
        multiplicity: m, or None where it is not known.
    """

    value: Fraction
    multiplicity: int | None

    def __float__(self) -> float:
        """λ."""
        return float(self.value)

    @classmethod
    def _from_native(cls, native: _abi.LearningCoefficient) -> LearningCoefficient:
        return cls(Fraction(native.numerator, native.denominator), native.multiplicity or None)


def dln(widths: Sequence[int], rank: int) -> LearningCoefficient:
    """A deep linear network without biases, at the deepest point for its true rank (Aoyagi 2024).

    Args:
        widths: H_0 ... H_L, the inputs first.
        rank: r, of the true linear map, at most the least width.

    Raises:
        InvalidArgumentError: Fewer than two widths, a width below 1, a rank that no such network has.
    """
    values = _integers("widths", widths, at_least=1)
    native = _abi.LearningCoefficient()
    check(
        lib.sllc_theory_deep_linear(
            _abi.int64s(values), len(values), _checks.integer("rank", rank, at_least=0), byref(native)
        )
    )
    return LearningCoefficient._from_native(native)


def dln_local_bound(weights: Sequence[Any], *, tolerance: float | None = None) -> LearningCoefficient:
    """The lower bound max(λ, ½ rank J) at given weights of a deep linear network, deepest point or not.

    λ is ``dln``'s for the rank of the whole product, and rank J = Σ_i (a_i - a_{i-1}) b_i, with
    a_i = rank(W_L ... W_{i+1}) and b_i = rank(W_{i-1} ... W_1).

    Args:
        weights: W_1 ... W_L, the first layer first, each (out, in).
        tolerance: Singular values of a product below this times its largest count as 0. None: the largest
            width times the number of layers times the spacing of the weights' dtype at 1.

    Raises:
        InvalidArgumentError: Not matrices, or shapes that do not follow one another.
    """
    arrays = [np.asarray(weight) for weight in weights]
    if not arrays:
        raise InvalidArgumentError("weights must hold at least one matrix.")
    matrices = [
        _buffers.floats(array, f"weights[{i}]", np.dtype(np.float64)).array for i, array in enumerate(arrays)
    ]
    for i, matrix in enumerate(matrices):
        if matrix.ndim != 2 or 0 in matrix.shape:
            raise InvalidArgumentError(f"weights[{i}] has shape {matrix.shape}; it must be (out, in).")
        if i and matrix.shape[1] != len(matrices[i - 1]):
            raise InvalidArgumentError(
                f"weights[{i}] has shape {matrix.shape}; after weights[{i - 1}] of shape "
                f"{matrices[i - 1].shape} it must have {len(matrices[i - 1])} columns."
            )
    widths = (matrices[0].shape[1], *map(len, matrices))
    if tolerance is None:
        # A float32 matrix of low rank is so only to float32's precision.
        spacing = max(np.finfo(a.dtype).eps if a.dtype.kind == "f" else 0.0 for a in arrays)
        tolerance = max(widths) * len(matrices) * float(max(spacing, np.finfo(np.float64).eps))
    else:
        tolerance = _checks.real("tolerance", tolerance, at_least=0, below=1)

    # Below layer i stands W_{i-1} ... W_1, the identity for the first; above it W_L ... W_{i+1}.
    below, above = [widths[0]], [widths[-1]]
    product = np.eye(widths[0])
    for matrix in matrices[:-1]:
        product = matrix @ product
        below.append(_rank(product, tolerance))
    rank = _rank(matrices[-1] @ product, tolerance)
    product = np.eye(widths[-1])
    for matrix in reversed(matrices[1:]):
        product = product @ matrix
        above.insert(0, _rank(product, tolerance))
    native = _abi.LearningCoefficient()
    check(
        lib.sllc_theory_deep_linear_local_bound(
            _abi.int64s(widths),
            len(widths),
            rank,
            _abi.int64s(tuple(above)),
            _abi.int64s(tuple(below)),
            byref(native),
        )
    )
    return LearningCoefficient._from_native(native)


def reduced_rank(inputs: int, hidden: int, outputs: int, rank: int) -> LearningCoefficient:
    """Reduced rank regression, a linear network with one hidden layer (Aoyagi & Watanabe 2005).

    Args:
        inputs: M ≥ 1.
        hidden: H ≥ 1.
        outputs: N ≥ 1.
        rank: r of the true map, at most the least of the three.

    Raises:
        InvalidArgumentError: Sizes or a rank that cannot be.
    """
    sizes = [
        _checks.integer(name, value, at_least=1)
        for name, value in (("inputs", inputs), ("hidden", hidden), ("outputs", outputs))
    ]
    native = _abi.LearningCoefficient()
    check(lib.sllc_theory_reduced_rank(*sizes, _checks.integer("rank", rank, at_least=0), byref(native)))
    return LearningCoefficient._from_native(native)


def monomial(powers: Sequence[int], prior_powers: Sequence[int] | None = None) -> LearningCoefficient:
    """The loss Π w_j^(2 k_j) under a prior proportional to Π |w_j|^h_j near 0: λ = min (h_j + 1) / (2 k_j).

    Args:
        powers: k_j ≥ 0, not all 0.
        prior_powers: h_j ≥ 0, as many; None: all 0.

    Raises:
        InvalidArgumentError: Powers that cannot be.
    """
    k = _integers("powers", powers, at_least=0)
    h = None if prior_powers is None else _integers("prior_powers", prior_powers, at_least=0)
    if h is not None and len(h) != len(k):
        raise InvalidArgumentError(f"prior_powers has {len(h)} entries, but powers has {len(k)}.")
    native = _abi.LearningCoefficient()
    check(
        lib.sllc_theory_monomial(_abi.int64s(k), None if h is None else _abi.int64s(h), len(k), byref(native))
    )
    return LearningCoefficient._from_native(native)


def disjoint_sum(*terms: LearningCoefficient) -> LearningCoefficient:
    """The sum of losses that share no variable: λ is the sum, and m - 1 the sum of each m - 1."""
    return _combined(lib.sllc_theory_sum, terms)


def disjoint_product(*factors: LearningCoefficient) -> LearningCoefficient:
    """The product of losses that share no variable: λ is the least, and m the sum over those that have it."""
    return _combined(lib.sllc_theory_product, factors)


def _combined(function: Any, coefficients: tuple[LearningCoefficient, ...]) -> LearningCoefficient:
    if not coefficients:
        raise InvalidArgumentError("There must be at least one learning coefficient.")
    for coefficient in coefficients:
        if not isinstance(coefficient, LearningCoefficient):
            raise ArgumentTypeError(f"{coefficient!r} is not a LearningCoefficient.")
    # The library takes an m of 1 where none is known; what it says of m is then not handed on.
    known = all(coefficient.multiplicity is not None for coefficient in coefficients)
    native = (_abi.LearningCoefficient * len(coefficients))(
        *(
            _abi.LearningCoefficient(
                _checks.integer("numerator", coefficient.value.numerator),
                _checks.integer("denominator", coefficient.value.denominator),
                _checks.integer("multiplicity", coefficient.multiplicity or 1),
            )
            for coefficient in coefficients
        )
    )
    result = _abi.LearningCoefficient()
    check(function(native, len(coefficients), byref(result)))
    coefficient = LearningCoefficient._from_native(result)
    return coefficient if known else LearningCoefficient(coefficient.value, None)


def _integers(name: str, values: Iterable[int], *, at_least: int) -> tuple[int, ...]:
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise ArgumentTypeError(f"{name} must be a sequence of integers; got {values!r}.")
    return tuple(_checks.integer(f"{name}[{i}]", value, at_least=at_least) for i, value in enumerate(values))


def _rank(matrix: Any, tolerance: float) -> int:
    singular = np.linalg.svd(matrix, compute_uv=False)
    return int((singular > tolerance * singular[0]).sum())
