"""The table of ATen operations: the name of an overload to the function that adds it to a graph."""

from __future__ import annotations

from swiftllc.interop.lowering.table import Operation, entering

#: "aten.linear.default" to its function. Filled by the modules ``operations_*``.
OPERATIONS: dict[str, Operation] = {}

#: Enters a function under names of overloads, as in ``@lowers("aten.relu.default")``.
lowers = entering(OPERATIONS)
