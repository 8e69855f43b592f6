"""Parameters: one flat vector, seen as named arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Parameters(Mapping[str, NDArray[Any]]):
    """A model's weights: a mapping from names to arrays that are views of one flat vector.

    Writing into ``params["0.weight"]`` changes ``params.flat``, and the other way round.

    Attributes:
        flat: The vector, of shape (count,) and the model's dtype; the arrays follow one another in it in the
            order of iteration, each in row-major order.
    """

    def __init__(self, flat: NDArray[Any], shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Lays names and shapes over ``flat`` without copying it. Made by ``Model``, not by hand."""
        self.flat = flat
        self._views: dict[str, NDArray[Any]] = {}
        offset = 0
        for name, shape in shapes.items():
            end = offset + math.prod(shape)
            self._views[name] = flat[offset:end].reshape(shape)
            offset = end

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The array of that name, as a view. KeyError naming those there are."""
        try:
            return self._views[name]
        except KeyError:
            raise KeyError(f"there is no parameter {name!r}, only {', '.join(self._views)}") from None

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the flat vector."""
        return iter(self._views)

    def __len__(self) -> int:
        """The number of arrays."""
        return len(self._views)

    def __eq__(self, other: object) -> bool:
        """Same names, shapes and values."""
        if not isinstance(other, Parameters):
            return NotImplemented
        return self.shapes == other.shapes and np.array_equal(self.flat, other.flat)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Names and shapes."""
        arrays = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"Parameters({self.flat.size} {self.flat.dtype}: {arrays})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the vector once, and not the views."""
        return (Parameters, (self.flat, self.shapes))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The flat vector, for numpy; as a mapping it would be read as its names."""
        return np.array(self.flat, dtype) if copy else np.asarray(self.flat, dtype)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every array."""
        return {name: view.shape for name, view in self._views.items()}

    def copy(self) -> Parameters:
        """Parameters of the same values with a vector of their own."""
        return Parameters(self.flat.copy(), self.shapes)

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Copies of the arrays by name, as for ``numpy.savez(path, **params.to_dict())``."""
        return {name: view.copy() for name, view in self._views.items()}
