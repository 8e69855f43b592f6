"""The experiment of rescaled networks: the same λ̂, in the metric of the preconditioner and only there."""

import pytest

from swiftllc import command_line
from swiftllc.experiments.protocols import rescaling


@pytest.mark.parametrize("way", rescaling.RIGHT)
def test_all_nine_scales_have_the_same_llc_and_acceptance(way):
    plain = rescaling.estimate((10, 20), 1.0, way, steps=1000)
    for s in rescaling.SCALES:
        result = rescaling.estimate((10, 20), s, way, steps=1000)
        # The same chain in other units: what differs is rounding, far within the error.
        assert abs(result.llc - plain.llc) < 0.05 * plain.stderr
        assert abs(result.diagnostics.acceptance - plain.diagnostics.acceptance) < 0.005
        assert result.warnings == plain.warnings


def test_an_isotropic_pull_changes_it_and_says_so():
    def estimate(s):
        return rescaling.estimate((10, 20), s, "A, γ = 1 isotropic", steps=3000, localization=10.0)

    plain, moved = estimate(1.0), estimate(1e2)
    assert abs(moved.llc - plain.llc) > 4 * (plain.stderr**2 + moved.stderr**2) ** 0.5
    assert any("Set localization_metric='preconditioner'" in sentence for sentence in moved.warnings)


def test_the_quick_protocol_is_flat_where_it_should_be_and_only_there(tmp_path, capsys):
    arguments = ["experiment", "rescaling", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert capsys.readouterr().out.count("largest deviation over the scales") == 4
