"""The file in which an experiment's results are kept, so that it can go on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import swiftllc
from swiftllc._errors import InvalidArgumentError
from swiftllc.experiments.experiment import Row, Task


class Record:
    """Results by task. Each is on disk before the next is begun; several threads may add some."""

    def __init__(self, path: Path, name: str) -> None:
        """Reads what there is.

        Raises:
            InvalidArgumentError: The file holds something else, or another version's results.
        """
        self.path = path
        self._lock = threading.Lock()
        self._content: dict[str, Any] = {
            "experiment": name,
            "swiftllc": swiftllc.__version__,
            "machine": swiftllc.hardware(),
            "rows": [],
        }
        if path.exists():
            self._content = self._read(name)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads(self.path.read_text())
            found = (content["experiment"], content["swiftllc"])
            rows = content["rows"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidArgumentError(
                f"{self.path} is not a record of an experiment ({error!r}). Move it away, or give "
                "another --output."
            ) from error
        if found != (name, swiftllc.__version__):
            raise InvalidArgumentError(
                f"{self.path} has results of {found[0]} by swiftllc {found[1]}, not of {name} by "
                f"{swiftllc.__version__}: they cannot be mixed. Move it away, or give another --output."
            )
        return {**content, "machine": swiftllc.hardware(), "rows": rows}

    def row(self, task: Task) -> Row | None:
        """What was measured with just these settings, if anything."""
        wanted = _plain(task.settings)
        for row in self._content["rows"]:
            if row["settings"] == wanted:
                return Row(row["settings"], row["results"])
        return None

    def folder(self, task: Task) -> Path:
        """For what a task has before it is done; there only if the task makes it."""
        name = hashlib.blake2b(json.dumps(_plain(task.settings)).encode(), digest_size=8).hexdigest()
        return self.path.with_suffix("") / name

    def add(self, task: Task, results: Mapping[str, Any], seconds: float) -> None:
        """Keeps a result, in place of the task's folder; the file is replaced as a whole."""
        row = {"settings": _plain(task.settings), "results": _plain(results), "seconds": round(seconds, 3)}
        with self._lock:
            self._content["rows"].append(row)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(self._content, indent=1) + "\n")
            os.replace(part, self.path)
        shutil.rmtree(self.folder(task), ignore_errors=True)
        with suppress(OSError):  # of other tasks
            self.path.with_suffix("").rmdir()

    def seconds(self, tasks: list[Task]) -> float:
        """What those of them that are done took together."""
        wanted = [_plain(task.settings) for task in tasks]
        return float(sum(row["seconds"] for row in self._content["rows"] if row["settings"] in wanted))


def _plain(value: Mapping[str, Any]) -> Any:
    """As it comes back from a file."""
    return json.loads(json.dumps(value))
