"""A module and its example as a program of functional ATen operations, by ``torch.export``."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc.interop.torch_export.fusions import fuse
from swiftllc.interop.torch_export.location import without_prefix
from swiftllc.interop.torch_export.outputs import chosen
from swiftllc.interop.torch_export.table import OPERATIONS

#: The first batch that is tried: a prime that few axes are multiples of, so that what has it is the batch.
_SMALLEST_BATCH = 23

_FEW = 4


@dataclass(frozen=True)
class Program:
    """An exported module.

    Attributes:
        graph: The operations.
        batch_size: The extent of the batch in them.
        inputs: Placeholders that are samples to the names of the arguments, None for those given without a
            name; in the order of the arguments.
        parameters: Names of placeholders to names of parameters.
        constants: Names of placeholders to tensors and to whatever else is the same for all samples.
    """

    graph: Any
    batch_size: int
    inputs: dict[str, str | None]
    parameters: dict[str, str]
    constants: dict[str, Any]

    def needed(self) -> tuple[list[Any], Any]:
        """The nodes on which the output depends, in their order, and the output's node.

        Raises:
            InvalidArgumentError: The output is the same for all samples.
        """
        *_, last = self.graph.nodes
        output = last.args[0][0]
        if not hasattr(output, "all_input_nodes"):
            raise InvalidArgumentError("module's output does not depend on the sample.")
        reached, waiting = {output}, [output]
        while waiting:
            for node in waiting.pop().all_input_nodes:
                if node not in reached:
                    reached.add(node)
                    waiting.append(node)
        return [node for node in self.graph.nodes if node in reached], output


def refuse_training(module: Any) -> None:
    """Refuses what treats samples in training otherwise than alone, or drops at random.

    Raises:
        InvalidArgumentError: Names the first such part of the module.
    """
    import torch

    normalising = torch.nn.modules.batchnorm._BatchNorm
    dropping = torch.nn.modules.dropout._DropoutNd
    for name, part in module.named_modules():
        if not part.training:
            continue
        reason = ""
        if isinstance(part, normalising):
            reason = "normalises by the batch, which combines its samples"
        elif isinstance(part, dropping) and part.p > 0:
            reason = "drops at random"
        if reason:
            raise InvalidArgumentError(
                f"module is in training mode, in which {name or 'it'} ({type(part).__name__}) {reason}; call "
                "module.eval()."
            )


@contextmanager
def quiet() -> Iterator[None]:
    """Without gradients, without warnings of the exporter, and without torch's fast path for transformers.

    The fast path is one fused operation, of which the exported program would consist.
    """
    import torch

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def exported(
    module: Any, arguments: Sequence[Any], keywords: Mapping[str, Any], output: str | int | None
) -> Program:
    """Exports the module with one of its outputs, and decomposes only what the table lacks.

    Args:
        module: In the mode in which it is to be sampled.
        arguments: Samples, as tensors with the batch first.
        keywords: The same by name, and whatever else the module takes.
        output: As for ``outputs.chosen``.

    Raises:
        InvalidArgumentError: torch.export does not take the module; says why.
    """
    import torch

    tensors = [leaf for leaf in (*arguments, *keywords.values()) if isinstance(leaf, torch.Tensor)]
    batch_size = _batch_size(module, tensors)
    rows = torch.arange(batch_size) % len(tensors[0])

    def cycled(leaf: Any) -> Any:
        return leaf[rows] if isinstance(leaf, torch.Tensor) else leaf

    samples = tuple(cycled(leaf) for leaf in arguments)
    named = {name: cycled(leaf) for name, leaf in keywords.items()}
    try:
        with quiet():
            program = torch.export.export(_with_one_output(module, output), samples, named, strict=False)
            program = _decomposed(program)
            fuse(program.graph)
    except Exception as error:  # whatever the module or the exporter raises
        lines = [line.strip() for line in str(error).splitlines() if line.strip()][:_FEW]
        raise InvalidArgumentError(
            f"torch.export does not take the module ({type(error).__name__}: {' '.join(lines)}). "
            "sl.External.from_torch samples it as it is, through torch (docs/external.md)."
        ) from error
    return _described(program, batch_size, list(named))


def _with_one_output(module: Any, output: str | int | None) -> Any:
    """A module that has the given one as its part ``module``: the exporter knows not all kinds of outputs."""
    import torch

    class OneOutput(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, *arguments: Any, **keywords: Any) -> Any:
            return chosen(self.module(*arguments, **keywords), output)

    return OneOutput()


def _batch_size(module: Any, samples: Sequence[Any]) -> int:
    """A prime that divides no axis of parameters, buffers and samples, nor the number of samples."""
    extents = {len(tensor) for tensor in samples}
    extents |= {extent for tensor in (*module.parameters(), *module.buffers()) for extent in tensor.shape}
    extents |= {extent for tensor in samples for extent in tensor.shape[1:]}
    number = _SMALLEST_BATCH
    while not _prime(number) or any(extent and extent % number == 0 for extent in extents):
        number += 2
    return number


def _prime(number: int) -> bool:
    return all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def _decomposed(program: Any) -> Any:
    """Functional, without operations that the table lacks and torch can say by others."""
    import torch

    program = program.run_decompositions({})
    for _ in range(_FEW):
        unknown = {target for target in _traced(program) if str(target) not in OPERATIONS}
        available = torch.export.default_decompositions() if unknown else {}
        chosen = {target: available[target] for target in unknown if target in available}
        if not chosen:
            break
        program = program.run_decompositions(chosen)
    return program


def _traced(program: Any) -> set[Any]:
    """The operations on what depends on samples or parameters; torch computes all others."""
    kinds = {spec.arg.name: spec.kind.name for spec in program.graph_signature.input_specs}
    reached = {node for node in program.graph.nodes if kinds.get(node.name) in ("PARAMETER", "USER_INPUT")}
    for node in program.graph.nodes:
        if node.op == "call_function" and not reached.isdisjoint(node.all_input_nodes):
            reached.add(node)
    return {node.target for node in reached if node.op == "call_function"}


def _described(program: Any, batch_size: int, keywords: Sequence[str]) -> Program:
    signature = program.graph_signature
    leaves: list[str | None] = []
    parameters: dict[str, str] = {}
    constants: dict[str, Any] = {}
    for spec in signature.input_specs:
        kind, name = spec.kind.name, spec.arg.name
        if kind == "PARAMETER":
            parameters[name] = without_prefix(spec.target)
        elif kind == "USER_INPUT" and type(spec.arg).__name__ == "TensorArgument":
            leaves.append(name)
        elif kind == "USER_INPUT":
            leaves.append(None)
            constants[name] = getattr(spec.arg, "value", None)
        else:
            held = program.state_dict if spec.target in program.state_dict else program.constants
            constants[name] = held[spec.target]
    for spec in signature.output_specs:
        if spec.kind.name != "USER_OUTPUT":
            raise InvalidArgumentError(
                f"module changes its {without_prefix(spec.target)} when it is called, so that it is no "
                "function of the samples; call module.eval(), or leave that out."
            )
    arguments, named = program.call_spec.in_spec.unflatten(leaves)
    # The exporter has an order of its own for what has a name.
    given = [(None, leaf) for leaf in arguments] + [(name, named[name]) for name in keywords]
    inputs = {leaf: name for name, leaf in given if leaf is not None}
    return Program(program.graph, batch_size, inputs, parameters, constants)
