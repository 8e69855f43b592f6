"""All operations of the table: importing this fills it."""

from __future__ import annotations

from swiftllc.interop.torch_export import (
    operations_constants,
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
    "operations_constants",
    "operations_elementwise",
    "operations_images",
    "operations_index",
    "operations_layers",
    "operations_logic",
    "operations_products",
    "operations_reduce",
    "operations_shape",
]
