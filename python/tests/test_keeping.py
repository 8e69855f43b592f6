"""A run that is kept goes on where it was interrupted, with the same bits."""

import dataclasses
import json

import numpy as np
import pytest

import swiftllc as sl
from swiftllc import estimate as estimating

MODEL = sl.Model(
    sl.Sequential(sl.Linear(3, 8), sl.Tanh(), sl.Linear(8, 2)), input_shape=(3,), loss="mse", dtype="float64"
)
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(400, 3))
PARAMS = MODEL.init(seed=1)
DATA = (X, MODEL(PARAMS, X) + 0.1 * GENERATOR.normal(size=(400, 2)))
SAMPLER = sl.UnderdampedLangevin(lr=0.01, friction=5.0, localization=10.0)
OPTIONS = {
    "num_chains": 2,
    # Long enough for some pieces of a tenth of a second each, which is how often progress is reported.
    "num_draws": 40000,
    "num_burnin_steps": 100,
    "batch_size": 32,
    "threads": 2,
    "progress": False,
}


class Interrupt:
    """Ctrl-C as soon as there are more steps than when it was first asked."""

    def __init__(self):
        self.first = None

    def __call__(self, done, total):
        # Before the threads are at work the steps of earlier pieces are not counted yet.
        if done and self.first is None:
            self.first = done
        if self.first is not None and done > self.first:
            raise KeyboardInterrupt


def estimate(keep=None, **changed):
    given = {"sampler": SAMPLER, "seed": 3, **OPTIONS, **changed}
    params, data = given.pop("params", PARAMS), given.pop("data", DATA)
    return sl.estimate_llc(given.pop("model", MODEL), params, data, keep=keep, **given)


def in_pieces(keep, **changed):
    """The result, and how often it was interrupted."""
    for pieces in range(100):
        try:
            return estimate(keep, **{**changed, "progress": Interrupt()}), pieces
        except sl.InterruptedRun:
            pass
    raise AssertionError("it came to no end")


def assert_same(one, other):
    np.testing.assert_array_equal(one.losses, other.losses)
    assert one.llc == other.llc and one.stderr == other.stderr
    assert one.diagnostics.acceptance == other.diagnostics.acceptance


def test_a_run_in_pieces_has_the_same_bits(tmp_path):
    result, interruptions = in_pieces(tmp_path / "run")
    assert interruptions >= 2
    assert_same(result, estimate())
    # It has ended: the draws are read, whatever number of threads reads them.
    again = estimate(tmp_path / "run", threads=1)
    assert_same(again, result)


def test_a_seed_that_is_not_given_is_the_one_of_the_run(tmp_path):
    first = estimate(tmp_path, seed=None)
    assert_same(estimate(tmp_path, seed=None), first)
    assert first.seed == json.loads((tmp_path / "run.json").read_text())["seed"]


CALIBRATED = {"sampler": None, "budget": 20_000_000, "seed": 1, "threads": 1} | dict.fromkeys(
    ("num_chains", "num_draws", "num_burnin_steps", "batch_size")
)


def test_a_calibration_is_kept_too(tmp_path):
    options = {**CALIBRATED, "mask": ["0.*"]}
    whole = estimate(**options)
    result, interruptions = in_pieces(tmp_path, **options)
    assert interruptions >= 1
    assert_same(result, whole)
    assert result.calibration.reasons == whole.calibration.reasons
    assert result.calibration.sampler.settings == whole.calibration.sampler.settings
    for other in ({"budget": 30_000_000}, {"localization": 2.0}):
        with pytest.raises(sl.InvalidArgumentError, match="with other options"):
            estimate(tmp_path, **{**options, **other})


def test_it_is_kept_that_a_step_was_too_large(tmp_path, monkeypatch):
    calibrated = estimating.calibrated

    def reckless(*arguments, **options):
        calibration = calibrated(*arguments, **options)
        sampler = dataclasses.replace(calibration.sampler, lr=3 * calibration.sampler.lr)
        return dataclasses.replace(calibration, sampler=sampler)

    monkeypatch.setattr(estimating, "calibrated", reckless)
    # The last of the runs, which nothing makes end early, is interrupted too.
    monkeypatch.setattr(estimating, "_REPEATS", 1)
    options = {**CALIBRATED, "stop_at_relative_error": 1e-6}  # so that all draws are made
    whole = estimate(**options)
    result, interruptions = in_pieces(tmp_path, **options)
    assert interruptions >= 1
    assert_same(result, whole)
    assert result.calibration.repeats == whole.calibration.repeats == 1
    assert result.calibration.reasons == whole.calibration.reasons


OTHER_MODEL = sl.Model(
    sl.Sequential(sl.Linear(3, 8), sl.ReLU(), sl.Linear(8, 2)), input_shape=(3,), loss="mse", dtype="float64"
)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"model": OTHER_MODEL}, "another model, parameters or data"),
        ({"params": MODEL.init(seed=2)}, "another model, parameters or data"),
        ({"data": (DATA[0], DATA[1] + 1)}, "another model, parameters or data"),
        ({"seed": 4}, "kept by another run"),
        ({"nbeta": 10.0}, "kept by another run"),
        ({"num_draws": 10}, "kept by another run"),
        ({"num_acceptance_checks": 3}, "kept by another run"),
        ({"sampler": sl.UnderdampedLangevin(lr=0.01, friction=6.0)}, "kept by another run"),
        ({"sampler": sl.SGLD(lr=0.01)}, "kept by another run"),
        ({"mask": "0.*"}, "kept by another run"),
    ],
)
def test_another_run_is_refused(tmp_path, changed, sentence):
    estimate(tmp_path, num_draws=20)
    with pytest.raises(sl.InvalidArgumentError, match=sentence):
        estimate(tmp_path, **{"num_draws": 20, **changed})


def test_what_cannot_be_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(sl.ArgumentTypeError, match="keep must be the path of a folder; got 3"):
        estimate(3)
    with pytest.raises(sl.InvalidArgumentError, match="where nothing can be written"):
        estimate(tmp_path / "file" / "run")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(sl.InvalidArgumentError, match=r"run\.json cannot be read"):
        estimate(tmp_path)
    external = sl.External(lambda params, rows: (0.0, params), n=10)
    with pytest.raises(sl.InvalidArgumentError, match="must be left out for an External"):
        sl.estimate_llc(external, np.zeros(3), sampler=SAMPLER, keep=tmp_path / "run")


def test_a_disk_that_is_full_is_told_and_ends_nothing(tmp_path):
    # A folder in the place of the part that a chain is written to.
    (tmp_path / "chain-1.part").mkdir(parents=True)
    with pytest.warns(UserWarning, match="could not be kept in .*Is a directory"):
        result = estimate(tmp_path, num_draws=20)
    assert_same(result, estimate(num_draws=20))
