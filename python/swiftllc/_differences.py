"""Which tensors a source lacks, and which it has that nobody wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from swiftllc._errors import InvalidArgumentError
from swiftllc._listing import listed
from swiftllc._wanted import Wanted


def refuse_differences(
    values: Mapping[str, Any], name: str, tensors: Sequence[Wanted], strict: bool | None
) -> None:
    """InvalidArgumentError unless everything wanted is there and, if ``strict``, nothing else.

    It names the tensors with their shapes, reading none of them, and what would help. The arguments
    are those of ``joined``.
    """
    known = {key for tensor in tensors for key in tensor.sources}
    missing = [tensor for tensor in tensors if not any(key in values for key in tensor.sources)]
    unknown = [key for key in values if key not in known]
    if not missing and (not unknown or strict is False):
        return
    found, hint = [], ""
    if missing:
        found.append(f"lacks {listed([f'{tensor.sources[0]!r} {tensor.shape}' for tensor in missing])}")
    if unknown:
        found.append(f"has the unknown {listed([_described(key, values[key]) for key in unknown])}")
    if strict is not None:
        hint = _hint(values, tensors, missing)
    raise InvalidArgumentError(f"{name} {', and '.join(found)}.{hint}")


def _described(key: Any, value: Any) -> str:
    shape = getattr(value, "shape", None)
    return f"{key!r} {tuple(shape) if isinstance(shape, Sequence) else f'({type(value).__name__})'}"


def _hint(values: Mapping[str, Any], tensors: Sequence[Wanted], missing: Sequence[Wanted]) -> str:
    if not missing:
        return " Model.load ignores what is unknown with strict=False."
    if values and all(isinstance(value, Mapping) for value in values.values()):
        return " A nested dict is made flat by sl.interop.flatten_tree."
    first = missing[0].name
    if first != missing[0].sources[0]:  # the caller has given names, which a prefix would not mend
        return ""
    for prefix in (key.removesuffix(first) for key in values if isinstance(key, str) and key.endswith(first)):
        if all(f"{prefix}{tensor.name}" in values for tensor in missing):
            names = f"lambda name: {prefix!r} + name"
            if len(missing) < len(tensors):
                names = repr({tensor.name: prefix + tensor.name for tensor in missing})
            return f" All that is missing has the prefix {prefix!r} there, so names={names} finds it."
    return ""
