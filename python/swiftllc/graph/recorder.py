"""A native graph under construction, with a record of the calls that made it."""

from __future__ import annotations

import threading
import weakref
from copy import copy
from ctypes import byref, c_double, c_int32, c_int64, c_void_p
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swiftllc import _abi, _buffers, _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError, check
from swiftllc._library import lib
from swiftllc.graph.node import KINDS, Node
from swiftllc.graph.parameter import Constant, Normal, ParameterSpec, Shape, Uniform

if TYPE_CHECKING:
    from swiftllc.graph.graph import Graph

_G = TypeVar("_G", bound="Recorder")


class Input(NamedTuple):
    """An array of the data set: what it is called in messages, and what each sample of it is.

    Of class labels also the number of classes, and the label that does not count.
    """

    name: str
    shape: Shape
    dtype: str
    classes: int | None = None
    ignored: int | None = None


class Recorder:
    """Makes nodes, remembers how, and makes them again in another precision or another process.

    Attributes:
        inputs: The arrays that a data set of this graph has, in their order.
        parameters: Name to shape, initial distribution and kind, in the order of the flat vector.
        aliases: Other names of parameters, as weights that are tied have them, to the parameters' names.
    """

    def __init__(self, dtype: DTypeLike = "float64") -> None:
        """Starts an empty graph. The precision of a model is chosen when it is made of the graph."""
        self.inputs: list[Input] = []
        self.parameters: dict[str, ParameterSpec] = {}
        self.aliases: dict[str, str] = {}
        self._calls: list[tuple[str, tuple[Any, ...]]] = []
        self._names: dict[int, str] = {}  # of parameters, by their nodes
        # The native graph is for one thread at a time, and the record has to have its order.
        self._lock = threading.RLock()
        self._handle = c_void_p()
        precision = _buffers.PRECISIONS[_buffers.precision(dtype)]
        check(lib.sllc_graph_create(precision, byref(self._handle)))
        weakref.finalize(self, lib.sllc_graph_free, self._handle)

    # Sources

    def input(self, shape: Shape, dtype: str = "float", *, name: str | None = None) -> Node:
        """One value per sample, which the data set provides: inputs are its arrays, in their order.

        Args:
            shape: The shape of one sample; () for one number.
            dtype: "float", of the model's precision, or "int64", for tokens and labels.
            name: What messages call the array; "X" for the first if None, then "X1", "X2".
        """
        shape = sizes("shape", shape)
        dtype = _checks.choice("dtype", dtype, ("float", "int64"))
        element = _abi.SLLC_ELEMENT_INT64 if dtype == "int64" else _abi.SLLC_ELEMENT_FLOAT
        with self._lock:
            position = len(self.inputs)
            node = self._add("input", element, shape, len(shape), reads=frozenset([position]))
            self.inputs.append(Input(name or (f"X{position}" if position else "X"), shape, dtype))
        return node

    def parameter(
        self,
        name: str,
        shape: Shape,
        *,
        bound: float | None = None,
        std: float | None = None,
        value: float | None = None,
        kernel: bool = False,
    ) -> Node:
        """A named array of weights, shared by all samples. It starts from one of three distributions.

        Args:
            name: As in "fc.weight"; no two are the same.
            shape: Its shape.
            bound: For U(-bound, bound).
            std: For N(0, std²).
            value: For one value everywhere.
            kernel: As in ``ParameterSpec``.

        Raises:
            InvalidArgumentError: A name that is taken; no distribution, or two.
        """
        if not isinstance(name, str) or not name:
            raise ArgumentTypeError(f"name must be a text such as 'fc.weight'; got {name!r}.")
        given = [
            kind(_checks.real(argument, number, at_least=least))
            for argument, kind, number, least in (
                ("bound", Uniform, bound, 0),
                ("std", Normal, std, 0),
                ("value", Constant, value, None),
            )
            if number is not None
        ]
        if len(given) != 1:
            raise InvalidArgumentError(
                f"parameter {name!r} needs one of bound, std and value; got {len(given)}."
            )
        if name in self.aliases:
            raise InvalidArgumentError(f"name is {name!r}, which is another name of {self.aliases[name]!r}.")
        shape = sizes("shape", shape)
        with self._lock:
            node = self._add("parameter", name, shape, len(shape))
            self.parameters[name] = ParameterSpec(shape, given[0], kernel)
            self._names[node.number] = name
        return node

    def constant(self, values: Any) -> Node:
        """An array of finite numbers, shared by all samples and never sampled; copied."""
        array, _ = _buffers.floats(values, "values", np.dtype(np.float64))
        return self._add("constant", array.copy(), array.shape, array.ndim)

    def tie(self, alias: str, parameter: str) -> None:
        """Gives a parameter another name, under which sources of weights may have it too.

        Raises:
            InvalidArgumentError: No such parameter, or an alias that is the name of one.
        """
        if parameter not in self.parameters:
            raise InvalidArgumentError(f"parameter is {parameter!r}, which is not in this graph.")
        if alias in self.parameters:
            raise InvalidArgumentError(f"alias is {alias!r}, which is a parameter of this graph itself.")
        self.aliases[alias] = parameter

    # The record

    def _add(self, function: str, *arguments: Any, reads: frozenset[int] = frozenset()) -> Node:
        """Calls ``sllc_graph_add_<function>``; tuples become arrays, nodes their numbers."""
        for argument in arguments:
            for node in argument if isinstance(argument, tuple) else (argument,):
                if isinstance(node, Node):
                    if node.graph is not self:
                        raise InvalidArgumentError(
                            f"{node!r} is of another graph; an operation joins nodes of one."
                        )
                    reads |= node.reads
        plain = tuple(_plain(argument) for argument in arguments)
        kind, rank = c_int32(), c_int64()
        with self._lock:
            number = self._call(function, plain)
            self._calls.append((function, plain))
            check(lib.sllc_graph_node_shape(self._handle, number, byref(kind), None, 0, byref(rank)))
            shape = (c_int64 * rank.value)()
            check(lib.sllc_graph_node_shape(self._handle, number, byref(kind), shape, rank, byref(rank)))
        return self._made(number, tuple(shape), KINDS[kind.value], reads)

    def _node(self, value: Any) -> Node:
        """A node; of numbers, which could be taken for that of a node, a constant."""
        if isinstance(value, Node):
            return value
        return self.constant(_buffers.floats(value, "an operand", np.dtype(np.float64)).array)

    def _optional(self, value: Any) -> Node | int:
        return _abi.SLLC_NO_NODE if value is None else self._node(value)

    def _call(self, function: str, arguments: tuple[Any, ...]) -> int:
        number = c_int64()
        add = getattr(lib, f"sllc_graph_add_{function}")
        check(add(self._handle, *map(_native, arguments), byref(number)))
        return number.value

    def _restored(self: _G, record: dict[str, Any], dtype: DTypeLike = "float64") -> _G:
        """A graph of a record, with the same numbers of its nodes, in a precision of its own."""
        other = type(self).__new__(type(self))
        other.__setstate__(record, dtype)
        return other

    def _in_other(self, node: Node) -> Node:
        """The node of this graph that stands where ``node`` stands in the one it was made from."""
        return self._made(node.number, node.shape, node.kind, node.reads)

    def _made(self, number: int, shape: Shape, kind: str, reads: frozenset[int]) -> Node:
        # What records is always a Graph: this class and those between are its parts.
        return Node(cast("Graph", self), number, shape, kind, reads)

    def __getstate__(self) -> dict[str, Any]:
        """A record: all but the native graph, in lists of its own, since both may grow."""
        with self._lock:
            return {
                key: copy(value) for key, value in self.__dict__.items() if key not in ("_handle", "_lock")
            }

    def __setstate__(self, record: dict[str, Any], dtype: DTypeLike = "float64") -> None:
        """Makes the native graph again."""
        Recorder.__init__(self, dtype)
        self.__dict__.update({key: copy(value) for key, value in record.items()})
        for function, arguments in self._calls:
            self._call(function, arguments)


def sizes(name: str, value: Any) -> Shape:
    """A shape, of positive whole numbers."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise ArgumentTypeError(f"{name} must be a tuple of sizes, such as (784,); got {value!r}.")
    return tuple(_checks.integer(f"{name}[{i}]", size, at_least=1) for i, size in enumerate(value))


def _plain(argument: Any) -> Any:
    """What is remembered of an argument."""
    if isinstance(argument, Node):
        return argument.number
    return tuple(map(_plain, argument)) if isinstance(argument, tuple) else argument


def _native(argument: Any) -> Any:
    """What ctypes is given for it."""
    if isinstance(argument, tuple):
        return _abi.int64s(argument)
    if isinstance(argument, str):
        return argument.encode()
    if isinstance(argument, np.ndarray):
        return _pointer(argument)
    return c_double(argument) if isinstance(argument, float) else argument


def _pointer(array: NDArray[np.float64]) -> Any:
    return array.ctypes.data_as(c_void_p)
