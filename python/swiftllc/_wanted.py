"""What a model wants from a source of weights: each tensor by the name and the shape that it has there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from swiftllc._reading import Reading
from swiftllc.graph import ParameterSpec, Shape


class Wanted(NamedTuple):
    """One tensor, as it is in the source.

    Attributes:
        name: The model's name of it.
        sources: The source's name of it, then those of its aliases, any of which will do.
        shape: Its shape in the source.
        axes: Which axis of the source each axis of the parameter is; None if they are the same.
        other_shape: The shape that it would have in the other layout, if it is a kernel.
    """

    name: str
    sources: tuple[str, ...]
    shape: Shape
    axes: tuple[int, ...] | None = None
    other_shape: Shape | None = None


def wanted(specs: Mapping[str, ParameterSpec], aliases: Mapping[str, str], reading: Reading) -> list[Wanted]:
    """The tensors of a model, in its order.

    Args:
        specs: Name to shape and kind.
        aliases: Other names of those parameters, which the source may have too, stored like these.
        reading: How the source names and stores them.

    Raises:
        InvalidArgumentError: Names that cannot be; see ``Reading.sources``.
        ArgumentTypeError: Likewise.
    """
    owners = {name: name for name in specs} | dict(aliases)
    sources: dict[str, list[str]] = {name: [] for name in specs}
    for name, source in reading.sources(owners).items():
        sources[owners[name]].append(source)
    return [_wanted(name, spec, tuple(sources[name]), reading.layout) for name, spec in specs.items()]


def in_out(shape: Shape) -> Shape:
    """The shape of a kernel (out, in, ...) where it is stored as (..., in, out)."""
    return (*shape[2:], shape[1], shape[0])


def _wanted(name: str, spec: ParameterSpec, sources: tuple[str, ...], layout: str) -> Wanted:
    shape = spec.shape
    if not spec.kernel:
        return Wanted(name, sources, shape)
    if layout == "out_in":
        return Wanted(name, sources, shape, None, in_out(shape))
    last = len(shape) - 1
    return Wanted(name, sources, in_out(shape), (last, last - 1, *range(last - 1)), shape)
