"""The folder in which a run is kept, so that the same call goes on where one was interrupted."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from swiftllc import _abi, _checks
from swiftllc._errors import ArgumentTypeError, InvalidArgumentError
from swiftllc._library import lib
from swiftllc._problem import Problem
from swiftllc._run_options import Options
from swiftllc.calibration.calibration import Calibration
from swiftllc.model import Model
from swiftllc.samplers import Sampler, UnderdampedLangevin

# Of a run that do not change its result, or that point to what is looked at by itself.
_UNSEEN = ("struct_size", "threads", "mask", "lr_factors", "keep_path", "keep_tag")

# Options of a calibration that are taken from each call anew.
_OWN = ("mask", "threads")


class Kept:
    """A folder with ``run.json``, which says what run it is of, and a file for each chain.

    Attributes:
        folder: It.
        seed: Of the run.
    """

    def __init__(
        self, folder: Any, problem: Problem, given: Mapping[str, Any], wishes: Mapping[str, Any]
    ) -> None:
        """Makes the folder, or finds out whether it is of the same run.

        Args:
            folder: What the user gave for ``keep``.
            problem: What is sampled.
            given: The options of ``estimate_llc`` that are not None.
            wishes: For the calibration.

        Raises:
            ArgumentTypeError: No path.
            InvalidArgumentError: A run that cannot be kept, a file, or the folder of another run.
        """
        if not isinstance(folder, (str, os.PathLike)):
            raise ArgumentTypeError(f"keep must be the path of a folder; got {folder!r}.")
        if not isinstance(problem.model, Model):
            raise InvalidArgumentError(
                "keep must be left out for an External: its chains are in the hands of its own functions."
            )
        self.folder = Path(os.fspath(folder))
        self._problem = _digest(
            lib.sllc_version().decode(),
            problem.model._calls,
            problem.centre,
            [array and array.array for array in problem.samples._arrays] if problem.samples else None,
        )
        self._run = self._read()
        if self._run and self._run["problem"] != self._problem:
            raise self._of_another("with another model, parameters or data, or by another version")
        asked = {name: value for name, value in given.items() if name not in ("seed", "threads")}
        self._asked = _digest(asked, dict(wishes))
        # In the calibration's options too, but no business of a file.
        self._own = {name: given[name] for name in _OWN if name in given}
        seed = given.get("seed", self._run.get("seed"))
        self.seed = _checks.seed(seed)

    def _of_another(self, how: str) -> InvalidArgumentError:
        return InvalidArgumentError(
            f"keep is {str(self.folder)!r}, where a run is kept that was made {how}. Give another folder, or "
            "remove it."
        )

    @property
    def calibration(self) -> Calibration | None:
        """That of the run, if it had got so far.

        Raises:
            InvalidArgumentError: It was asked for with other options.
        """
        kept = self._run.get("calibration")
        if kept is None:
            return None
        if (self._run["seed"], kept["asked"]) != (self.seed, self._asked):
            raise self._of_another("with other options")
        found = kept["found"]
        return Calibration(
            **{
                **found,
                "sampler": UnderdampedLangevin(**found["sampler"]),
                "options": {**found["options"], **self._own},
            }
        )

    def calibrated(self, calibration: Calibration) -> None:
        """Keeps one; the chains of the one before are not needed any more."""
        for chain in self.folder.glob("chain-*"):
            chain.unlink()
        found = dataclasses.asdict(calibration)
        for name in self._own:
            del found["options"][name]
        self._write({"calibration": {"asked": self._asked, "found": found}})

    def hand_over(self, options: Options) -> None:
        """Tells the native side where to keep the chains."""
        native = options.native
        seen = {name: getattr(native, name) for name, *_ in native._fields_ if name not in _UNSEEN}
        native.keep_path = os.fsencode(self.folder.absolute() / "chain-")
        native.keep_tag = _digest(
            self._problem, options.sampler, seen, options.mask, options.lr_factors
        ).encode()
        self._write({})

    def report(self, status: _abi.Progress) -> None:
        """Warns where a chain could not be kept."""
        if status.keep_error:
            reason = os.strerror(status.keep_error)
            message = f"A chain could not be kept in {str(self.folder)!r}: {reason}. The run is not affected."
            warnings.warn(message, UserWarning, stacklevel=5)

    @property
    def _path(self) -> Path:
        return self.folder / "run.json"

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        try:
            content = json.loads(self._path.read_text())
            return {"problem": content["problem"], "seed": content["seed"], **content}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidArgumentError(
                f"keep is {str(self.folder)!r}, whose run.json cannot be read ({error!r}). Give another "
                "folder."
            ) from error

    def _write(self, more: dict[str, Any]) -> None:
        self._run = {"problem": self._problem, **self._run, "seed": self.seed, **more}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(self._run, indent=1) + "\n")
            os.replace(part, self._path)
        except OSError as error:
            raise InvalidArgumentError(
                f"keep is {str(self.folder)!r}, where nothing can be written: {error}."
            ) from error


def _digest(*values: Any) -> str:
    """The same for what is equal."""
    state = hashlib.blake2b(digest_size=16)
    _feed(state, values)
    return state.hexdigest()


def _feed(state: Any, value: Any) -> None:
    if isinstance(value, Sampler):
        # Of the schedule the factors of the steps are there.
        options = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        _feed(state, (type(value).__name__, {**options, "lr_schedule": None}))
    elif isinstance(value, np.ndarray):
        state.update(f"{value.dtype.str}{value.shape}".encode())
        state.update(np.ascontiguousarray(value).data.cast("B") if value.size else b"")
    elif isinstance(value, Mapping):
        for key in value:
            _feed(state, (key, value[key]))
        state.update(b"}")
    elif isinstance(value, (list, tuple)):
        for item in value:
            _feed(state, item)
        state.update(b")")
    else:
        state.update(f"{value!r}\n".encode())
