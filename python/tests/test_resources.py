"""Threads and memory: what a run takes of the machine, and gives back."""

import functools
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

import swiftllc as sl

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="reads /proc")

# 4 M parameters of float32; the peak is that of the process, so each run has one of its own.
MEMORY = Path(__file__).parents[2] / "Benchmarks" / "peak_memory.py"
SHARED = 1  # w*


@functools.cache
def vectors(**run):
    """What a run adds to the peak, in vectors of the size of the parameters."""
    command = [sys.executable, MEMORY, "--parameters", "4000000", "--run", json.dumps(run)]
    child = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return float(child.stdout)


@pytest.mark.parametrize(
    ("sampler", "own", "checking"),
    [("SGLD", 3, 1), ("UnderdampedLangevin", 4, 0), ("RMSPropSGLD", 5, 1), ("HMC", 6, 0)],
)
def test_the_vectors_of_a_running_chain(sampler, own, checking):
    # The weights, the gradient, the displacement, and what the sampler remembers.
    assert vectors(sampler=sampler, num_acceptance_checks=0) < SHARED + own + 0.2
    assert vectors(sampler=sampler, num_acceptance_checks=1) < SHARED + own + checking + 0.2


def test_memory_depends_neither_on_the_draws_nor_on_the_chains_that_wait():
    two = vectors(sampler="SGLD", num_chains=2, threads=2)
    assert two < SHARED + 2 * 4 + 0.3
    assert abs(vectors(sampler="SGLD", num_chains=8, threads=2) - two) < 0.1
    assert abs(vectors(sampler="SGLD", num_chains=2, threads=2, num_draws=50) - two) < 0.1


def test_chains_that_advance_together_wait_with_what_they_remember_alone():
    together = vectors(sampler="UnderdampedLangevin", num_chains=6, threads=2, stop_at_relative_error=1e-9)
    assert together < SHARED + 2 * 2 + 6 * 2 + 0.3


def test_weights_are_copied_once_in_whatever_form_they_are_given():
    assert vectors(sampler="SGLD", is_dict=True) < SHARED + 4 + 0.2


def test_a_run_does_not_see_what_is_done_meanwhile_to_the_weights_it_was_given(quadratic):
    weights, seen = quadratic.minimum.copy(), []

    def overwrite(done, total):
        seen.append(done < total)
        weights[:] = 7

    options = {"num_draws": 100_000, "num_chains": 1}
    result = quadratic.estimate(weights, progress=overwrite, **options)
    assert any(seen)
    np.testing.assert_array_equal(result.losses, quadratic.estimate(**options).losses)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_run_has_as_many_threads_as_it_was_given(quadratic, threads):
    before, seen = len(os.listdir("/proc/self/task")), []
    result = quadratic.estimate(
        num_draws=30_000, threads=threads, progress=lambda *_: seen.append(len(os.listdir("/proc/self/task")))
    )
    assert max(seen) <= before + threads
    assert result.settings["threads"] == threads
    assert len(os.listdir("/proc/self/task")) == before


def test_a_forked_child_can_run_too(quadratic):
    expected = quadratic.estimate(num_draws=20).llc
    pid = os.fork()
    if pid == 0:
        os._exit(0 if quadratic.estimate(num_draws=20).llc == expected else 1)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python's own, of forks beside threads
def test_a_child_forked_during_a_run_can_run_too(quadratic):
    expected = quadratic.estimate(num_draws=20).llc
    stop = threading.Event()

    def keep_running():
        while not stop.is_set():
            quadratic.estimate(num_draws=20)

    other = threading.Thread(target=keep_running)
    other.start()
    try:
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                signal.alarm(30)  # should it hang
                os._exit(0 if quadratic.estimate(num_draws=20).llc == expected else 1)
            assert os.waitpid(pid, 0)[1] == 0
    finally:
        stop.set()
        other.join()


def test_an_estimate_that_memory_is_too_short_for_is_refused_and_not_fatal():
    script = textwrap.dedent("""
        import resource
        import numpy as np
        import swiftllc as sl
        from swiftllc._traces import estimated
        losses = np.zeros((4, 2_000_000))
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + 200 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            estimated(losses, losses, 1.0)
        except sl.OutOfMemoryError as error:
            print(error)
    """)
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    assert "could not allocate" in child.stdout


def test_the_traces_of_a_run_are_kept_where_memory_is_too_short_for_their_statistics(quadratic, monkeypatch):
    def refuse(*_):
        raise sl.OutOfMemoryError("could not allocate")

    alone = quadratic.estimate(num_draws=50)
    monkeypatch.setattr("swiftllc._outcome.estimated", refuse)
    with pytest.raises(sl.OutOfMemoryError) as caught:
        quadratic.estimate(num_draws=50)
    np.testing.assert_array_equal(caught.value.traces[0], alone.losses)
