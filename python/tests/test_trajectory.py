"""λ̂ at several checkpoints: the estimates are those of estimate_llc, and their differences are paired."""

import _thread
import re
import threading

import numpy as np
import pytest

import swiftllc as sl

POINTS = (1.0, 1.1, 1.3, 2.0)


@pytest.fixture(scope="module")
def hyperbola():
    """L = (a b - 1)², minimal along a b = 1, where the curvature a² + b² across is not the same."""
    network = sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False))
    model = sl.Model(network, input_shape=(1,), loss="mse", dtype="float64")
    return model, [[a, 1 / a] for a in POINTS], ([[1.0], [-1.0]], [[1.0], [-1.0]])


def along(hyperbola, checkpoints=None, **options):
    model, points, data = hyperbola
    settings = {"sampler": sl.SGLD(lr=1e-3, localization=100.0), "nbeta": 100.0, "num_draws": 500, "seed": 0}
    chosen = points if checkpoints is None else checkpoints
    return sl.estimate_llc_trajectory(model, chosen, data, **(settings | options))


def test_each_estimate_is_that_of_estimate_llc_with_the_same_seed(hyperbola):
    model, points, data = hyperbola
    trajectory = along(hyperbola)
    assert len(trajectory) == len(trajectory.results) == 4
    for params, result in zip(points, trajectory.results, strict=True):
        alone = sl.estimate_llc(
            model, params, data, sampler=result.sampler, nbeta=100.0, num_draws=500, seed=0
        )
        np.testing.assert_array_equal(result.losses, alone.losses)
        assert result.seed == trajectory.seed == 0
    np.testing.assert_array_equal(trajectory.llc, [result.llc for result in trajectory.results])
    np.testing.assert_array_equal(trajectory.stderr, [result.stderr for result in trajectory.results])


def test_fresh_entropy_is_one_for_all_and_recorded(hyperbola):
    trajectory = along(hyperbola, seed=None, num_draws=5)
    assert {result.seed for result in trajectory.results} == {trajectory.seed}
    assert along(hyperbola, seed=None, num_draws=5).seed != trajectory.seed
    np.testing.assert_array_equal(along(hyperbola, seed=trajectory.seed, num_draws=5).llc, trajectory.llc)


def test_equal_checkpoints_do_not_differ_at_all(hyperbola):
    change = along(hyperbola, [[1.0, 1.0]] * 3).differences
    np.testing.assert_array_equal(change.llc, [0, 0])
    np.testing.assert_array_equal(change.stderr, [0, 0])


def test_differences_are_those_of_the_values_with_errors_of_their_own(hyperbola):
    trajectory = along(hyperbola)
    np.testing.assert_allclose(trajectory.differences.llc, np.diff(trajectory.llc), rtol=1e-12)
    assert trajectory.difference(0, 3)[0] == pytest.approx(trajectory.llc[3] - trajectory.llc[0])
    unpaired = np.hypot(trajectory.stderr[1:], trajectory.stderr[:-1])
    assert (trajectory.differences.stderr[:2] < unpaired[:2] / 4).all()


def test_differences_spread_over_seeds_as_their_errors_say(hyperbola):
    runs = [along(hyperbola, seed=seed, num_draws=1000).differences for seed in range(100)]
    spread = np.std([run.llc for run in runs], axis=0, ddof=1)
    stated = np.sqrt(np.mean([run.stderr**2 for run in runs], axis=0))
    # The spread of 100 values is known to 1/√200 = 7 %, and the errors to less.
    np.testing.assert_allclose(stated / spread, 1, atol=0.25)


def test_checkpoints_of_a_training_differ_by_less_than_their_errors_say():
    rng = np.random.default_rng(0)
    network = sl.Sequential(sl.Linear(3, 8), sl.Tanh(), sl.Linear(8, 2))
    model = sl.Model(network, input_shape=(3,), loss="mse")
    X = rng.normal(size=(512, 3))
    y = np.tanh(X @ rng.normal(size=(3, 4))) @ rng.normal(size=(4, 2)) + 0.05 * rng.normal(size=(512, 2))
    data = model.dataset(X, y)
    checkpoints = [sl.train(model, model.init(seed=0), data, steps=4000)]
    for _ in range(2):
        checkpoints.append(sl.train(model, checkpoints[-1], data, optimizer=sl.Adam(3e-4), steps=300))
    trajectory = sl.estimate_llc_trajectory(
        model, checkpoints, data, sampler=sl.SGLD(lr=3e-5, localization=200.0), seed=0, batch_size=128,
        num_burnin_steps=1000, num_draws=1000, num_steps_bw_draws=2, labels=["4000", "4300", "4600"],
    )  # fmt: skip
    unpaired = np.hypot(trajectory.stderr[1:], trajectory.stderr[:-1])
    assert (trajectory.differences.stderr < unpaired / 2).all()


