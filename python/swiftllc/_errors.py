"""What this package raises, and how a native status becomes an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swiftllc import _abi
from swiftllc._library import lib

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from swiftllc.grid import Sweep
    from swiftllc.parameters import Parameters
    from swiftllc.result import LLCResult
    from swiftllc.trajectory import Trajectory


class SwiftLLCError(Exception):
    """The base of every error that swiftllc raises, except for an interrupt."""


class InvalidArgumentError(SwiftLLCError, ValueError):
    """A value that cannot be. The message names the argument, what it was and what would be right."""


class LayerError(InvalidArgumentError):
    """A layer that cannot take what it is given. The message names the layer, its place, and the shape."""


class UnsupportedOperationError(InvalidArgumentError):
    """A part of a module or a file that has no counterpart here. The message names it and its place."""


class ArgumentTypeError(SwiftLLCError, TypeError):
    """An argument of a kind that cannot be used, or an option that does not exist."""


class OutOfMemoryError(SwiftLLCError, MemoryError):
    """The native library could not allocate a buffer. The message gives its size.

    Attributes:
        traces: The losses and baselines of a run, each (chain, draw), where memory was too short only for
            their statistics. Else None.
    """

    traces: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None


class DivergedError(SwiftLLCError, ArithmeticError):
    """The loss stopped being finite.

    Attributes:
        chain: The chain that diverged first, by step and then by number. None in training.
        step: The step at which its loss was not finite, counted from 0, burn-in included.
        result: What there is up to then: an ``LLCResult`` whose draws not reached are NaN, or from
            training the last ``Parameters``. None from a ``Chain``, which is still where it was.
    """

    def __init__(
        self, message: str, *, chain: int | None, step: int, result: LLCResult | Parameters | None
    ) -> None:
        """Keeps where it happened, and the partial result."""
        super().__init__(message)
        self.chain = chain
        self.step = step
        self.result = result


class InterruptedRun(KeyboardInterrupt):
    """Ctrl-C during a run. The native threads have ended.

    Attributes:
        result: What there is up to then: an ``LLCResult`` whose draws not reached are NaN and whose
            statistics are over as many draws of each chain that was well under way (so that their number is
            as large as it can be), from training the ``Parameters``, from several estimates the
            ``Trajectory`` or ``Sweep`` of those that were completed. None if a calibration was interrupted,
            before there was an estimate.
    """

    def __init__(self, message: str, *, result: LLCResult | Parameters | Trajectory | Sweep | None) -> None:
        """Keeps the partial result."""
        super().__init__(message)
        self.result = result


_EXCEPTIONS = {
    _abi.SLLC_INVALID_ARGUMENT: InvalidArgumentError,
    _abi.SLLC_OUT_OF_MEMORY: OutOfMemoryError,
}


def check(status: int) -> None:
    """Raises the exception of a native status, with the library's message for this thread."""
    if status != _abi.SLLC_OK:
        message = lib.sllc_last_error().decode("utf-8", "replace")
        raise _EXCEPTIONS.get(status, SwiftLLCError)(message)
