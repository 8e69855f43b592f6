"""A model: a network, a loss and a precision, compiled natively."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Mapping, Sequence
from ctypes import byref, c_double
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from swiftllc import _buffers, _checks, interop
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError, check
from swiftllc._library import lib
from swiftllc._reading import Names, Reading
from swiftllc._wanted import wanted
from swiftllc._weights import flattened
from swiftllc.data import Dataset, checked
from swiftllc.graph import Graph, Node, ParameterSpec, Shape
from swiftllc.graph.recorder import sizes
from swiftllc.layers import Layer
from swiftllc.losses import Loss, named
from swiftllc.parameters import Parameters


class Model:
    """A network with its loss, ready to be evaluated, trained and sampled.

    The loss of a data set is the MEAN over its samples. For one sample it is

    - "mse": the mean over the outputs of (f(x) - y)², without a factor ½;
    - "cross_entropy": -log softmax(f(x))[y], y a class index; the mean over the positions if there are many;
    - "binary_cross_entropy": the mean over the outputs of log(1 + e^f(x)) - y f(x), y in [0, 1];
    - what a loss such as ``CrossEntropy(ignore_index=-100)`` says;
    - any value of one float per sample that a graph computes (``Graph.loss``).

    Models are immutable and may be used from several threads at once.

    Attributes:
        network: The description it was made from: a layer, or the node that is the output.
        inputs: The arrays of its data sets, in their order: name, shape of one sample, and dtype of each.
        input_shape: The shape of one sample of the first of them.
        output_shape: The shape of one sample of the network's output.
        loss_name: The loss as it was given.
        dtype: float32 or float64: of parameters, inputs and arithmetic. Losses are float64 in either case.
        parameter_shapes: Name to shape, in the order of the flat vector.
        parameter_count: The length of the flat vector.
        aliases: Other names of parameters, under which sources of weights may have them too, to their names.
    """

    def __init__(
        self,
        network: Layer | Node,
        *,
        input_shape: Sequence[int] | None = None,
        loss: str | Loss | Node,
        dtype: DTypeLike = "float32",
    ) -> None:
        """Compiles the network.

        Args:
            network: A layer, usually a ``Sequential``, or the node of a ``Graph`` that is its output.
            input_shape: The shape of one sample of X. Left out for a node, whose graph has its inputs.
            loss: "mse", "cross_entropy" or "binary_cross_entropy"; a ``Loss``; or, with a node, a node of the
                same graph. Words and losses take the target y as one more array of the data set.
            dtype: "float32" or "float64".

        Raises:
            ArgumentTypeError: An argument of the wrong kind.
            InvalidArgumentError: A layer that cannot take what it is given; names it and both shapes.
        """
        self.dtype = _buffers.precision(dtype)
        self.network, self._given_loss = network, loss
        output, graph = self._output(network, input_shape)
        if not graph.parameters:
            raise InvalidArgumentError(f"{network!r} has no parameters, so there is nothing to sample.")
        result = self._loss(graph, output, loss)
        self._handle = graph.compile(result, output)
        self._calls = list(graph._calls)
        weakref.finalize(self, lib.sllc_model_free, self._handle)
        self.loss_name = loss if isinstance(loss, str) else repr(loss)
        self.inputs = tuple(graph.inputs)
        self._read = sorted(output.reads)
        self.aliases: dict[str, str] = graph.aliases
        self._specs: dict[str, ParameterSpec] = graph.parameters
        self.input_shape = self.inputs[0].shape
        self.output_shape = output.shape
        self.parameter_shapes: dict[str, Shape] = {name: spec.shape for name, spec in self._specs.items()}
        self.parameter_count = sum(map(math.prod, self.parameter_shapes.values()))
        self._tensors = wanted(self._specs, self.aliases, Reading())

    def _output(self, network: Layer | Node, input_shape: Sequence[int] | None) -> tuple[Node, Graph]:
        """The network's output in a graph of this model's precision, and the graph."""
        if isinstance(network, Node):
            if input_shape is not None:
                raise InvalidArgumentError(
                    "input_shape must be left out for a node: its graph has its inputs."
                )
            if network.kind != "sample":
                raise InvalidArgumentError(f"network is {network!r}; an output is floats of each sample.")
            self._record = network.graph.__getstate__()
            graph = network.graph._restored(self._record, self.dtype)
            return graph._in_other(network), graph
        if not isinstance(network, Layer):
            raise ArgumentTypeError(
                f"network must be a layer such as Sequential(...), or a node; got {network!r}."
            )
        if input_shape is None:
            raise ArgumentTypeError("input_shape must be given for a layer, such as (784,).")
        graph = Graph(self.dtype)
        x = graph.input(sizes("input_shape", input_shape), network.input_dtype)
        return network(x), graph

    def _loss(self, graph: Graph, output: Node, loss: str | Loss | Node) -> Node:
        if isinstance(loss, Node):
            if not isinstance(self.network, Node) or loss.graph is not self.network.graph:
                raise InvalidArgumentError("loss is a node; then network must be a node of the same graph.")
            return graph._in_other(loss) if loss.kind == "loss" else graph.loss(graph._in_other(loss))
        chosen = named(loss)
        target = chosen.target(output.shape)
        node = graph.input(target.shape, target.dtype)
        graph.inputs[-1] = target
        return chosen.add_to(graph, output, node)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it was made from, and compiled again."""
        network, loss, shape = self.network, self._given_loss, None
        if isinstance(network, Node):
            # The graph may have grown since.
            graph = network.graph._restored(self._record)
            network = graph._in_other(network)
            loss = graph._in_other(loss) if isinstance(loss, Node) else loss
        else:
            shape = self.input_shape
        return partial(Model, network, input_shape=shape, loss=loss, dtype=self.dtype.name), ()

    def __repr__(self) -> str:
        """As it would be written."""
        shape = "" if isinstance(self.network, Node) else f"input_shape={self.input_shape}, "
        return f"Model({self.network!r}, {shape}loss={self._given_loss!r}, dtype={self.dtype.name!r})"

    # Parameters

    def init(self, seed: int | None = 0) -> Parameters:
        """Random parameters, each array from the distribution of its layer: torch's defaults.

        The numbers are numpy's (``default_rng(seed)``), drawn in float64 in the order of the flat vector.
        """
        generator = np.random.default_rng(_checks.seed(seed))
        parts = [spec.initial.draw(generator, math.prod(spec.shape)) for spec in self._specs.values()]
        return Parameters(np.concatenate(parts).astype(self.dtype), self.parameter_shapes)

    def parameters(
        self, values: Any, *, layout: str = "out_in", names: Names = None, strict: bool = True
    ) -> Parameters:
        """Parameters with these values, copied.

        Args:
            values: A flat vector of ``parameter_count`` numbers, or a mapping from every name to an array of
                its shape: a dict, ``Parameters``, a torch ``state_dict()``, an open .npz file. Of a parameter
                that has an alias it has either name or both, then with the same values.
            layout: How the mapping stores the weights of linear layers (and other kernels): "out_in", as
                torch does, or "in_out", as Keras, Flax and TensorFlow do. It is never guessed from shapes.
            names: The mapping's names of what it calls otherwise: a dict from this model's names, or a
                function of these.
            strict: False ignores what the mapping has besides.

        Raises:
            InvalidArgumentError: Names that are missing or unknown, shapes that differ, NaN or infinities,
                aliases that differ; names of ``names`` that are not this model's, or one that it gives
                twice; any of these options with a flat vector.
            ArgumentTypeError: Not numbers, or an option of the wrong kind.

        Warns:
            UserWarning: Two names share memory: they are sampled as independent parameters.

        Example::

            params = model.parameters(state, names=lambda name: "module." + name, strict=False)
        """
        return self._parameters(values, "params", Reading(layout, names, strict))

    def load(
        self, source: Any, *, layout: str = "out_in", names: Names = None, strict: bool = True
    ) -> Parameters:
        """Parameters from a file by its path, or from anything that ``parameters`` takes.

        Args:
            source: A path, to a file that has every name with an array of its shape; else as for
                ``parameters``. By its suffix it is

                - .npz, of numpy;
                - .safetensors, F64, F32, F16, BF16, I64 or I32, with ``pip install swiftllc[safetensors]``;
                - .pt or .pth, of ``torch.save``, read by torch as weights only: no code in it is run. It has
                  a dict of tensors (of floats, int64 or int32), such as a ``state_dict()``, or a
                  checkpoint that has one as "state_dict", "model" or "model_state_dict".
            layout: As for ``parameters``.
            names: As for ``parameters``.
            strict: As for ``parameters``.

        Raises:
            InvalidArgumentError: As for ``parameters``; or a file that is damaged, of another kind, or has
                weights of another dtype.
            OSError: No file that can be read.
            ImportError: The library that reads such files is not installed.

        Warns:
            UserWarning: Two names share memory: they are sampled as independent parameters.

        Example::

            params = model.load("weights.safetensors")
        """
        reading = Reading(layout, names, strict)
        if not isinstance(source, (str, os.PathLike)):
            return self._parameters(source, "params", reading)
        path = os.fsdecode(source)
        with interop.opened(path) as tensors:
            return self._parameters(tensors, repr(path), reading)

    # Data

    def dataset(self, *arrays: Any) -> Dataset:
        """Samples, checked; zero-copy where the arrays are C-contiguous and of the right dtype.

        Memory maps (``np.memmap``, ``np.load(..., mmap_mode="r")``, and C-contiguous views of them) are of
        any dtype, are neither copied nor checked, and are read a batch at a time: a NaN in one, or an integer
        out of range, makes the loss NaN. docs/data.md has more.

        Args:
            arrays: One per input, as in ``dataset(X, y)``, each (n, *shape of one sample): floats of
                ``dtype``, or integers of any dtype. For "mse" y may be (n,) if there is one output; class
                labels are (n,) or (n, 1).

        Raises:
            InvalidArgumentError: Shapes that do not fit, no samples, NaN, infinities, labels out of range.
            ArgumentTypeError: Not real numbers, labels that are not integers, or another number of arrays.
        """
        if len(arrays) != len(self.inputs):
            names = ", ".join(spec.name for spec in self.inputs)
            raise ArgumentTypeError(f"dataset takes the arrays {names} of this model; got {len(arrays)}.")
        return Dataset(self, checked(arrays, self.inputs, self.dtype, range(len(self.inputs))))

    # Evaluation

    def loss(self, params: Any, data: Any) -> float:
        """The mean loss over all samples, in float64.

        Args:
            params: Anything that ``parameters`` takes.
            data: (X, y) or a ``Dataset`` of this model.
        """
        samples, vector, mean = self._dataset(data), self._vector(params), c_double()
        check(lib.sllc_model_losses(self._handle, samples._handle, vector.ctypes.data, None, byref(mean)))
        return mean.value

    def losses(self, params: Any, data: Any) -> NDArray[np.float64]:
        """The loss of every sample, of shape (n,), float64. Arguments as for ``loss``."""
        samples, vector = self._dataset(data), self._vector(params)
        losses = np.empty(samples.n)
        check(
            lib.sllc_model_losses(self._handle, samples._handle, vector.ctypes.data, losses.ctypes.data, None)
        )
        return losses

    def gradient(self, params: Any, data: Any) -> Parameters:
        """The gradient of the mean loss over all samples. Arguments as for ``loss``."""
        samples, vector = self._dataset(data), self._vector(params)
        gradient = np.empty(self.parameter_count, self.dtype)
        check(
            lib.sllc_model_gradient(
                self._handle, samples._handle, vector.ctypes.data, gradient.ctypes.data, None
            )
        )
        return Parameters(gradient, self.parameter_shapes)

    def __call__(self, params: Any, *inputs: Any) -> NDArray[Any]:
        """The network's outputs, of shape (n, *output_shape) and the model's dtype.

        Args:
            params: Anything that ``parameters`` takes.
            inputs: X; or the arrays that the output depends on, in the order of ``inputs``.
        """
        if len(inputs) != len(self._read):
            names = ", ".join(self.inputs[position].name for position in self._read)
            raise ArgumentTypeError(f"the output of this model depends on {names}; got {len(inputs)} arrays.")
        samples = Dataset(self, checked(inputs, self.inputs, self.dtype, self._read))
        vector = self._vector(params)
        outputs = np.empty((samples.n, *self.output_shape), self.dtype)
        check(lib.sllc_model_outputs(self._handle, samples._handle, vector.ctypes.data, outputs.ctypes.data))
        return outputs

    # What the other modules need

    def _dataset(self, data: Any) -> Dataset:
        if isinstance(data, Dataset):
            if data.model is not self:
                raise InvalidArgumentError(
                    "data is a Dataset of another model; make one with this model's dataset()."
                )
            return data
        names = ", ".join(spec.name for spec in self.inputs) + ("," if len(self.inputs) == 1 else "")
        if not isinstance(data, (tuple, list)) or len(data) != len(self.inputs):
            raise ArgumentTypeError(f"data must be ({names}) or a Dataset; got {type(data).__name__}.")
        return self.dataset(*data)

    def _parameters(self, values: Any, name: str, reading: Reading) -> Parameters:
        if not isinstance(values, Mapping) and reading != Reading():
            raise InvalidArgumentError(
                f"{name} is no mapping, and layout, names and strict are for arrays by name; "
                "a flat vector has this model's order and layout."
            )
        tensors, shapes = wanted(self._specs, self.aliases, reading), self.parameter_shapes
        vector = flattened(values, name, shapes, self.dtype, tensors=tensors, strict=reading.strict)
        return Parameters(vector, shapes)

    def _vector(self, params: Any, name: str = "params", *, copy: bool = False) -> NDArray[Any]:
        """The flat vector of ``params``; no copy of one of this model's, unless that is wanted."""
        shapes, tensors = self.parameter_shapes, self._tensors
        return flattened(params, name, shapes, self.dtype, copy=copy, tensors=tensors, strict=True)
