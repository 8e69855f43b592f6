"""A torch module as the functions of an ``External``: torch evaluates, the native samplers move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from swiftllc import _buffers
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc.interop.torch_export.program import refuse_training


class TorchFunctions:
    """The loss of a module on rows of its data, with and without the gradient.

    The module itself is not changed: it is called with the chain's parameters in place of its own, which are
    read where they lie if the module is on the CPU.

    Attributes:
        n: The number of samples.
    """

    def __init__(self, module: Any, loss: Callable[[Any, Any], Any], data: Sequence[Any]) -> None:
        """Keeps the data as tensors beside the module.

        Raises:
            InvalidArgumentError, ArgumentTypeError, ImportError: As for ``External.from_torch``.
        """
        try:
            import torch
        except ImportError as error:
            raise ImportError(
                "External.from_torch needs torch, which is not installed: pip install torch"
            ) from error
        if not isinstance(module, torch.nn.Module):
            raise ArgumentTypeError(f"module must be a torch.nn.Module; got {type(module).__name__}.")
        if not callable(loss):
            raise ArgumentTypeError(f"loss must be a function; got {loss!r}.")
        if not isinstance(data, (tuple, list)) or len(data) < 2:
            raise ArgumentTypeError(
                f"data must be (X, y), or several inputs and then the targets; got {type(data).__name__}."
            )
        refuse_training(module)
        parameters = list(module.parameters())
        if not parameters:
            raise InvalidArgumentError("module has no parameters, so there is nothing to sample.")
        self._module, self._loss = module, loss
        self._device = parameters[0].device
        self._data = [self._tensor(part, f"data[{i}]") for i, part in enumerate(data)]
        counts = {len(part) for part in self._data}
        if len(counts) != 1:
            raise InvalidArgumentError(
                f"data has {sorted(counts)} rows; all parts must have the same number."
            )
        self.n = counts.pop()

    def loss_and_grad(self, parameters: Any, batch: Any) -> tuple[Any, dict[str, Any]]:
        """The loss, of each row or their mean, and the gradient of the mean by name."""
        import torch

        tensors = self._tensors(parameters)
        for tensor in tensors.values():
            tensor.requires_grad_()
        with torch.enable_grad():
            losses = self._losses(tensors, batch)
            gradients = torch.autograd.grad(losses.mean(), list(tensors.values()), allow_unused=True)
        arrays = {
            name: np.zeros(tensor.shape, parameters[name].dtype)
            if gradient is None
            else gradient.cpu().numpy()
            for (name, tensor), gradient in zip(tensors.items(), gradients, strict=True)
        }
        return losses.detach().cpu().numpy(), arrays

    def loss(self, parameters: Any, batch: Any) -> Any:
        """The loss alone."""
        import torch

        with torch.no_grad():
            return self._losses(self._tensors(parameters), batch).cpu().numpy()

    def _tensors(self, parameters: Any) -> dict[str, Any]:
        import torch

        if not isinstance(parameters, Mapping):
            raise ArgumentTypeError(
                "params must be arrays by name, such as dict(module.named_parameters()), for an External of "
                "a torch module."
            )
        return {name: torch.from_numpy(array).to(self._device) for name, array in parameters.items()}

    def _losses(self, tensors: Mapping[str, Any], batch: Any) -> Any:
        import torch

        rows = torch.from_numpy(np.asarray(batch)).to(self._device)
        *inputs, targets = (part[rows] for part in self._data)
        outputs = torch.func.functional_call(self._module, dict(tensors), tuple(inputs))
        losses = self._loss(outputs, targets)
        if not isinstance(losses, torch.Tensor) or losses.shape not in ((), (len(rows),)):
            kind = (
                f"shape {tuple(losses.shape)}"
                if hasattr(losses, "shape")
                else f"type {type(losses).__name__}"
            )
            raise ArgumentTypeError(
                f"loss must return a tensor: one loss for each row, or their mean; it returned one of {kind}."
            )
        return losses

    def _tensor(self, value: Any, name: str) -> Any:
        import torch

        if not isinstance(value, torch.Tensor):
            value = torch.from_numpy(np.ascontiguousarray(_buffers.as_array(value, name)))
        if value.dim() == 0:
            raise InvalidArgumentError(f"{name} is one number; it must have a row for each sample.")
        return value.detach().to(self._device)
