"""Truth values that depend on the sample, as floats that are 0 or 1: masks from integers that are inputs."""

from __future__ import annotations

from typing import Any

from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.onnx_import.lowering import Lowering
from swiftllc.interop.onnx_import.table import lowers


@lowers("Not")
def _not(lowering: Lowering, x: Value) -> Value:
    return x.with_node(1.0 - x.node)


@lowers("And")
def _and(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lambda x, y: x * y, a, b, kind="bool")


@lowers("Or")
def _or(lowering: Lowering, a: Any, b: Any) -> Value:
    return lowering.combined(lowering.graph.maximum, a, b, kind="bool")


@lowers("Equal")
def _equal(lowering: Lowering, a: Any, b: Any) -> Value:
    difference = _difference(lowering, a, b)
    graph = lowering.graph
    return difference.with_node(1.0 - graph.minimum(graph.abs(difference.node), 1.0), kind="bool")


@lowers("GreaterOrEqual")
def _greater_or_equal(lowering: Lowering, a: Any, b: Any) -> Value:
    difference = _difference(lowering, a, b)
    graph = lowering.graph
    return difference.with_node(graph.maximum(graph.minimum(difference.node + 1.0, 1.0), 0.0), kind="bool")


@lowers("Greater")
def _greater(lowering: Lowering, a: Any, b: Any) -> Value:
    return _not(lowering, _greater_or_equal(lowering, b, a))


@lowers("LessOrEqual")
def _less_or_equal(lowering: Lowering, a: Any, b: Any) -> Value:
    return _greater_or_equal(lowering, b, a)


@lowers("Less")
def _less(lowering: Lowering, a: Any, b: Any) -> Value:
    return _greater(lowering, b, a)


def _difference(lowering: Lowering, a: Any, b: Any) -> Value:
    difference = lowering.combined(lambda x, y: x - y, a, b)
    if difference.kind == "float":
        lowering.refuse("it compares floats that depend on the sample")
    return difference
