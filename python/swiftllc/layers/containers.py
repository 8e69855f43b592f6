"""Layers made of layers, and layers that have no weights."""

from __future__ import annotations

from dataclasses import dataclass

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc.graph import Graph, Node
from swiftllc.layers.layer import Layer, inside


class Sequential(Layer):
    """Layers one after the other. Their parameters are named by position, as in "0.weight"."""

    def __init__(self, *layers: Layer) -> None:
        """Takes one layer or more; a Sequential is a layer too.

        Raises:
            ArgumentTypeError: Something that is not a layer.
            InvalidArgumentError: No layer at all.
        """
        if not layers:
            raise InvalidArgumentError("Sequential needs at least one layer.")
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                hint = ""
                if isinstance(layer, type):
                    hint = " Make one by calling it."
                elif isinstance(layer, (list, tuple)):
                    hint = " Unpack it with *, as in Sequential(*layers)."
                raise ArgumentTypeError(f"Sequential's argument {i} is {layer!r}, not a layer.{hint}")
        self.layers = layers

    @property
    def input_dtype(self) -> str:
        """That of the first layer."""
        return self.layers[0].input_dtype

    def __repr__(self) -> str:
        """As it would be written."""
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds each layer to the result of the one before."""
        for i, layer in enumerate(self.layers):
            x = layer(x, inside(name, str(i)))
        return x


class Residual(Layer):
    """x + f(x). The parameters are those of f, under its names."""

    def __init__(self, layer: Layer) -> None:
        """Takes f, whose output has the shape of its input.

        Raises:
            ArgumentTypeError: Not a layer.
        """
        if not isinstance(layer, Layer):
            raise ArgumentTypeError(f"Residual takes a layer; got {layer!r}.")
        self.layer = layer

    def __repr__(self) -> str:
        """As it would be written."""
        return f"Residual({self.layer!r})"

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds f, and the sum."""
        y = self.layer(x, name)
        if y.shape != x.shape:
            raise InvalidArgumentError(f"its layer makes {y.shape} of them; a sum needs the same shape.")
        return x + y


@dataclass(frozen=True)
class Flatten(Layer):
    """All axes of a sample as one, in row-major order."""

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds nothing but another view."""
        return x.flatten()


@dataclass(frozen=True)
class Dropout(Layer):
    """Nothing: a loss whose noise is another at each call has no learning coefficient.

    Args:
        p: The part that training drops, in [0, 1].
        evaluation: True says that the network is meant as it is after training. Needed where p > 0.
    """

    p: float = 0.5
    evaluation: bool = False

    def __post_init__(self) -> None:
        """Refuses training with p > 0."""
        p = _checks.real("Dropout's p", self.p)
        if not 0 <= p <= 1:
            raise InvalidArgumentError(f"Dropout's p must be in [0, 1]; got {p}.")
        if p > 0 and not _checks.boolean("Dropout's evaluation", self.evaluation):
            raise InvalidArgumentError(
                f"Dropout with p = {p} makes the loss of the same weights another at each call; "
                "Dropout(p, evaluation=True) means the network without it, as it is after training."
            )

    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds nothing."""
        return x
