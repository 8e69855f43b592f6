"""Products of matrices with the batch in an unusual place, for the graphs of torch and of ONNX alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from swiftllc.interop.layout import Value, per_sample


def product_of_rows(graph: Any, a: Value, b: Value) -> Value:
    """Matrices of which one axis, that of the rows, is the batch with what is merged to it."""
    assert a.batch is not None
    rows = a.batch.before * a.batch.after
    node = a.node.reshape((*a.shape[:-2], rows, a.shape[-1]))
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    batch = a.batch.at(len(shape) - 2)
    return Value(graph.matmul(node, b.node).reshape(per_sample(shape, batch)), shape, batch)


def product_with_vector(lowering: Any, a: Value, b: Value) -> Value:
    """A product with a vector on one side or both: a weighted sum."""
    dim = -1 if b.rank == 1 else -2
    if b.rank > 1:
        a = a.with_node(a.node.reshape((*a.node.shape, 1)), shape=(*a.shape, 1))
    product: Value = lowering.combined(lambda x, y: x * y, a, b)
    axis = product.axis(dim, "it sums over")
    return product.without([dim], product.node.sum((axis,)))
