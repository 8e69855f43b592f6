"""What every layer of a network has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod

from swiftllc._graph import Graph, Node


class Layer(ABC):
    """A part of a network."""

    @abstractmethod
    def add_to(self, graph: Graph, x: Node, name: str) -> Node:
        """Adds the layer's parameters and operations to ``graph``.

        Args:
            graph: The graph under construction.
            x: What the layer is applied to.
            name: Where the layer stands in the network, as in "0" or "1.2"; "" for the network itself.

        Raises:
            InvalidArgumentError: The layer cannot take the shape of ``x``; names the layer and both shapes.
        """
