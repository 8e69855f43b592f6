"""Losses of a network's output and a target, one number per sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc.graph import Graph, Node, Shape
from swiftllc.graph.recorder import Input


class Loss(ABC):
    """Takes the output and a target of its own, the data set's last array, y."""

    @abstractmethod
    def target(self, output: Shape) -> Input:
        """What y is for outputs of this shape.

        Raises:
            InvalidArgumentError: Outputs of a shape that the loss does not take.
        """

    @abstractmethod
    def add_to(self, graph: Graph, output: Node, target: Node) -> Node:
        """Adds the loss of each sample."""


@dataclass(frozen=True)
class MSE(Loss):
    """(f(x) - y)², y of the shape of the output.

    Args:
        reduction: "mean" over the outputs, without a factor ½; or "half_sum", half the sum over them.
    """

    reduction: str = "mean"

    def __post_init__(self) -> None:
        """Refuses other words."""
        _checks.choice("MSE's reduction", self.reduction, ("mean", "half_sum"))

    def target(self, output: Shape) -> Input:
        """Floats of the output's shape."""
        return Input("y", output, "float")

    def add_to(self, graph: Graph, output: Node, target: Node) -> Node:
        """Adds the squared error."""
        return graph.squared_error(output, target, self.reduction)


@dataclass(frozen=True)
class GaussianNLL(Loss):
    """-log N(y; f(x), sigma² I): (f(x) - y)² / (2 sigma²) + log(sigma √(2π)), summed over the outputs.

    Args:
        sigma: The standard deviation, > 0.
    """

    sigma: float

    def __post_init__(self) -> None:
        """Refuses what is not positive."""
        object.__setattr__(self, "sigma", _checks.real("GaussianNLL's sigma", self.sigma, above=0))

    def target(self, output: Shape) -> Input:
        """Floats of the output's shape."""
        return Input("y", output, "float")

    def add_to(self, graph: Graph, output: Node, target: Node) -> Node:
        """Adds the negative logarithm of the density."""
        return graph.gaussian_nll(output, target, self.sigma)


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """-log softmax(f(x))[y], for outputs (..., classes) and class indices y (...).

    With several positions per sample, as the tokens of a sequence, the mean over those that count.

    Args:
        ignore_index: A label that says that its position does not count (torch's default is -100). A sample
            of which none counts has the loss 0.
        label_smoothing: This part of the target is spread evenly over the classes, in [0, 1).
    """

    ignore_index: int | None = None
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        """Refuses what is no whole number, or no part."""
        if self.ignore_index is not None:
            index = _checks.integer("CrossEntropy's ignore_index", self.ignore_index)
            object.__setattr__(self, "ignore_index", index)
        smoothing = _checks.real("CrossEntropy's label_smoothing", self.label_smoothing)
        if not 0 <= smoothing < 1:
            raise InvalidArgumentError(f"CrossEntropy's label_smoothing must be in [0, 1); got {smoothing}.")
        object.__setattr__(self, "label_smoothing", smoothing)

    def target(self, output: Shape) -> Input:
        """Integers, one for each position."""
        if not output:
            raise InvalidArgumentError(
                "cross_entropy takes outputs of shape (..., classes); the network's are ()."
            )
        return Input("y", output[:-1], "int64", output[-1], self.ignore_index)

    def add_to(self, graph: Graph, output: Node, target: Node) -> Node:
        """Adds the cross-entropy."""
        return graph.cross_entropy(output, target, self.ignore_index, self.label_smoothing)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Mean over the outputs of log(1 + e^f(x)) - y f(x): outputs are logits, y in [0, 1]."""

    def target(self, output: Shape) -> Input:
        """Floats of the output's shape."""
        return Input("y", output, "float")

    def add_to(self, graph: Graph, output: Node, target: Node) -> Node:
        """Adds the binary cross-entropy."""
        return graph.binary_cross_entropy(output, target)


#: What a word means.
LOSSES: dict[str, Loss] = {
    "mse": MSE(),
    "cross_entropy": CrossEntropy(),
    "binary_cross_entropy": BinaryCrossEntropy(),
}


def named(loss: object) -> Loss:
    """The loss that a word means; a loss itself."""
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, type) and issubclass(loss, Loss):
        raise ArgumentTypeError(f"loss is the class {loss.__name__}; make one by calling it.")
    return LOSSES[_checks.choice("loss", loss, LOSSES)]
