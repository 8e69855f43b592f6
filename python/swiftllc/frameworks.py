"""Weights of a network in Flax or Keras, whose names follow other rules than torch's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._pairing import paired
from swiftllc._reading import Names, Reading
from swiftllc.interop import flatten_tree
from swiftllc.model import Model
from swiftllc.parameters import Parameters

#: What the frameworks call "weight".
_FLAX = {"kernel": "weight", "scale": "weight", "embedding": "weight"}
_KERAS = {"kernel": "weight"}


def from_flax(model: Model, tree: Any, *, names: Names = None) -> Parameters:
    """Parameters from those of Flax, copied: a nested dict of ``linen``, or a State of ``nnx``.

    Without ``names``, layers are matched in the order of the numbers in their names ("Dense_0", "Dense_1"),
    each with one that has the same kinds of tensors, and all shapes must agree. Only weights are taken: that
    the activations are the same is yours to see to.

    Args:
        model: Whose parameters they become.
        tree: ``variables`` or ``variables["params"]`` of linen, ``nnx.state(module, nnx.Param)`` of nnx.
        names: This model's names to those of ``flatten_tree(tree)``, as in ``{"0.weight": "head.kernel"}``;
            a dict or a function.

    Raises:
        InvalidArgumentError: Layers that do not match, or whose names give no order; says how they would
            match. Otherwise as for ``Model.load``.
        ArgumentTypeError: No model, or something in the tree that is no array.

    Example::

        params = sl.from_flax(model, variables)
    """
    _require_model(model)
    if isinstance(tree, Mapping) and "params" in tree:
        if len(tree) > 1:
            collections = ", ".join(repr(key) for key in tree)
            raise InvalidArgumentError(f"tree has the collections {collections}; give tree['params'] alone.")
        tree = tree["params"]
    arrays = flatten_tree(tree)
    if names is None:
        names = paired(model._specs, arrays, _FLAX, "tree", numbered=True)
    return model._parameters(arrays, "tree", Reading("in_out", names))


def from_jax(model: Model, tree: Any, *, names: Names = None, layout: str = "in_out") -> Parameters:
    """Parameters from any tree of arrays, copied: nested dicts, lists and tuples, as JAX programs keep them.

    Args:
        model: Whose parameters they become.
        tree: The arrays; those of a layer are named by their path, as in "layers.0.kernel".
        names: This model's names to those paths: a dict or a function. None where they are the same.
        layout: "in_out" for x @ w, or "out_in" for w @ x, as torch has it: how the weights of linear layers
            (and other kernels) are stored. It is never guessed from shapes.

    Raises:
        InvalidArgumentError: As for ``Model.load``.
        ArgumentTypeError: No model, or something in the tree that is no array.

    Example::

        params = sl.from_jax(model, tree, names={"0.weight": "layers.0.w", "0.bias": "layers.0.b"})
    """
    _require_model(model)
    return model._parameters(flatten_tree(tree), "tree", Reading(layout, names))


def from_keras(model: Model, network: Any) -> Parameters:
    """Parameters from those of a ``keras.Sequential`` of Dense layers, copied.

    Layers are matched in their order, and all shapes must agree. Only weights are taken: that the activations
    are the same is yours to see to.

    Args:
        model: Whose parameters they become.
        network: The Sequential, built.

    Raises:
        InvalidArgumentError: Layers that do not match; says how they would. A network that is not built.
        ArgumentTypeError: No model, or no Sequential of Keras 3.
        ImportError: Keras is not installed.

    Example::

        params = sl.from_keras(model, network)
    """
    _require_model(model)
    try:
        import keras
    except ImportError as error:
        raise ImportError("from_keras needs Keras 3, which is not installed: pip install keras") from error
    if not isinstance(network, keras.Sequential):
        raise ArgumentTypeError(f"network must be a keras.Sequential; got {type(network).__name__}.")
    if not network.built:
        raise InvalidArgumentError("network has no weights yet; call its build(input_shape) first.")
    arrays = {weight.path.replace("/", "."): weight for weight in network.weights}
    names = paired(model._specs, arrays, _KERAS, "network", numbered=False)
    return model._parameters(arrays, "network", Reading("in_out", names))


def _require_model(model: Any) -> None:
    if not isinstance(model, Model):
        raise ArgumentTypeError(f"model must be a swiftllc.Model; got {type(model).__name__}.")
