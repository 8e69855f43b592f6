"""The README's code runs as it is printed, in its order, and gives what it says."""

import contextlib
import io
import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What every block printed, its names, and what the README says that it prints (None: nothing said)."""
    # A block of text that follows a block of code at once is what that code prints.
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", README.read_text(), re.DOTALL)
    names: dict = {}
    outputs = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("readme"))
        for code, _ in blocks:
            with contextlib.redirect_stdout(io.StringIO()) as output:
                exec(compile(code, str(README), "exec"), names)
            outputs.append(output.getvalue())
    return outputs, names, [text for _, text in blocks]


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
    # The same lines, whatever the digits.
    shape = [re.sub(r"[\d.e+-]+", "#", text) for text in (outputs[0], said[0])]
    assert shape[0] == shape[1]


def test_weights_that_were_saved_come_back(printed):
    _, names, _ = printed
    assert all((names["params"][name] == array).all() for name, array in names["weights"].items())
