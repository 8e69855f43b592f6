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

from swiftllc import _abi, _buffers, _checks, interop
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError, check
from swiftllc._graph import Graph, ParameterSpec, Shape
from swiftllc._library import lib
from swiftllc._reading import Names, Reading
from swiftllc._wanted import wanted
from swiftllc._weights import flattened
from swiftllc.data import Dataset
from swiftllc.nn import Layer
from swiftllc.parameters import Parameters

LOSSES = ("mse", "cross_entropy")


class Model:
    """A network with its loss, ready to be evaluated, trained and sampled.

    The loss of a data set is the MEAN over its samples. For one sample it is

    - "mse": the mean over the outputs of (f(x) - y)², without a factor ½;
    - "cross_entropy": -log softmax(f(x))[y], y a class index.

    Models are immutable and may be used from several threads at once.

    Attributes:
        network: The description it was made from.
        input_shape: The shape of one sample of X.
        output_shape: The shape of one sample of the network's output.
        loss_name: "mse" or "cross_entropy".
        dtype: float32 or float64: of parameters, inputs and arithmetic. Losses are float64 in either case.
        parameter_shapes: Name to shape, in the order of the flat vector.
        parameter_count: The length of the flat vector.
        aliases: Other names of parameters, under which sources of weights may have them too, to their names.
    """

    def __init__(
        self, network: Layer, *, input_shape: Sequence[int], loss: str, dtype: DTypeLike = "float32"
    ) -> None:
        """Compiles the network.

        Args:
            network: A layer, usually a ``Sequential``.
            input_shape: The shape of one sample of X.
            loss: "mse" or "cross_entropy".
            dtype: "float32" or "float64".

        Raises:
            ArgumentTypeError: An argument of the wrong kind.
            InvalidArgumentError: A layer that cannot take what it is given; names it and both shapes.
        """
        if not isinstance(network, Layer):
            raise ArgumentTypeError(f"network must be a layer such as Sequential(...); got {network!r}.")
        self.network = network
        self.input_shape = _shape("input_shape", input_shape)
        self.loss_name = _checks.choice("loss", loss, LOSSES)
        self.dtype = _buffers.precision(dtype)
        with Graph(_buffers.PRECISIONS[self.dtype]) as graph:
            x = graph.input(self.input_shape)
            output = network.add_to(graph, x, "")
            if not graph.parameters:
                raise InvalidArgumentError(f"{network!r} has no parameters, so there is nothing to sample.")
            if self.loss_name == "mse":
                result = graph.mean_squared_error(output, graph.input(output.shape))
            else:
                if len(output.shape) != 1:
                    raise InvalidArgumentError(
                        f"cross_entropy takes outputs of shape (classes,); the network's are {output.shape}."
                    )
                result = graph.cross_entropy(output, graph.input((), _abi.SLLC_ELEMENT_INT64))
            self._handle = graph.compile(result, output)
            self._specs: dict[str, ParameterSpec] = graph.parameters
            self.aliases: dict[str, str] = graph.aliases
        weakref.finalize(self, lib.sllc_model_free, self._handle)
        self.output_shape = output.shape
        self.parameter_shapes: dict[str, Shape] = {name: spec.shape for name, spec in self._specs.items()}
        self.parameter_count = sum(map(math.prod, self.parameter_shapes.values()))
        self._tensors = wanted(self._specs, self.aliases, Reading())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as what it was made from, and compiled again."""
        made = partial(
            Model, self.network, input_shape=self.input_shape, loss=self.loss_name, dtype=self.dtype.name
        )
        return made, ()

    def __repr__(self) -> str:
        """As it would be written."""
        return (
            f"Model({self.network!r}, input_shape={self.input_shape}, loss={self.loss_name!r}, "
            f"dtype={self.dtype.name!r})"
        )

    # Parameters

    def init(self, seed: int | None = 0) -> Parameters:
        """Random parameters by torch's default: each linear layer from U(-1/√in, 1/√in).

        The numbers are numpy's (``default_rng(seed)``), drawn in float64 in the order of the flat vector.
        """
        generator = np.random.default_rng(_checks.seed(seed))
        parts = [
            generator.uniform(-spec.initial_bound, spec.initial_bound, math.prod(spec.shape))
            for spec in self._specs.values()
        ]
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
                - .safetensors, F64, F32, F16 or BF16, read by ``pip install swiftllc[safetensors]``;
                - .pt or .pth, of ``torch.save``, read by torch as weights only: no code in it is run. It has
                  a dict of tensors (float64, float32, float16, bfloat16), such as a ``state_dict()``, or a
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

    def dataset(self, X: Any, y: Any) -> Dataset:
        """Samples with their targets, checked; zero-copy where the arrays are C-contiguous and of ``dtype``.

        Args:
            X: (n, *input_shape).
            y: For "mse" (n, *output_shape), or (n,) if there is one output. For "cross_entropy" class indices
                of any integer dtype, (n,) or (n, 1).

        Raises:
            InvalidArgumentError: Shapes that do not fit, no samples, NaN, infinities, labels out of range.
            ArgumentTypeError: Not real numbers, or labels that are not integers.
        """
        inputs = self._inputs(X)
        n = len(inputs.array)
        if self.loss_name == "cross_entropy":
            targets = _buffers.labels(y, "y", self.output_shape[0])
            expected: Shape = (n,)
        else:
            targets = _buffers.floats(y, "y", self.dtype)
            expected = (n, *self.output_shape)
            # With one output there is only one way to read (n,); never broadcast (n,) against (n, 1).
            if math.prod(self.output_shape) == 1 and targets.array.shape == (n,):
                targets = targets.reshaped(expected)
        if targets.array.shape != expected:
            raise InvalidArgumentError(
                f"y has shape {targets.array.shape}; for X of shape {inputs.array.shape} it is {expected}."
            )
        return Dataset(self, inputs, targets)

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

    def __call__(self, params: Any, X: Any) -> NDArray[Any]:
        """The network's outputs, of shape (n, *output_shape) and the model's dtype."""
        samples, vector = Dataset(self, self._inputs(X), None), self._vector(params)
        outputs = np.empty((samples.n, *self.output_shape), self.dtype)
        check(lib.sllc_model_outputs(self._handle, samples._handle, vector.ctypes.data, outputs.ctypes.data))
        return outputs

    # What the other modules need

    def _inputs(self, X: Any) -> _buffers.Buffer:
        inputs = _buffers.floats(X, "X", self.dtype)
        shape = inputs.array.shape
        if shape[1:] != self.input_shape or not shape:
            rows = ", ".join(map(str, ("n", *self.input_shape)))
            raise InvalidArgumentError(f"X has shape {shape}; this model takes ({rows}).")
        if shape[0] == 0:
            raise InvalidArgumentError(f"X has shape {shape}: it holds no samples.")
        return inputs

    def _dataset(self, data: Any) -> Dataset:
        if isinstance(data, Dataset):
            if data.model is not self:
                raise InvalidArgumentError(
                    "data is a Dataset of another model; make one with this model's dataset()."
                )
            return data
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise ArgumentTypeError(f"data must be (X, y) or a Dataset; got {type(data).__name__}.")
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

    def _vector(self, params: Any, name: str = "params") -> NDArray[Any]:
        """The flat vector of ``params``; not a copy where it is one of this model's already."""
        shapes, tensors = self.parameter_shapes, self._tensors
        return flattened(params, name, shapes, self.dtype, copy=False, tensors=tensors, strict=True)


def _shape(name: str, value: Any) -> Shape:
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
        raise ArgumentTypeError(f"{name} must be a tuple of sizes, such as (784,); got {value!r}.")
    return tuple(_checks.integer(f"{name}[{i}]", size, at_least=1) for i, size in enumerate(value))
