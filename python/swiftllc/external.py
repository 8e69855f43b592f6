"""A model that is evaluated elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swiftllc import _checks
from swiftllc._errors import ArgumentTypeError


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
