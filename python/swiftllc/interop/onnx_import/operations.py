"""All operators of the table: importing this fills it."""

from __future__ import annotations

from swiftllc.interop.onnx_import import (
    operations_elementwise,
    operations_images,
    operations_index,
    operations_layers,
    operations_logic,
    operations_products,
    operations_reduce,
    operations_shape,
)

__all__ = [
    "operations_elementwise",
    "operations_images",
    "operations_index",
    "operations_layers",
    "operations_logic",
    "operations_products",
    "operations_reduce",
    "operations_shape",
]