def test_labels_warnings_and_the_table(hyperbola):
    trajectory = along(hyperbola, labels=[0, 10, 20, "end"], num_burnin_steps=0)
    assert trajectory.labels == [0, 10, 20, "end"]
    assert trajectory.warnings[0].startswith("0: num_burnin_steps is 0")
    assert any(sentence.startswith("end: num_burnin_steps is 0") for sentence in trajectory.warnings)
    lines = str(trajectory).split("\n")
    assert lines[0].split() == ["checkpoint", "λ̂", "±", "change", "±", "acceptance", "loss"]
    assert lines[1].split()[:2] == ["0", f"{trajectory.llc[0]:.5g}"]
    assert lines[4].split()[3] == f"{trajectory.differences.llc[2]:+.3g}"
    assert lines[5].startswith("warning: 0: num_burnin_steps")
    assert re.fullmatch(r"Trajectory\(4 checkpoints, seed = 0, \d+ warnings\)", repr(trajectory))


def test_one_that_diverges_does_not_lose_the_others(hyperbola):
    trajectory = along(hyperbola, [[1.0, 1.0], [1e4, 1e-4], [1.1, 1 / 1.1]], labels=["a", "b", "c"])
    np.testing.assert_array_equal(np.isnan(trajectory.llc), [False, True, False])
    np.testing.assert_array_equal(np.isnan(trajectory.stderr), [False, True, False])
    [sentence] = trajectory.warnings
    assert re.match(r"b: Chain \d diverged: its loss stopped being finite at step \d+\. Lower lr", sentence)
    assert np.isnan(trajectory.differences.llc).all()
    assert np.isfinite(trajectory.difference(0, 2)).all()
    assert "nan" in str(trajectory)


def test_progress_is_over_all_of_them(hyperbola):
    seen = []
    along(hyperbola, num_draws=20_000, progress=lambda done, total: seen.append((done, total)))
    done, totals = zip(*seen, strict=True)
    assert set(totals) == {4 * 4 * (20_000 + 200)} or len(set(totals)) == 1
    assert list(done) == sorted(set(done))
    assert done[-1] == totals[-1]
    diverging = []
    along(hyperbola, [[1.0, 1.0], [1e4, 1e-4]], progress=lambda *at: diverging.append(at))
    assert diverging[-1][0] == diverging[-1][1]


def test_an_interrupt_keeps_the_checkpoints_that_are_done(hyperbola):
    def progress(done, total):
        if done > 0.6 * total and not timers:
            timers.append(threading.Timer(0.01, _thread.interrupt_main))
            timers[0].start()

    timers = []
    with pytest.raises(sl.InterruptedRun, match=r"Interrupted after \d of 4 checkpoints") as caught:
        along(hyperbola, num_draws=100_000, num_acceptance_checks=0, progress=progress)
    trajectory = caught.value.result
    assert 2 <= len(trajectory) < 4
    assert np.isfinite(trajectory.llc).all()
    assert trajectory.labels == list(range(len(trajectory)))


def test_a_generator_or_an_array_of_rows_are_checkpoints_too(hyperbola):
    model, points, _ = hyperbola
    expected = along(hyperbola, num_draws=5).llc
    for checkpoints in (iter(points), np.array(points), [model.parameters(np.array(p)) for p in points]):
        np.testing.assert_array_equal(along(hyperbola, checkpoints, num_draws=5).llc, expected)


@pytest.mark.parametrize(
    "checkpoints, options, error, message",
    [
        ([], {}, ValueError, "params_list is empty"),
        (None, {}, TypeError, "params_list must be a list of checkpoints; got NoneType"),
        ({"0.weight": [[1.0]]}, {}, TypeError, "params_list must be a list of checkpoints; got dict"),
        ([[1, 1], [1, 1, 1]], {}, ValueError, "params_list[1] has shape (3,)"),
        ([[1, 1], [np.nan, 1]], {}, ValueError, "params_list[1][0] is nan"),
        ([[1, 1], {"0.weight": [[1.0]]}], {}, ValueError, "params_list[1] lacks '1.weight'"),
        ([[1, 1]], {"labels": ["a", "b"]}, ValueError, "labels has 2 entries for 1 checkpoints"),
        ([[1, 1]], {"init_loss": 0.0}, ValueError, "init_loss is one number, but every checkpoint"),
        ([[1, 1]], {"num_burnin_steps": "auto"}, ValueError, "so that draws of two could not be paired"),
        ([[1, 1]], {"stop_at_relative_error": 0.1}, ValueError, "so that draws of two could not be paired"),
        ([[1, 1]], {"sampler": "sgld"}, TypeError, "sampler must be a sampler"),
        ([[1, 1]], {"lr": 1e-3}, TypeError, "has no option 'lr'. Did you mean the sampler's lr?"),
        ([[1, 1]], {"seed": -1}, ValueError, "seed must lie in"),
    ],
)
def test_what_cannot_be(hyperbola, checkpoints, options, error, message):
    model, _, data = hyperbola
    settings = {"sampler": sl.SGLD(lr=1e-3), "num_draws": 2} | options
    with pytest.raises(error, match=re.escape(message)):
        sl.estimate_llc_trajectory(model, checkpoints, data, **settings)


@pytest.mark.parametrize("labels", [None, ["a", "b", "c", "d"]])
def test_the_figure_is_written(hyperbola, tmp_path, labels):
    pytest.importorskip("matplotlib")
    path = tmp_path / "trajectory.png"
    along(hyperbola, labels=labels, num_draws=20).plot(path)
    assert path.stat().st_size > 1000
