"""A grid of settings and its plateau, on the quadratic, where λ̂(lr) is known."""

import _thread
import math
import re
import sys
import threading

import numpy as np
import pytest
from conftest import closed_form

import swiftllc as sl
from swiftllc._plateau import innermost, largest_plateau

LONG = {"num_draws": 20_000, "num_burnin_steps": 1000, "batch_size": 8}
LRS = [2e-4, 4e-4, 8e-4, 1.6e-3, 3.2e-3, 6.4e-3]


def swept(quadratic, sampler=None, **options):
    settings = {"nbeta": 100.0, "seed": 0, "num_draws": 500, "sampler": sampler or sl.SGLD(lr=1e-3)} | options
    return sl.sweep(quadratic.model, quadratic.minimum, quadratic.data, **settings)


def test_the_plateau_is_where_the_bias_of_the_step_is_below_the_tolerance(quadratic):
    # λ̂ = 2 / (1 - 50 lr): 1, 2, 4, 9, 19 and 47 % too high, of which the first three are within 5 % of 1 %.
    found = swept(quadratic, sl.SGLD(lr=1.0, localization=0.0), lr=LRS, **LONG)
    for row in found.rows:
        assert abs(row.llc - closed_form(100, row.lr, 0)) < 4 * row.stderr
    np.testing.assert_array_equal(found.plateau[:, 0, 0], [True] * 3 + [False] * 3)
    assert found.best.lr == 4e-4  # the one inside
    assert "Take lr = 0.0004, localization = 0, nbeta = 100" in found.advice
    assert "inside a plateau of 3 of 6 points" in found.advice
    assert str(found).endswith(found.advice)


def test_the_plateau_spans_both_axes(quadratic):
    # At γ = 200 the pull halves λ̂, at 2 it takes 1 % of it.
    found = swept(quadratic, lr=LRS, localization=[0.0, 2.0, 200.0], **LONG)
    np.testing.assert_array_equal(found.plateau[:3, :2, 0], True)
    assert found.plateau.sum() == 6
    assert found.best.localization in (0.0, 2.0)


def test_without_a_plateau_it_says_so(quadratic):
    # Steps so far apart that no two agree.
    found = swept(quadratic, lr=[4e-4, 2.4e-3, 4.4e-3], localization=[0.0, 60.0, 200.0], **LONG)
    assert not found.plateau.any()
    assert found.best is None
    assert found.advice.startswith("No plateau: no 3 neighbouring points can be trusted and agree within 5%")
    assert "No plateau" in str(found)
    assert "*" not in str(found)


def test_a_grid_too_noisy_to_tell_has_no_plateau(quadratic):
    found = swept(quadratic, lr=[4e-4, 6e-4, 8e-4], num_draws=200, num_chains=1)
    assert not found.plateau.any()
    assert any("The standard error is not below 5% of λ̂" in row.reason for row in found.rows)


def test_a_row_is_the_estimate_at_its_point(quadratic):
    found = swept(quadratic, lr=[2e-3, 1e-3], localization=[5.0, 1.0], nbeta=[100.0, 50.0], num_draws=50)
    assert (found.lr.tolist(), found.localization.tolist()) == ([1e-3, 2e-3], [1.0, 5.0])
    assert found.nbeta.tolist() == [50.0, 100.0]
    assert len(found) == len(found.rows) == 8
    points = [(row.lr, row.localization, row.nbeta) for row in found.rows]
    assert points == sorted(points)
    row = found.rows[5]
    alone = quadratic.estimate(
        sampler=sl.SGLD(lr=2e-3, localization=1.0), nbeta=100.0, batch_size=None, num_draws=50
    )
    np.testing.assert_array_equal(row.result.losses, alone.losses)
    assert (row.llc, row.stderr, row.acceptance) == (alone.llc, alone.stderr, alone.diagnostics.acceptance)
    assert (row.rhat, row.ess) == (alone.diagnostics.rank_rhat, alone.diagnostics.ess)
    assert found["llc"].shape == (2, 2, 2)
    assert found["llc"][1, 0, 1] == row.llc
    with pytest.raises(KeyError, match="there is no column 'lambda'"):
        found["lambda"]


def test_what_is_not_given_is_that_of_the_sampler(quadratic):
    sampler = sl.UnderdampedLangevin(lr=0.03, friction=10.0, localization=7.0)
    found = swept(quadratic, sampler, nbeta=None, num_draws=5)
    [row] = found.rows
    assert (row.lr, row.localization) == (0.03, 7.0)
    assert row.nbeta == pytest.approx(8 / math.log(8))
    assert row.result.sampler.friction == 10.0


def test_a_plateau_is_at_one_nbeta(quadratic):
    found = swept(quadratic, lr=[4e-4, 6e-4, 8e-4], localization=0.0, nbeta=[50.0, 100.0], **LONG)
    assert found.plateau.any(axis=(0, 1)).sum() == 1
    assert found.plateau.sum() == 3


def test_a_run_that_diverges_is_a_row(quadratic):
    found = swept(quadratic, lr=[1e-3, 1.0], num_draws=2000)
    good, bad = found.rows
    assert (good.diverged, bad.diverged) == (False, True)
    assert math.isnan(bad.llc) and math.isnan(bad.stderr)
    assert re.match(r"Chain \d diverged: its loss stopped being finite", bad.reason)
    assert re.search(r"^1 .* nan .*Chain \d diverged$", str(found), re.MULTILINE)
    assert not found.plateau.any()


