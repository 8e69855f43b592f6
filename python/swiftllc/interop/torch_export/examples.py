"""The example with which a module is called: samples in the first axis of every tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swiftllc import _buffers
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError


def tensor(value: Any, name: str, wanted: Any) -> Any:
    """A tensor in main memory, of floats of the model's precision, integers or truth values."""
    import torch

    if not isinstance(value, torch.Tensor):
        value = torch.from_numpy(np.ascontiguousarray(_buffers.as_array(value, name)))
    value = value.detach().cpu()
    if value.is_complex():
        raise ArgumentTypeError(f"{name} has dtype {value.dtype}; samples must be real numbers.")
    if value.is_floating_point():
        return value.to(wanted)
    return value if str(value.dtype) == "torch.bool" else value.long()


def keyword(value: Any, name: str, wanted: Any) -> Any:
    """An argument by name: samples as a tensor, and anything else as it is."""
    import torch

    if isinstance(value, (torch.Tensor, np.ndarray)):
        return tensor(value, f"example_kwargs[{name!r}]", wanted)
    return value


def require_batch(examples: list[Any]) -> None:
    """Raises InvalidArgumentError unless all tensors have the same number of samples, at least one."""
    if not examples:
        raise InvalidArgumentError("example_input is empty: at least one tensor of samples is needed.")
    counts = {len(part) if part.dim() else None for part in examples}
    if len(counts) > 1 or None in counts or 0 in counts:
        shapes = ", ".join(str(tuple(part.shape)) for part in examples)
        raise InvalidArgumentError(
            f"the examples have shapes {shapes}; the first axis of each must be the same number of "
            "samples, 1 or more."
        )


def array(example: Any) -> NDArray[Any]:
    """What a model takes for it: truth values as the integers 0 and 1."""
    found: NDArray[Any] = example.numpy()
    return found.astype(np.int64) if found.dtype == bool else found
