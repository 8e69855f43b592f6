"""The experiment of a student that learns one singular value after another."""

import numpy as np
import pytest

from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import rank_transitions as transitions


def student(jumps, noise=0.0, seed=0):
    """A row with λ̂ on the plateaus, and singular values that rise in 400 steps around the jumps."""
    generator = np.random.default_rng(seed)
    checkpoints = []
    for step in range(0, 10_001, 50):
        shares = [float(np.clip((step - jump + 200) / 400, 0, 1)) for jump in jumps]
        rank = sum(step >= jump for jump in jumps)
        checkpoints.append(
            {
                "step": step,
                "singular_values": (transitions.TEACHER * shares).tolist(),
                "llc": transitions.PLATEAUS.get(rank, 0.0) + noise * generator.normal(),
            }
        )
    return Row({"seed": seed, "training": transitions.TRAINING}, {"checkpoints": checkpoints})


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_jumps_are_found_where_they_are(noise):
    jumps = [1000, 2000, 4000, 6000, 8000]
    row = student(jumps, noise)
    for rank, expected in enumerate(jumps[:3], start=1):
        assert transitions.jump(row, rank) == pytest.approx(expected, abs=150 if noise else 0)
        begin, end = transitions.rise(row, rank)
        assert begin == expected - 150 and end == expected + 200
    assert all(check.passed for check in transitions.checks([row], True))


def test_a_jump_at_another_time_fails():
    row = student([1000, 2000, 4000, 6000, 8000])
    checkpoints = row.results["checkpoints"]
    llc = [checkpoint["llc"] for checkpoint in checkpoints]
    for checkpoint, later in zip(checkpoints, llc[:20] + llc, strict=False):
        checkpoint["llc"] = later
    assert not all(check.passed for check in transitions.checks([row], True))


def test_the_singular_values_are_those_of_the_product():
    generator = np.random.default_rng(0)
    weights = {
        str(i): generator.normal(size=(above, below))
        for i, (below, above) in enumerate(zip(transitions.WIDTHS, transitions.WIDTHS[1:], strict=False))
    }
    product = weights["3"] @ weights["2"] @ weights["1"] @ weights["0"]
    expected = np.linalg.svd(product, compute_uv=False)
    np.testing.assert_allclose(transitions.singular_values(weights), expected, rtol=1e-12)


def test_the_quick_protocol_has_the_plateaus_and_the_jumps(tmp_path, capsys):
    arguments = ["experiment", "rank-transitions", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert "FAILED" not in capsys.readouterr().out
