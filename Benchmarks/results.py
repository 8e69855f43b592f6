"""The JSON in which all parts of the benchmark keep what they measured, so that each can be run alone."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import machine

#: Where results are kept unless ``BENCH_RESULTS`` says another place.
PATH = Path(os.environ.get("BENCH_RESULTS", Path(__file__).resolve().parent.parent / "build" / "bench.json"))


def read() -> dict[str, Any]:
    """What there is."""
    return dict(json.loads(PATH.read_text())) if PATH.exists() else {}


def write(part: str, value: Any) -> None:
    """Replaces a part, and says when and where it was measured."""
    results = read()
    results[part] = value
    results.setdefault("measured", {})[part] = {
        "time": time.strftime("%Y-%m-%d %H:%M"),
        "machine": machine.description(),
    }
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(results, indent=1) + "\n")
