"""A rescaled network has the same λ̂, in the metric of the preconditioner and only there."""

import importlib.util
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "rescaling.py"


@pytest.fixture(scope="module")
def example():
    if not EXAMPLE.is_file():
        pytest.skip("the examples are in the source tree only")
    spec = importlib.util.spec_from_file_location("rescaling", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("localization", [0.0, 1.0])
def test_all_nine_scales_have_the_same_llc_and_acceptance(example, localization):
    plain = example.estimate(10, 20, 1.0, localization, steps=1000)
    for s in example.SCALES:
        result = example.estimate(10, 20, s, localization, steps=1000)
        # The same chain in other units: what differs is rounding, far within the error.
        assert abs(result.llc - plain.llc) < 0.05 * plain.stderr
        assert abs(result.diagnostics.acceptance - plain.diagnostics.acceptance) < 0.005
        assert result.warnings == plain.warnings


def test_an_isotropic_pull_changes_it_and_says_so(example):
    plain = example.estimate(10, 20, 1.0, 10.0, "isotropic", steps=3000)
    moved = example.estimate(10, 20, 1e2, 10.0, "isotropic", steps=3000)
    assert abs(moved.llc - plain.llc) > 4 * (plain.stderr**2 + moved.stderr**2) ** 0.5
    assert any("Set localization_metric='preconditioner'" in sentence for sentence in moved.warnings)
