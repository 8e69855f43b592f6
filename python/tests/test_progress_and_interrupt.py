"""Progress on the calling thread, and Ctrl-C within a second with the partial result kept."""

import _thread
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import swiftllc as sl
from swiftllc._traces import complete_block

LONG = {"num_draws": 1_000_000, "num_burnin_steps": 0, "num_acceptance_checks": 0}


def test_counts_rise_to_the_total_and_arrive_there_once(quadratic):
    seen, threads = [], set()

    def record(done, total):
        seen.append((done, total))
        threads.add(threading.get_ident())

    quadratic.estimate(num_draws=50_000, progress=record)
    done, totals = zip(*seen, strict=True)
    assert threads == {threading.get_ident()}
    assert len(set(totals)) == 1
    assert list(done) == sorted(set(done))
    assert done[-1] == totals[-1] > 4 * 50_000


def test_updates_are_no_more_than_ten_a_second(quadratic):
    times = []
    quadratic.estimate(num_draws=100_000, progress=lambda *_: times.append(time.monotonic()))
    assert len(times) <= 2 + 11 * (times[-1] - times[0])


def test_an_error_of_the_callback_ends_the_run_and_is_raised(quadratic):
    def fail(done, total):
        raise RuntimeError("callback")

    started = time.monotonic()
    with pytest.raises(RuntimeError, match="callback"):
        quadratic.estimate(progress=fail, **LONG)
    assert time.monotonic() - started < 2


@pytest.fixture
def at_once(monkeypatch):
    """Bars appear without waiting for a run to turn out to be long."""
    monkeypatch.setattr("swiftllc._progress._PATIENCE", 0.0)


def test_tqdm_shows_the_bar_and_ends_at_the_total(quadratic, capsys, at_once):
    pytest.importorskip("tqdm")
    quadratic.estimate(num_draws=50_000, progress=True)
    last = capsys.readouterr().err.rstrip().split("\r")[-1]
    assert "estimate_llc: 100%" in last
    sl.train(quadratic.model, quadratic.minimum, quadratic.data, steps=100, progress=True)
    assert "train: 100%" in capsys.readouterr().err


def test_without_tqdm_there_is_a_line(quadratic, capsys, monkeypatch, at_once):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    quadratic.estimate(num_draws=50_000, progress=True)
    text = capsys.readouterr().err
    assert text.endswith("steps (100%)\n")
    assert text.startswith("\restimate_llc: ")


def test_progress_without_a_terminal_is_harmless(quadratic, monkeypatch, at_once):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys, "stderr", None)
    quadratic.estimate(num_draws=100, progress=True)


def test_a_run_that_is_over_within_a_second_writes_nothing(quadratic, capsys):
    quadratic.estimate(num_draws=100)
    assert capsys.readouterr() == ("", "")


def test_no_progress_writes_nothing(quadratic, capsys, at_once):
    quadratic.estimate(num_draws=100, progress=False)
    assert capsys.readouterr() == ("", "")


def interrupted(call):
    """The exception of a call that is interrupted soon after its first progress, and how long it went on.

    That is in seconds of processor time, which others on the machine do not lengthen.
    """
    pressed = []

    def press():
        pressed.append(time.process_time())
        _thread.interrupt_main()

    def progress(done, total):
        if not timers:
            timers.append(threading.Timer(0.2, press))
            timers[0].start()

    timers = []
    with pytest.raises(sl.InterruptedRun) as caught:
        call(progress)
    return caught.value, time.process_time() - pressed[0]


