"""The examples with frameworks run as a user runs them, and what they print can be so."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import swiftllc as sl

EXAMPLES = Path(__file__).parents[3] / "examples"
PACKAGE = str(Path(sl.__file__).parents[1])

#: Script → what it imports.
NEEDED = {
    "torch_digits.py": ("torch", "sklearn"),
    "gpt2_text.py": ("torch", "transformers"),
    "flax_mlp.py": ("jax", "flax", "optax"),
    "onnx_file.py": ("onnx", "sklearn"),
}
#: Those that compare outputs themselves: the conversions of torch do.
COMPARING = {"flax_mlp.py", "onnx_file.py"}


@pytest.mark.parametrize("script", NEEDED)
def test_an_example_runs(script):
    if not (EXAMPLES / script).is_file():
        pytest.skip("the examples are in the source tree only")
    for library in NEEDED[script]:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    paths = os.pathsep.join(filter(None, (PACKAGE, os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, EXAMPLES / script, "--quick"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "steps" not in done.stderr  # no bars where nobody watches

    llc, error = map(float, re.search(r"^λ̂ = (\S+) ± (\S+) ", done.stdout, re.MULTILINE).groups())
    bound, share = re.search(r"^d/2 = (\S+) for .* λ̂ is (\S+)% of it$", done.stdout, re.MULTILINE).groups()
    assert 0 < error < 0.1 * llc
    assert llc < float(bound)
    assert float(share) == pytest.approx(100 * llc / float(bound), abs=0.1)
    acceptance = re.search(r"acceptance (\S+),", done.stdout)[1]
    assert float(acceptance) > 0.9
    assert "not a local minimum" not in done.stdout
    if script in COMPARING:
        assert float(re.search(r"outputs differ from \S+ by (\S+) at most", done.stdout)[1]) < 1e-4
