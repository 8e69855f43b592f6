"""The code of the README and of the pages runs as it is printed, in its order, and gives what they say."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(page, folder):
    """What every block printed, its names, and what the page says that it prints ("": nothing said).

    A block that imports what is not installed is left out.
    """
    # A block of text that follows a block of code at once is what that code prints.
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", page.read_text(), re.DOTALL)
    names: dict = {}
    outputs, said = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for code, text in blocks:
            modules = re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)
            if any(importlib.util.find_spec(module) is None for module in modules):
                continue
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(code, str(page), "exec"), names)
            outputs.append(output.getvalue())
            said.append(text)
    return outputs, names, said


def shape(text):
    """The text with every number, and the space that aligns it, made equal."""
    return re.sub(r"[ *]+", " ", re.sub(r"[+-]?\b\d[\d.e+-]*", "#", text))


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    return run(ROOT / "README.md", tmp_path_factory.mktemp("readme"))


def test_exact_values_are_printed_as_said(printed):
    outputs, _, said = printed
    assert outputs[-1] == said[-1] != ""


def test_the_estimate_is_that_of_the_readme_and_raises_no_warning(printed):
    outputs, names, said = printed
    result = names["result"]
    assert result.warnings == []
    value, error = map(float, re.match(r"λ̂ = ([\d.]+) ± ([\d.]+)", said[0]).groups())
    # Another processor rounds differently, and then trains to slightly different weights.
    assert abs(result.llc - value) < 6 * (error**2 + result.stderr**2) ** 0.5
    assert shape(outputs[0]) == shape(said[0])


def test_weights_that_were_saved_come_back(printed):
    _, names, _ = printed
    assert all((names["params"][name] == array).all() for name, array in names["weights"].items())


#: What a page needs besides, without which it is skipped.
NEEDED = {"docs/from_torch.md": "torch", "docs/from_onnx.md": "onnx"}

#: Pages of which every block of code runs, and prints what stands below it, whatever the digits.
PAGES = [
    "docs/calibration.md",
    "docs/data.md",
    "docs/external.md",
    "docs/from_onnx.md",
    "docs/from_torch.md",
    "docs/keeping.md",
    "docs/networks.md",
    "docs/restrictions.md",
    "docs/weights.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_and_prints_what_it_says(page, tmp_path):
    if not (ROOT / page).is_file():
        pytest.skip("the pages are in the source tree only")
    pytest.importorskip(NEEDED.get(page, "numpy"))
    outputs, _, said = run(ROOT / page, tmp_path)
    assert len(outputs) >= 3
    assert [shape(text) for text in outputs] == [shape(text) for text in said]