def test_an_interrupt_ends_the_run_within_a_second_and_keeps_the_draws(quadratic):
    error, delay = interrupted(lambda progress: quadratic.estimate(threads=1, progress=progress, **LONG))
    assert delay < 1
    assert isinstance(error, KeyboardInterrupt)
    result = error.result
    done = np.isfinite(result.losses).sum(axis=1)
    assert done[0] > 100
    assert done[3] < LONG["num_draws"]
    for losses, count in zip(result.losses, done, strict=True):
        assert np.isfinite(losses[:count]).all()
    # The same draws as those of a run that was left alone.
    alone = quadratic.estimate(num_draws=100, num_burnin_steps=0, num_acceptance_checks=0)
    np.testing.assert_array_equal(result.losses[0, :100], alone.losses[0])
    # With one thread the first chain alone has begun, and the estimate is its own.
    assert result.llc == pytest.approx(result.llc_per_draw[0, : done[0]].mean(), rel=1e-9)
    assert np.isnan(result.llc_per_chain[1:]).all()
    assert f"4 chains × 1000000 draws, {done.sum()} of them reached" in str(result)
    assert any("the first tenth of the draws averages" in sentence for sentence in result.warnings)


def test_the_partial_estimate_is_over_as_many_draws_as_possible():
    for done, chains, draws in (
        ([10, 10, 10], [0, 1, 2], 10),
        ([10, 0, 9, 0], [0, 2], 9),
        ([3, 500, 2], [1], 500),
        ([0, 0], [0], 0),
    ):
        found = complete_block(np.array(done))
        assert (found[0].tolist(), found[1]) == (chains, draws)


def test_an_interrupt_during_burnin_leaves_an_empty_result(quadratic):
    error, delay = interrupted(
        lambda progress: quadratic.estimate(num_draws=10, num_burnin_steps=10**9, progress=progress)
    )
    assert delay < 1
    assert np.isnan(error.result.llc)
    assert np.isnan(error.result.losses).all()
    assert "0 of them reached" in str(error.result)
    assert not error.result.warnings


def test_an_interrupt_does_not_wait_for_the_end_of_a_long_step():
    # A step of 20 000 samples through 3 million weights is 360 billion operations: some seconds. What an
    # interrupt does wait for is a microbatch, a twentieth of it.
    network = sl.Sequential(sl.Linear(1000, 1500, bias=False), sl.Linear(1500, 1000, bias=False))
    model = sl.Model(network, input_shape=(1000,), loss="mse")
    X = np.ones((20_000, 1000), np.float32)
    options = {"sampler": sl.SGLD(lr=1e-9), "num_draws": 10, "batch_size": len(X), "num_chains": 2}
    started = time.monotonic()
    _, delay = interrupted(
        lambda progress: sl.estimate_llc(model, model.init(), (X, X), progress=progress, **options)
    )
    assert delay < 1, f"{delay} s, {time.monotonic() - started} s in all"


def test_an_interrupt_of_training_keeps_the_parameters(quadratic):
    options = {"optimizer": sl.SGD(0.1), "steps": 10**8}
    error, delay = interrupted(
        lambda progress: sl.train(quadratic.model, np.zeros(4), quadratic.data, progress=progress, **options)
    )
    assert delay < 1
    np.testing.assert_allclose(error.result.flat, quadratic.minimum, rtol=1e-6)


def test_the_next_run_is_as_if_nothing_had_happened(quadratic):
    before = quadratic.estimate(num_draws=100)
    interrupted(lambda progress: quadratic.estimate(progress=progress, **LONG))
    np.testing.assert_array_equal(quadratic.estimate(num_draws=100).losses, before.losses)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_in_a_program_of_its_own():
    script = textwrap.dedent("""
        import sys, numpy as np, swiftllc as sl
        model = sl.Model(sl.Linear(4, 1), input_shape=(4,), loss="mse")
        told = []
        def tell(done, total):
            if done and not told:
                told.append(print("running", flush=True))
        try:
            sl.estimate_llc(model, model.init(), (np.eye(4), np.zeros(4)), sampler=sl.SGLD(lr=1e-4),
                            num_draws=2_000_000, num_burnin_steps=0, progress=tell)
        except KeyboardInterrupt as interrupt:
            print(np.isfinite(interrupt.result.losses).sum() > 0, flush=True)
            sys.exit(3)
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout.readline() == "running\n"
    started = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    output, _ = child.communicate(timeout=10)
    assert child.returncode == 3
    assert time.monotonic() - started < 2  # with the interpreter's own end
    assert output == "True\n"
