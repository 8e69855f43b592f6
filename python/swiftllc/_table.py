"""A plain table of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, the first to the left and numbers to the right, two spaces apart."""
    widths = [max(_width(row[i]) for row in [header, *rows]) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell + _space(cell, width) if i == 0 else _space(cell, width) + cell
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [header, *rows]
    )


def _space(cell: str, width: int) -> str:
    return " " * (width - _width(cell))


def _width(text: str) -> int:
    """How many columns it takes: the hat of λ̂ takes none."""
    return sum(not unicodedata.combining(character) for character in text)
