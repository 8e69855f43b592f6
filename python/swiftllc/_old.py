"""A native graph under construction: the calls of the C interface with shapes and names kept beside them."""

from __future__ import annotations

from ctypes import byref, c_int64, c_void_p
from typing import NamedTuple

from swiftllc import _abi
from swiftllc._errors import check
from swiftllc._library import lib

Shape = tuple[int, ...]


class Node(NamedTuple):
    """A node's number and the shape of one sample of it."""

    number: int
    shape: Shape


class ParameterSpec(NamedTuple):
    """A parameter's shape and the bound b of its initial distribution U(-b, b).

    ``kernel``: whether it is (out, in, ...) here and (..., in, out) in Keras and Flax, as are the weights of
    linear layers and of convolutions.
    """

    shape: Shape
    initial_bound: float
    kernel: bool = False


class Graph:
    """Owns a ``sllc_graph`` for the time of a ``with`` block.

    Attributes:
        parameters: Name to shape, initial bound and kind, in the order of the flat vector.
        aliases: Other names of parameters, as weights that are tied have them, to the parameters' names.
    """

    def __init__(self, precision: int) -> None:
        """Starts an empty graph of SLLC_FLOAT32 or SLLC_FLOAT64."""
        self.parameters: dict[str, ParameterSpec] = {}
        self.aliases: dict[str, str] = {}
        self._handle = c_void_p()
        check(lib.sllc_graph_create(precision, byref(self._handle)))

    def __enter__(self) -> Graph:
        """The graph itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Frees the native graph; what was compiled from it stays."""
        lib.sllc_graph_free(self._handle)

    def input(self, shape: Shape, element: int = _abi.SLLC_ELEMENT_FLOAT) -> Node:
        """One value per sample that the data set provides."""
        node = c_int64()
        check(lib.sllc_graph_add_input(self._handle, element, _abi.int64s(shape), len(shape), byref(node)))
        return Node(node.value, shape)

    def parameter(self, name: str, shape: Shape, initial_bound: float, *, kernel: bool = False) -> Node:
        """A named array of weights; ``kernel`` as in ``ParameterSpec``."""
        node = c_int64()
        check(
            lib.sllc_graph_add_parameter(
                self._handle, name.encode(), _abi.int64s(shape), len(shape), byref(node)
            )
        )
        self.parameters[name] = ParameterSpec(shape, initial_bound, kernel)
        return Node(node.value, shape)

    def linear(self, x: Node, weight: Node, bias: Node | None) -> Node:
        """(in) times (out, in), plus (out)."""
        node = c_int64()
        bias_number = _abi.SLLC_NO_NODE if bias is None else bias.number
        check(lib.sllc_graph_add_linear(self._handle, x.number, weight.number, bias_number, byref(node)))
        return Node(node.value, (weight.shape[0],))

    def activation(self, kind: int, x: Node) -> Node:
        """An elementwise function without parameters, from SLLC_RELU to SLLC_SOFTPLUS."""
        node = c_int64()
        check(lib.sllc_graph_add_activation(self._handle, kind, x.number, byref(node)))
        return Node(node.value, x.shape)

    def leaky_relu(self, x: Node, negative_slope: float) -> Node:
        """X where x > 0, else negative_slope x."""
        node = c_int64()
        check(lib.sllc_graph_add_leaky_relu(self._handle, x.number, negative_slope, byref(node)))
        return Node(node.value, x.shape)

    def elu(self, x: Node, alpha: float) -> Node:
        """X where x > 0, else alpha (exp(x) - 1)."""
        node = c_int64()
        check(lib.sllc_graph_add_elu(self._handle, x.number, alpha, byref(node)))
        return Node(node.value, x.shape)

    def mean_squared_error(self, prediction: Node, target: Node) -> Node:
        """Per sample, the mean over the outputs of (prediction - target)^2."""
        node = c_int64()
        check(
            lib.sllc_graph_add_mean_squared_error(self._handle, prediction.number, target.number, byref(node))
        )
        return Node(node.value, ())

    def cross_entropy(self, logits: Node, label: Node) -> Node:
        """Per sample, -log softmax(logits)[label]."""
        node = c_int64()
        check(lib.sllc_graph_add_cross_entropy(self._handle, logits.number, label.number, byref(node)))
        return Node(node.value, ())

    def compile(self, loss: Node, output: Node) -> c_void_p:
        """A ``sllc_model``, which the caller frees."""
        model = c_void_p()
        check(lib.sllc_model_compile(self._handle, loss.number, output.number, byref(model)))
        return model
