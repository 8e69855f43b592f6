"""A model that is evaluated elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError
from swiftllc.interop import jax_function
from swiftllc.interop.torch_functions import TorchFunctions


class External:
    """A loss and its gradient, computed by a function of yours, for ``estimate_llc`` to sample.

        def loss_and_grad(parameters, batch):
            error = X[batch] @ parameters - y[batch]
            return (error**2).mean(), 2 / len(batch) * X[batch].T @ error

        sl.estimate_llc(sl.External(loss_and_grad, n=len(X)), params)

    Both functions are called with the parameters where they are wanted, in the form in which ``params`` was
    given (``Parameters`` of arrays by name, or a flat vector), and with the rows of a batch, int64 of shape
    (count,). In one run the parameters are always the same object over the same memory, so that views of
    it may be kept; to be read only.

    Attributes:
        loss_and_grad: (parameters, batch) → (loss, gradient).
        n: The number of samples.
        loss: (parameters, batch) → loss, or None.
    """

    def __init__(
        self,
        loss_and_grad: Callable[[Any, Any], tuple[Any, Any]],
        n: int,
        *,
        loss: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        """Keeps the functions.

        Args:
            loss_and_grad: Returns the loss of the rows, and the gradient of its mean: a flat array, or arrays
                by name. The loss is the mean, a number; or one for each row, of shape (count,): then those
                at w* are computed once for all samples, where else each draw costs one more evaluation at w*.
            n: The number of samples, ≥ 1.
            loss: The same loss without its gradient, where that is cheaper: it is used for draws and at w*.

        Raises:
            InvalidArgumentError, ArgumentTypeError: An argument that cannot be.
        """
        if not callable(loss_and_grad):
            raise ArgumentTypeError(f"loss_and_grad must be a function; got {loss_and_grad!r}.")
        if loss is not None and not callable(loss):
            raise ArgumentTypeError(f"loss must be a function or None; got {loss!r}.")
        self.loss_and_grad = loss_and_grad
        self.loss = loss
        self.n = _checks.integer("n", n, at_least=1)

    @classmethod
    def from_torch(cls, module: Any, loss: Callable[[Any, Any], Any], data: Sequence[Any]) -> External:
        """A torch module, evaluated by torch, whatever it consists of.

            external = sl.External.from_torch(module, torch.nn.functional.cross_entropy, (X, y))
            sl.estimate_llc(external, dict(module.named_parameters()))

        The module is not changed. Names that are left out of ``params`` stay as the module has them.

        Args:
            module: A ``torch.nn.Module``, on any device, in whose mode samples do not depend on one another.
            loss: (outputs, targets) → the mean over the rows, or one loss for each: the latter, as by
                ``reduction="none"``, spares an evaluation at w* for each draw.
            data: Tensors or arrays with a row for each sample: the module's inputs, and the targets last.

        Raises:
            InvalidArgumentError, ArgumentTypeError: An argument that cannot be.
            ImportError: torch is not installed.
        """
        functions = TorchFunctions(module, loss, data)
        return cls(functions.loss_and_grad, functions.n, loss=functions.loss)

    @classmethod
    def from_jax(cls, function: Callable[..., Any], data: Sequence[Any]) -> External:
        """A loss in JAX, which is differentiated and compiled.

            external = sl.External.from_jax(lambda w, x, y: (x @ w - y) ** 2, (X, y))
            sl.estimate_llc(external, w)

        Args:
            function: (parameters, rows of each part of ``data``...) → one loss for each row, or their mean.
                Its parameters have the form of ``params``: a flat vector, or arrays by name.
            data: Arrays with a row for each sample.

        Raises:
            InvalidArgumentError, ArgumentTypeError: An argument that cannot be.
            ImportError: JAX is not installed.
        """
        loss_and_grad, loss, n = jax_function.compiled(function, data)
        return cls(loss_and_grad, n, loss=loss)

    def __repr__(self) -> str:
        """As it would be written."""
        given = "" if self.loss is None else f", loss={self.loss!r}"
        return f"External({self.loss_and_grad!r}, n={self.n}{given})"

    def _evaluate(self, parameters: Any, batch: Any) -> tuple[Any, Any]:
        """What ``loss_and_grad`` returns, which is a pair."""
        returned = self.loss_and_grad(parameters, batch)
        if not isinstance(returned, (tuple, list)) or len(returned) != 2:
            length = f" of length {len(returned)}" if isinstance(returned, (tuple, list)) else ""
            raise ArgumentTypeError(
                f"loss_and_grad must return (loss, gradient); it returned {type(returned).__name__}{length}."
            )
        return returned[0], returned[1]
