"""A torch module as a model, through ``torch.export``."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from swiftllc import _buffers
from swiftllc._errors import ArgumentTypeError
from swiftllc.graph import Graph
from swiftllc.interop.torch_export import examples
from swiftllc.interop.torch_export.building import lowered
from swiftllc.interop.torch_export.comparison import require_equal
from swiftllc.interop.torch_export.outputs import chosen
from swiftllc.interop.torch_export.program import exported, quiet, refuse_training
from swiftllc.interop.torch_export.weights import first_names
from swiftllc.model import Model
from swiftllc.parameters import Parameters


def from_torch(
    module: Any,
    example_input: Any,
    *,
    loss: Any,
    dtype: DTypeLike | None = None,
    example_kwargs: Mapping[str, Any] | None = None,
    output: str | int | None = None,
) -> tuple[Model, Parameters]:
    """A torch module as a native model, with its weights.

        model, params = sl.from_torch(module.eval(), X[:4], loss="cross_entropy")
        sl.estimate_llc(model, params, (X, y))

    ``torch.export`` follows the module as it is called with the example, in the mode in which it is, and each
    operation becomes one of the graph's; docs/from_torch.md has them all. Parameters are named as in
    ``module.named_parameters()``: those that the output does not depend on are left out, tied ones are one
    parameter. Buffers are constants. At the end the model is compared with the module on the example, with
    these weights and with others near them.

    Args:
        module: A ``torch.nn.Module``, which is not changed. Weights in half precision become float32.
        example_input: A tensor or an array, or a tuple of them for a module that takes several: at least one
            sample, the batch first. Each becomes an input of the model, in this order.
        loss: As for ``Model``: "mse", "cross_entropy", ...; or a function of the output's node, which returns
            the node of the loss.
        dtype: "float32" or "float64". None: float64 if a parameter of the module is, else float32.
        example_kwargs: What else the module is called with, by name. Tensors are samples too.
        output: Which of several outputs: a key, an attribute or a position. None: ``logits`` where there is
            one, else the first tensor of floats.

    Raises:
        UnsupportedOperationError: An operation that is not covered; says which, and where in the module.
        InvalidArgumentError: A module in training mode whose samples depend on one another; one that
            torch.export does not take; outputs that differ from the module's.
        ImportError: torch is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("from_torch needs torch, which is not installed: pip install torch") from error
    if not isinstance(module, torch.nn.Module):
        raise ArgumentTypeError(f"module must be a torch.nn.Module; got {type(module).__name__}.")
    refuse_training(module)
    names = first_names(module)
    precision = _precision(module, dtype)
    wanted = getattr(torch, precision.name)
    if any(part.dtype != wanted or not part.is_cpu for part in _floats(module)):
        module = copy.deepcopy(module).to("cpu", wanted)
    arguments = example_input if isinstance(example_input, (tuple, list)) else (example_input,)
    samples = tuple(examples.tensor(part, f"example_input[{i}]", wanted) for i, part in enumerate(arguments))
    named = {name: examples.keyword(part, name, wanted) for name, part in (example_kwargs or {}).items()}
    inputs = [*samples, *(part for part in named.values() if isinstance(part, torch.Tensor))]
    examples.require_batch(inputs)

    with quiet():
        chosen(module(*samples, **named), output)  # torch says best what is wrong with an input
    program = exported(module, samples, named, output)
    graph = Graph()
    lowering, result = lowered(graph, program, names)
    state = dict(module.named_parameters(remove_duplicate=False))
    if callable(loss) and not isinstance(loss, type):
        loss = loss(result.node)
    model = Model(result.node, loss=loss, dtype=precision.name)
    params = model.parameters({name: state[name].detach() for name in model.parameter_shapes})

    def evaluate(weights: Mapping[str, Any]) -> Any:
        tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
        everywhere = {alias: tensors[name] for alias, name in names.items() if name in tensors}
        call = torch.func.functional_call
        with quiet():
            return chosen(call(module, everywhere, samples, named, tie_weights=False), output)

    read = [examples.array(inputs[position]) for position in sorted(result.node.reads)]
    computed = np.dtype(np.float32) if lowering.rounds else precision
    require_equal(model, params, read, evaluate, result, computed)
    return model, params


def _precision(module: Any, dtype: DTypeLike | None) -> np.dtype[Any]:
    if dtype is not None:
        return _buffers.precision(dtype)
    double = any(str(parameter.dtype) == "torch.float64" for parameter in module.parameters())
    return np.dtype(np.float64 if double else np.float32)


def _floats(module: Any) -> list[Any]:
    """The parameters and buffers that a conversion of the module would convert."""
    return [part for part in (*module.parameters(), *module.buffers()) if part.is_floating_point()]
