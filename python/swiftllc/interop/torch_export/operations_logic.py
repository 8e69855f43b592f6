"""Truth values that depend on the sample, as floats that are 0 or 1: masks from integers that are inputs."""

from __future__ import annotations

from typing import Any

from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers


@lowers("aten.bitwise_and.Tensor", "aten.logical_and.default", "aten.__and__.Tensor")
def _and(lowering: Lowering, a: Any, b: Any) -> Value:
    _require_truth(lowering)
    return lowering.combined(lambda x, y: x * y, a, b)


@lowers("aten.bitwise_or.Tensor", "aten.logical_or.default", "aten.__or__.Tensor")
def _or(lowering: Lowering, a: Any, b: Any) -> Value:
    _require_truth(lowering)
    return lowering.combined(lowering.graph.maximum, a, b)


@lowers("aten.bitwise_not.default", "aten.logical_not.default")
def _not(lowering: Lowering, x: Value) -> Value:
    _require_truth(lowering)
    return x.with_node(1.0 - x.node, kind="bool")


@lowers("aten.ne.Scalar")
def _ne(lowering: Lowering, x: Value, number: float) -> Value:
    _require_integers(lowering)
    graph = lowering.graph
    return x.with_node(graph.minimum(graph.abs(x.node - float(number)), 1.0), kind="bool")


@lowers("aten.eq.Scalar")
def _eq(lowering: Lowering, x: Value, number: float) -> Value:
    return x.with_node(1.0 - _ne(lowering, x, number).node, kind="bool")


@lowers("aten.ge.Scalar")
def _ge(lowering: Lowering, x: Value, number: float) -> Value:
    _require_integers(lowering)
    graph = lowering.graph
    return x.with_node(graph.maximum(graph.minimum(x.node - (float(number) - 1.0), 1.0), 0.0), kind="bool")


@lowers("aten.gt.Scalar")
def _gt(lowering: Lowering, x: Value, number: float) -> Value:
    return _ge(lowering, x, number + 1)


def _require_truth(lowering: Lowering) -> None:
    for argument in lowering.current.args:
        if "bool" not in str(argument.meta["val"].dtype):
            lowering.refuse("it combines the bits of integers that depend on the sample")


def _require_integers(lowering: Lowering) -> None:
    if lowering.current.args[0].meta["val"].dtype.is_floating_point:
        lowering.refuse("it compares floats that depend on the sample")
