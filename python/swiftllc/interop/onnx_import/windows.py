"""Windows over the axes of images: strides, dilations and padding as a node of a file has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Entries of padding in front of an axis and behind it.
Ends = tuple[int, int]


@dataclass(frozen=True)
class Windows:
    """Windows over one or two axes.

    Attributes:
        kernel: Entries of a window, for each axis.
        strides: From one window to the next.
        dilations: From one entry to the next.
        pads: For each axis.
        hanging: How far the last window reaches beyond the padding, by ceil_mode.
    """

    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[Ends, ...]
    hanging: tuple[int, ...]

    @property
    def even(self) -> bool:
        """Whether the padding is the same at both ends."""
        return not any(self.hanging) and all(before == after for before, after in self.pads)

    def counts(self, axis: int, extent: int) -> list[tuple[int, int]]:
        """For each window along an axis: how many of its entries there are without padding, and with it."""
        (before, after), kernel = self.pads[axis], self.kernel[axis]
        total = before + extent + after + self.hanging[axis]
        reach = self.dilations[axis] * (kernel - 1) + 1
        found = []
        for start in range(0, total - reach + 1, self.strides[axis]):
            entries = [start + self.dilations[axis] * i for i in range(kernel)]
            inside = sum(before <= entry < before + extent for entry in entries)
            found.append((inside, sum(entry < before + extent + after for entry in entries)))
        return found


def windows(
    extents: Sequence[int],
    kernel: Sequence[int],
    strides: Any,
    dilations: Any,
    pads: Any,
    auto_pad: str,
    ceil_mode: int = 0,
) -> Windows:
    """Windows over axes of these extents, by a node's attributes."""
    count = len(kernel)
    steps = tuple(strides or (1,) * count)
    gaps = tuple(dilations or (1,) * count)
    reaches = [gap * (size - 1) + 1 for gap, size in zip(gaps, kernel, strict=True)]
    ends: list[Ends] = [(0, 0)] * count
    if auto_pad in ("", "NOTSET"):
        given = list(pads or (0,) * (2 * count))
        ends = [(given[i], given[count + i]) for i in range(count)]
    elif auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        for i, (extent, step, reach) in enumerate(zip(extents, steps, reaches, strict=True)):
            total = max(0, (-(-extent // step) - 1) * step + reach - extent)
            small, large = total // 2, total - total // 2
            ends[i] = (small, large) if auto_pad == "SAME_UPPER" else (large, small)
    hanging = [0] * count
    if ceil_mode:
        for i, (extent, step, reach) in enumerate(zip(extents, steps, reaches, strict=True)):
            before, after = ends[i]
            room = before + extent + after - reach
            last = -(-room // step) * step
            if last >= before + extent:  # a window that would begin behind the input is left out
                last -= step
            hanging[i] = max(0, last - room)
    return Windows(tuple(kernel), steps, gaps, tuple(ends), tuple(hanging))
