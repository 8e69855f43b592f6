"""Where in the user's module an operation of an exported program comes from."""

from __future__ import annotations

import os
import re
from typing import Any

#: The exporter is called from here.
_HERE = os.path.dirname(__file__)

_FRAME = re.compile(r'File "(?P<path>[^"]+)", line (?P<line>\d+), in [^\n]*\n *(?P<code>[^\n]*)')


def where(node: Any) -> str:
    """The operation, the submodule that does it and the line that says so, as far as they are known.

    As in "aten.cumsum.default in layers.2 (Gate), model.py line 12: `return x.cumsum(1)`".
    """
    parts = [str(node.target)]
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    if stack:
        path, kind = stack[-1]
        kind = kind if isinstance(kind, str) else kind.__qualname__
        parts.append(f" in {without_prefix(path) or 'the module itself'} ({kind.rpartition('.')[2]})")
    frames = list(_FRAME.finditer(node.meta.get("stack_trace") or ""))
    if frames:
        own = [frame for frame in frames if not frame["path"].startswith(_HERE)]
        own = [frame for frame in own if "site-packages" not in frame["path"]] or own
        last = (own or frames)[-1]
        name = os.path.basename(last["path"])
        parts.append(f", {name} line {last['line']}: `{last['code'].strip()}`")
    return "".join(parts)


def without_prefix(name: str) -> str:
    """A name in the exported program, which has the module as its part ``module``, as the module's own."""
    return name.removeprefix("module").removeprefix(".")
