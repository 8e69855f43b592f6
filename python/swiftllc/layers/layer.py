"""What every layer of a network has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError, LayerError
from swiftllc.graph import Graph, Node


class Layer(ABC):
    """A part of a network.

    Called with a node of a ``Graph`` it adds itself there: ``Linear(64, 10)(x, name="head")``.

    Attributes:
        input_dtype: "float", or "int64" of a layer that takes integers.
    """

    @property
    def input_dtype(self) -> str:
        """What the layer is applied to."""
        return "float"

    def __call__(self, x: Node, name: str = "") -> Node:
        """Adds the layer to the graph of ``x``, its parameters named after it, as in "head.weight".

        Args:
            x: What the layer is applied to.
            name: Where it stands in the network, as in "0" or "1.2"; "" for the network itself.

        Raises:
            InvalidArgumentError: The layer cannot take ``x``; names the layer and what it is given.
        """
        if not isinstance(x, Node):
            raise ArgumentTypeError(f"{self!r} is given {x!r}; in a graph it takes a node, such as an input.")
        try:
            return self.add_to(x.graph, x, name)
        except LayerError:
            raise  # of a layer inside this one
        except InvalidArgumentError as error:
            where = f"Layer {name}" if name else "The network"
            given = "integers" if x.kind == "integer" else "samples"
            raise LayerError(f"{where} is {self!r}, given {given} of shape {x.shape}: {error}") from error

    @abstractmethod
    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the layer's parameters and operations: the work of a call, which says who refuses ``x``.

        Args:
            graph: That of ``x``.
            x: As of a call.
            name: As of a call.

        Raises:
            InvalidArgumentError: The layer cannot take ``x``; says what it takes.
        """


def inside(name: str, part: str) -> str:
    """The name of a part of what is called ``name``; "" is the network itself."""
    return f"{name}.{part}" if name else part
