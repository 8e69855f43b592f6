"""The functional builder of networks."""

from __future__ import annotations

from ctypes import byref, c_void_p

from swiftllc._errors import check
from swiftllc._library import lib
from swiftllc.graph.images import ImageOperations
from swiftllc.graph.losses import LossOperations
from swiftllc.graph.node import Node


class Graph(ImageOperations, LossOperations):
    """A network as a directed acyclic graph of operations on one sample.

    Every method adds nodes and returns the last. Mistakes are reported when a node is added.

    Example::

        g = sl.Graph()
        x = g.input((3, 32, 32))
        features = sl.Conv2d(3, 16, 3, padding=1)(x, name="conv")
        scores = sl.Linear(16, 10)(g.relu(features).mean((1, 2)), name="head")
        model = sl.Model(scores, loss="cross_entropy")
    """

    def compile(self, loss: Node, output: Node) -> c_void_p:
        """A ``sllc_model``, which the caller frees."""
        model = c_void_p()
        check(lib.sllc_model_compile(self._handle, loss.number, output.number, byref(model)))
        return model
