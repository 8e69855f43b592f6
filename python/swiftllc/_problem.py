"""What is sampled: a loss of parameters and rows, and where its chains begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._weights import flattened, layout
from swiftllc.data import Dataset
from swiftllc.external import External
from swiftllc.model import Model
from swiftllc.parameters import Parameters

Vector = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """A model with its data and w*, checked.

    Attributes:
        model: Computes the loss.
        samples: Its data; None of an ``External``.
        centre: w*, flat.
        shapes: Name to shape, in the order of ``centre``.
        named: Whether w* was given as arrays by name.
        n: The number of samples.
    """

    model: Model | External
    samples: Dataset | None
    centre: Vector
    shapes: dict[str, tuple[int, ...]]
    named: bool
    n: int

    @classmethod
    def of(cls, model: Any, params: Any, data: Any) -> Problem:
        """From what the user gives.

        Raises:
            InvalidArgumentError: A value that cannot be.
            ArgumentTypeError: A value of the wrong kind.
        """
        if isinstance(model, External):
            if data is not None:
                raise InvalidArgumentError(
                    "data must be left out for an External: its functions have the data that they need."
                )
            shapes, dtype = layout(params, "params")
            centre = flattened(params, "params", shapes, dtype, copy=False)
            samples, n = None, model.n
        elif isinstance(model, Model):
            samples = model._dataset(data)
            centre, shapes, n = model._vector(params), model.parameter_shapes, samples.n
        else:
            raise ArgumentTypeError(
                f"model must be a swiftllc.Model or a swiftllc.External; got {type(model).__name__}."
            )
        return cls(model, samples, centre, shapes, isinstance(params, Mapping), n)

    @property
    def tables(self) -> frozenset[str]:
        """The parameters that are tables of embeddings."""
        specs = self.model._specs if isinstance(self.model, Model) else {}
        return frozenset(name for name, spec in specs.items() if spec.table)

    def gradient_on(self, rows: NDArray[np.int64]) -> Callable[[Vector], Vector]:
        """The gradient of the mean loss of these rows, as a function of the flat vector."""
        model = self.model
        if isinstance(model, Model):
            assert self.samples is not None
            part = self.samples.rows(rows)
            return lambda vector: model.gradient(vector, part).flat
        here = self.centre.copy()
        parameters = Parameters(here, self.shapes) if self.named else here

        def gradient(vector: Vector) -> Vector:
            here[...] = vector
            _, found = model._evaluate(parameters, rows)
            return flattened(found, "The gradient of loss_and_grad", self.shapes, here.dtype)

        return gradient
