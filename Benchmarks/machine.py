"""The machine and the versions that something was measured with."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import swiftllc as sl


def description() -> dict[str, Any]:
    """Processor, cores, system and versions."""
    names = ("numpy", "torch", "jax", "blackjax", "devinterp")
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": processor[1] if processor else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "swiftllc": f"{sl.__version__}, {sl.hardware()}",
        "versions": {name: metadata.version(name) for name in names} | {"python": platform.python_version()},
        "load": os.getloadavg()[0],
    }
