"""Of data larger than memory, or more than the draws look at, only a part is read."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import swiftllc as sl

# Files larger than memory

PRELUDE = """
import json, mmap, sys, time
import numpy as np
import swiftllc as sl

def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(key))

def sparse(name, dtype, *shape):
    path = f"{sys.argv[1]}/{name}"
    size = np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
    with open(path, "wb") as file:
        file.truncate(size)
    array = np.memmap(path, dtype, "r", shape=shape)
    array.base.madvise(mmap.MADV_RANDOM)  # or the system may read megabytes around each row
    return array, size

def report(model, params, data, size, before, begin):
    trained = sl.train(model, params, data, steps=30, batch_size=64, progress=False)
    result = sl.estimate_llc(
        model, params, data, sampler=sl.SGLD(lr=1e-9), batch_size=64, num_chains=2, num_draws=10,
        num_burnin_steps=5, num_acceptance_checks=2, threads=1, seed=0, progress=False,
    )
    rows = data.rows(np.array([5, data.n - 1]))
    print(json.dumps({
        "size": size, "mapped": data.mapped, "copied": data.copied, "seconds": time.monotonic() - begin,
        "mebibytes": status("VmHWM") - before, "finite": bool(np.isfinite(trained.flat).all()),
        "loss": model.loss(params, rows), "llc": result.llc, "looked": result.diagnostics.loss_samples,
    }))
"""

FLOATS = """
X, size = sparse("X", "f4", 10_000_000, 1000)
y, _ = sparse("y", "f4", 10_000_000, 1)
model = sl.Model(sl.Linear(1000, 1), input_shape=(1000,), loss="mse")
"""

TOKENS = """
flat, size = sparse("tokens", "u2", 10_000_000 * 2000 + 1)
X, y = flat[:-1].reshape(-1, 2000), flat[1:].reshape(-1, 2000)
graph = sl.Graph()
tokens = graph.input((2000,), "int64")
table = graph.parameter("table", (50, 4), std=1.0)
model = sl.Model(graph.linear(graph.embedding(tokens, table), table), loss="cross_entropy")
"""

IMAGES = """
X, size = sparse("X", "u1", 13_000_000, 3072)
y, _ = sparse("y", "u1", 13_000_000)
model = sl.Model(sl.Linear(3072, 10), input_shape=(3072,), loss="cross_entropy")
"""

MEASURED = """
params = model.init()
before, begin = status("VmHWM"), time.monotonic()
report(model, params, model.dataset(X, y), size, before, begin)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of memory is told by Linux")
@pytest.mark.parametrize(
    "problem", [FLOATS, TOKENS, IMAGES], ids=["float32", "uint16 tokens", "uint8 images"]
)
def test_of_forty_gigabytes_on_disk_only_the_rows_of_batches_are_read(tmp_path, problem):
    script = textwrap.dedent(PRELUDE + problem + MEASURED)
    child = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert child.returncode == 0, child.stderr
    seen = json.loads(child.stdout)
    for name in os.listdir(tmp_path):
        os.remove(tmp_path / name)
    assert seen["size"] >= 39.9e9
    # 30 batches of 64 rows in training, some more in an estimate, of which 16 at w*, and the order of an
    # epoch: 4 bytes for each of 10 or 13 million samples.
    assert seen["mebibytes"] < 200, seen
    assert seen["seconds"] < 60, seen
    assert (seen["mapped"], seen["copied"], seen["finite"]) == (["X", "y"], False, True)
    assert np.isfinite(seen["loss"]) and np.isfinite(seen["llc"])
    assert seen["looked"] == 16 * 64


# More samples than the draws look at


@pytest.mark.parametrize("external", [False, True])
def test_of_more_samples_than_the_draws_look_at_their_own_are_compared(external):
    n, batch = 70_000, 32
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(n, 3)), generator.normal(size=n)
    model = sl.Model(sl.Linear(3, 1, bias=False), input_shape=(3,), loss="mse", dtype="float64")
    params = model.init()

    def of_rows(w, rows):
        residual = X[rows] @ w - y[rows]
        return residual**2, 2 * X[rows].T @ residual / len(rows)

    def estimate(**options):
        problem = (sl.External(of_rows, n=n), params.flat) if external else (model, params, (X, y))
        return sl.estimate_llc(
            *problem, sampler=sl.SGLD(lr=1e-7), batch_size=batch, num_chains=2, num_burnin_steps=0, seed=0,
            num_acceptance_checks=0, **options,
        )  # fmt: skip

    few, many = estimate(num_draws=50), estimate(num_draws=n // batch // 2 + 1)
    assert few.diagnostics.loss_samples == 16 * batch and many.diagnostics.loss_samples == n
    losses = model.losses(params, (X, y))
    assert many.init_loss == pytest.approx(losses.mean(), rel=1e-12)
    assert abs(few.init_loss - losses.mean()) < 5 * losses.std() / (16 * batch) ** 0.5
    # The same chains, compared with the same: whether the losses at w* were kept makes no difference.
    np.testing.assert_array_equal(few.losses, many.losses[:, :50])
    np.testing.assert_allclose(few.baselines, many.baselines[:, :50], rtol=1e-13)
    assert (few.losses[:, 0] == few.baselines[:, 0]).all()
    # Of a part of the samples the mean has an error: no doubt is cast on what was given.
    assert not any("init_loss" in text for text in estimate(num_draws=50, init_loss=few.init_loss).warnings)
