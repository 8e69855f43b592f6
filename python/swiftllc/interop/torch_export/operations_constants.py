"""Constants of which a sample only gives the shape."""

from __future__ import annotations

from typing import Any

from swiftllc.interop.lowering.layout import Value
from swiftllc.interop.torch_export.lowering import Lowering
from swiftllc.interop.torch_export.table import lowers


@lowers(
    "aten.zeros_like.default",
    "aten.ones_like.default",
    "aten.full_like.default",
    "aten.new_zeros.default",
    "aten.new_ones.default",
    "aten.new_full.default",
)
def _filled(lowering: Lowering, x: Value, *arguments: Any, **keywords: Any) -> Any:
    import torch

    shaped = torch.empty(x.shape, dtype=lowering.current.args[0].meta["val"].dtype)
    return lowering.current.target(shaped, *arguments, **keywords)