def test_exact_samplers_may_reject(quadratic):
    found = swept(quadratic, sl.MALA(lr=1.0, localization=0.0), lr=[4e-3, 8e-3, 1.2e-2], **LONG)
    assert (found["acceptance"] < 0.97).all()
    assert found.plateau.all()
    np.testing.assert_allclose(found["llc"], 2, rtol=0.05)


def test_progress_is_over_all_points(quadratic):
    seen = []
    swept(quadratic, lr=[1e-3, 2e-3], num_draws=5000, progress=lambda *at: seen.append(at))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_an_interrupt_keeps_the_rows_that_are_done(quadratic):
    def progress(done, total):
        if done > 0.6 * total and not timers:
            timers.append(threading.Timer(0.01, _thread.interrupt_main))
            timers[0].start()

    timers = []
    options = {"num_draws": 100_000, "num_acceptance_checks": 0, "progress": progress}
    with pytest.raises(sl.InterruptedRun, match=r"Interrupted after \d of 4 estimates") as caught:
        swept(quadratic, lr=[4e-4, 8e-4], localization=[0.0, 1.0], **options)
    partial = caught.value.result
    assert 2 <= len(partial) < 4
    assert partial["llc"].shape == (2, 2, 1)
    assert np.isnan(partial["llc"]).sum() == 4 - len(partial)
    assert len(str(partial).split("\n")) == len(partial) + 2


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"sampler": "sgld"}, TypeError, "sampler must be a sampler"),
        ({"sampler": sl.SGLD}, TypeError, "sampler must be a sampler"),
        ({"lr": []}, ValueError, "lr is empty"),
        ({"lr": [1e-3, 0.0]}, ValueError, "lr must be greater than 0"),
        ({"lr": "fast"}, TypeError, "lr must be a number; got 'fast'"),
        ({"lr": [1e-3, None]}, TypeError, "lr must be a number"),
        ({"lr": [1e-3, 1e-3]}, ValueError, "lr holds 0.001 twice"),
        ({"localization": [-1.0]}, ValueError, "localization must be at least 0"),
        ({"nbeta": [0.0, 1.0]}, ValueError, "nbeta must be greater than 0"),
        ({"friction": 1.0}, TypeError, "has no option 'friction'"),
        ({"num_draws": 0}, ValueError, "num_draws must be at least 1"),
    ],
)
def test_what_cannot_be(quadratic, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        swept(quadratic, **({"sampler": sl.SGLD(1e-3)} | options))


def test_the_figure_is_written(quadratic, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "sweep.png"
    swept(quadratic, lr=[4e-4, 8e-4, 1.0], localization=[0.0, 1.0], nbeta=[50, 100.0]).plot(path)
    assert path.stat().st_size > 1000


def test_the_table_is_a_labelled_data_set(quadratic):
    pytest.importorskip("xarray")
    found = swept(quadratic, lr=[4e-4, 8e-4], localization=[0.0, 1.0, 2.0])
    data = found.to_xarray()
    assert data.llc.dims == ("lr", "localization", "nbeta")
    assert float(data.llc.sel(lr=8e-4, localization=1.0, nbeta=100.0)) == found.rows[4].llc
    assert set(data.data_vars) == {
        "llc", "stderr", "acceptance", "rhat", "ess", "diverged", "reason", "plateau"
    }  # fmt: skip
    assert data.attrs["advice"] == found.advice


def test_without_xarray_it_says_how_to_get_it(quadratic, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ImportError, match=r"pip install swiftllc\[xarray\]"):
        swept(quadratic).to_xarray()


# The plateau of a table of numbers


def plateau(values, errors=0.0, trusted=True, tolerance=0.05):
    values = np.atleast_2d(np.array(values, float))
    errors = np.broadcast_to(np.asarray(errors, float), values.shape)
    return largest_plateau(values, errors, np.broadcast_to(trusted, values.shape), tolerance).astype(int)


def test_small_differences_do_not_add_up_to_a_plateau():
    # Each is 3 % above the one before: two of them agree, and no three.
    assert plateau([[1.03**i for i in range(6)]]).sum() == 2


def test_cells_must_touch():
    assert plateau([[1, 9, 1, 1]]).tolist() == [[0, 0, 1, 1]]
    assert plateau([[1, 9], [9, 1]]).sum() == 1  # corners do not
    assert plateau([[1, 9], [1, 1]]).tolist() == [[1, 0], [1, 1]]


def test_what_is_not_trusted_is_no_bridge():
    assert plateau([[1, 1, 1, 1]], trusted=np.array([[True, False, True, True]])).tolist() == [[0, 0, 1, 1]]
    assert not plateau([[1, 1]], trusted=False).any()


def test_errors_make_room_for_differences():
    assert plateau([[1, 1.12]]).sum() == 1
    assert plateau([[1, 1.12]], errors=0.03).sum() == 2  # 0.05 + 2 · 0.042


def test_of_two_as_large_the_flatter_one_is_taken():
    assert plateau([[1, 1.04, 9, 1, 1.01]]).tolist() == [[0, 0, 0, 1, 1]]


def test_negative_values_agree_as_positive_ones_do():
    assert plateau([[-1, -1.02, -2]]).tolist() == [[1, 1, 0]]


def test_the_innermost_cell_has_the_most_neighbours_and_then_the_least_error():
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
    assert innermost(cross, np.ones((3, 3))) == (1, 1)
    assert innermost(np.ones((1, 4), bool), np.array([[1, 3, 2, 1]])) == (0, 2)
