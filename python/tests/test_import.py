"""Importing the package: numpy alone, from anywhere, and with a clear word when the library is not there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import swiftllc as sl
from swiftllc import _library


def python(script, cwd, **environment):
    """A fresh interpreter with nothing in its environment but what is given."""
    package = str(Path(sl.__file__).parents[1])
    environment = {"PYTHONPATH": package, "SWIFTLLC_LIBRARY": _library._find()} | environment
    child = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={name: os.fspath(value) for name, value in environment.items() if value is not None},
        timeout=60,
    )
    return child


def test_the_import_brings_numpy_and_nothing_heavier(tmp_path):
    child = python("import swiftllc, sys, json; print(json.dumps(sorted(sys.modules)))", tmp_path)
    assert child.returncode == 0, child.stderr
    top = {name.partition(".")[0] for name in json.loads(child.stdout)}
    assert "numpy" in top
    assert not top & {
        "torch",
        "jax",
        "tensorflow",
        "matplotlib",
        "tqdm",
        "scipy",
        "pandas",
        "arviz",
        "safetensors",
    }


def test_an_estimate_runs_from_another_directory_with_an_empty_environment(tmp_path):
    script = """
import numpy as np, swiftllc as sl
model = sl.Model(sl.Linear(2, 1), input_shape=(2,), loss="mse")
X = np.random.default_rng(0).normal(size=(20, 2))
result = sl.estimate_llc(model, model.init(), (X, model(model.init(), X)), sampler=sl.SGLD(lr=1e-3), seed=0)
print(result.llc > 0)
"""
    child = python(script, tmp_path)
    assert (child.stdout, child.stderr) == ("True\n", "")


def test_the_name_of_a_missing_library_is_said(tmp_path):
    child = python("import swiftllc", tmp_path, SWIFTLLC_LIBRARY="/nowhere/lib.so")
    assert "ImportError: SWIFTLLC_LIBRARY is '/nowhere/lib.so', which is not a file." in child.stderr


def test_a_file_that_is_no_library_is_refused(tmp_path):
    (tmp_path / "lib.so").write_text("not a library")
    child = python("import swiftllc", tmp_path, SWIFTLLC_LIBRARY=tmp_path / "lib.so")
    assert "ImportError" in child.stderr
    assert "could not be loaded" in child.stderr


def test_another_version_of_the_interface_is_refused(tmp_path, monkeypatch):
    own = _library._abi.SLLC_ABI_VERSION
    monkeypatch.setattr(_library._abi, "SLLC_ABI_VERSION", 99)
    with pytest.raises(ImportError, match=f"version {own} of the C interface, this package version 99"):
        _library._load()


def test_a_package_without_its_library_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("SWIFTLLC_LIBRARY", raising=False)
    monkeypatch.setattr(_library, "_PACKAGE", tmp_path / "a" / "b")
    with pytest.raises(ImportError, match=r"native library is missing.*pip.*swift build.*SWIFTLLC_LIBRARY"):
        _library._find()


def test_the_blas_of_others_is_left_alone(tmp_path):
    # In a process of its own: whichever library numpy brought must answer as before.
    child = python(
        "import numpy as np; a = np.random.default_rng(0).normal(size=(500, 500)); x = np.linalg.inv(a);"
        "import swiftllc; assert np.array_equal(np.linalg.inv(a), x)",
        tmp_path,
    )
    assert child.returncode == 0, child.stderr


def test_the_import_starts_no_thread_and_leaves_the_environment_as_it_was(tmp_path):
    child = python(
        "import ctypes, os, numpy; libc = ctypes.CDLL(None); libc.getenv.restype = ctypes.c_char_p;"
        "read = lambda: [libc.getenv(b'OPENBLAS_' + name) for name in (b'NUM_THREADS', b'CORETYPE')];"
        "before = len(os.listdir('/proc/self/task')), read();"
        "import swiftllc; assert before == (len(os.listdir('/proc/self/task')), read())",
        tmp_path,
    )
    assert child.returncode == 0, child.stderr


def test_the_package_its_library_and_the_project_have_one_version():
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    [version] = re.findall(r'^version = "(.*)"$', project, re.MULTILINE)
    assert sl.__version__ == _library.lib.sllc_version().decode() == version


def test_the_names_of_the_package_exist():
    for name in sl.__all__:
        assert hasattr(sl, name)
    assert sl.__version__.count(".") == 2
    assert "kernels" in sl.hardware()
