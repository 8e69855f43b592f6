"""How a chain moves, by what matters to flat directions."""

from __future__ import annotations

from dataclasses import dataclass

from swiftllc.samplers import UnderdampedLangevin


@dataclass(frozen=True)
class Move:
    """A sampler to be.

    Attributes:
        lr: The step.
        rate: friction / lr. It alone decides how fast flat directions relax, and how much the noise of the
            gradients heats, whatever lr is.
        localization: The pull.
    """

    lr: float
    rate: float
    localization: float

    @property
    def sampler(self) -> UnderdampedLangevin:
        """It as a sampler."""
        return UnderdampedLangevin(lr=self.lr, friction=self.rate * self.lr, localization=self.localization)
