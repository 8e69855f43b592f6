"""Threads and memory: what a run takes of the machine, and gives back."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import swiftllc as sl

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="reads /proc")

# 4 M parameters of float32, 16 MB; the peak is that of the process, so each run has one of its own.
RUN = """
import resource, sys
import numpy as np, swiftllc as sl
model = sl.Model(sl.Linear(2000, 2000, bias=False), input_shape=(2000,), loss="mse")
params = model.parameters(np.zeros(model.parameter_count, np.float32))
data = model.dataset(np.ones((8, 2000), np.float32), np.zeros((8, 2000), np.float32))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
chains, draws = map(int, sys.argv[1:])
sl.estimate_llc(model, params, data, sampler=sl.SGLD(lr=1e-9), num_chains=chains, num_draws=draws,
                num_burnin_steps=0, threads=1, batch_size=4)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def peak(chains, draws):
    """How many MB a run adds to the peak."""
    child = [sys.executable, "-c", RUN, str(chains), str(draws)]
    return float(subprocess.run(child, capture_output=True, text=True, check=True, timeout=60).stdout)


def test_memory_depends_neither_on_the_chains_nor_on_the_draws():
    one = peak(1, 2)
    # Per thread the weights, their gradient and what the sampler remembers; once, the centre.
    assert one < (3 + 1) * 16 + 16
    assert peak(8, 2) < one + 8
    assert peak(1, 20) < one + 8


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
