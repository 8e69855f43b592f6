"""Arrays of other types than the model reads, memory maps, and sequences of unequal length."""

import json
import mmap
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import swiftllc as sl

RNG = np.random.default_rng(0)
DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]
INTEGERS = [dtype for dtype in DTYPES if dtype[0] != "f"]


def mapped(path, values, dtype=None):
    """The values in a file, as a read-only memory map of that dtype."""
    np.save(path, np.asarray(values, dtype))
    return np.load(path, mmap_mode="r")


@pytest.fixture(scope="module", params=["float32", "float64"])
def regression(request):
    return sl.Model(sl.Linear(7, 2), input_shape=(7,), loss="mse", dtype=request.param)


@pytest.fixture(scope="module")
def classifier():
    return sl.Model(sl.Linear(3, 4), input_shape=(3,), loss="cross_entropy")


def bigrams(length, vocabulary=11, ignore_index=None, dtype="float32"):
    """Logits of the next token from this one alone."""
    graph = sl.Graph()
    tokens = graph.input((length,), "int64", name="tokens")
    table = graph.parameter("embedding.weight", (vocabulary, 6), std=1.0)
    weight = graph.parameter("head.weight", (vocabulary, 6), std=1.0)
    logits = graph.linear(graph.embedding(tokens, table), weight)
    return sl.Model(logits, loss=sl.CrossEntropy(ignore_index=ignore_index), dtype=dtype)


# Types of elements


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_map_of_every_type_gives_the_bits_of_its_conversion(regression, tmp_path, dtype):
    X, y = RNG.integers(0, 100, (50, 7)), RNG.integers(0, 3, (50, 2))
    params = regression.init()
    plain = regression.dataset(X, y)
    native = regression.dataset(mapped(tmp_path / "X.npy", X, dtype), mapped(tmp_path / "y.npy", y, dtype))
    assert (native.copied, native.mapped, native.n) == (False, ("X", "y"), 50)
    np.testing.assert_array_equal(regression.losses(params, native), regression.losses(params, plain))
    assert regression.gradient(params, native) == regression.gradient(params, plain)
    np.testing.assert_array_equal(
        regression(params, mapped(tmp_path / "X.npy", X, dtype)), regression(params, X)
    )
    options = {"sampler": sl.SGLD(lr=1e-6), "batch_size": 8, "num_draws": 20, "seed": 0, "progress": False}
    results = [sl.estimate_llc(regression, params, data, **options) for data in (native, plain)]
    np.testing.assert_array_equal(results[0].losses, results[1].losses)
    trained = [sl.train(regression, params, data, steps=20, batch_size=8) for data in (native, plain)]
    assert trained[0] == trained[1]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("shape", [(50,), (50, 1)])
def test_labels_and_tokens_of_every_type(classifier, tmp_path, dtype, shape):
    X, y = RNG.normal(size=(50, 3)), RNG.integers(0, 4, shape)
    params = classifier.init()
    expected = classifier.losses(params, (X, y))
    labels = mapped(tmp_path / "y.npy", y, dtype)
    np.testing.assert_array_equal(classifier.losses(params, (X, labels)), expected)
    model, tokens = bigrams(5), RNG.integers(0, 11, (20, 6))
    expected = model.losses(model.init(), (tokens[:, :-1], tokens[:, 1:]))
    native = [mapped(tmp_path / f"{i}.npy", t, dtype) for i, t in enumerate((tokens[:, :-1], tokens[:, 1:]))]
    np.testing.assert_array_equal(model.losses(model.init(), native), expected)


def test_integers_beyond_the_precision_are_rounded_and_halves_keep_every_bit(tmp_path):
    graph = sl.Graph()
    x, w = graph.input(()), graph.parameter("w", (), value=0.0)
    model = sl.Model(x, loss=graph.loss(x + w), dtype="float64")
    for dtype, values in (
        ("i8", [2**53 + 1, -(2**63), 2**63 - 1, -1]),
        ("u8", [2**64 - 1, 2**63, 2**53 + 1]),
        ("u4", [2**32 - 1, 2**31]),
        ("i1", [-128, 127]),
        ("f2", [65504, 6e-8, -0.0, 6.1e-5, 1 / 3]),
        ("f4", [1e-45, 3.4e38, 1 / 3]),
    ):
        array = np.array(values, dtype)
        given = mapped(tmp_path / "x.npy", array)
        np.testing.assert_array_equal(model.losses([0.0], (given,)), array.astype("f8"))


@pytest.mark.parametrize("dtype", ["i2", "u8", "f2"])
def test_other_arrays_are_converted_once(regression, dtype):
    X = RNG.integers(0, 9, (5, 7)).astype(dtype)
    data = regression.dataset(X, np.zeros((5, 2), regression.dtype))
    assert (data.copied, data.mapped) == (True, ())


# Memory maps


def test_what_is_a_map(regression, tmp_path):
    X = RNG.normal(size=(6, 7)).astype(regression.dtype)
    y = np.zeros((6, 2), regression.dtype)
    array = mapped(tmp_path / "X.npy", X)
    raw = tmp_path / "raw"
    X.tofile(raw)
    with open(raw, "rb") as file:
        opened = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    flat = np.memmap(raw, regression.dtype, "r")
    for given in (
        array,
        np.asarray(array),
        array[:].view(),
        flat.reshape(6, 7),
        np.frombuffer(opened, regression.dtype).reshape(6, 7),
        np.frombuffer(memoryview(opened), regression.dtype).reshape(6, 7),
    ):
        data = regression.dataset(given, y)
        assert (data.mapped, data.copied) == (("X",), False)
    assert regression.dataset(array[2:5], y[:3]).mapped == ("X",)
    # What numpy makes of a map is in memory.
    for given in (array + 0, array.copy(), array[[0, 1, 2, 3, 4, 5]], array.astype(regression.dtype)):
        assert regression.dataset(given, y).mapped == ()


def test_maps_that_do_not_lie_as_they_are_read_are_converted_like_other_arrays(regression, tmp_path):
    X, y = RNG.normal(size=(6, 7)), np.zeros((6, 2))
    expected = regression.losses(regression.init(), (X, y))
    unaligned = tmp_path / "unaligned"
    unaligned.write_bytes(b"x" + X.tobytes())
    for given in (
        mapped(tmp_path / "wide.npy", np.repeat(X, 2, axis=1))[:, ::2],
        mapped(tmp_path / "fortran.npy", np.asfortranarray(X)),
        mapped(tmp_path / "swapped.npy", X, ">f8"),
        np.memmap(unaligned, "f8", "r", offset=1, shape=(6, 7)),
    ):
        data = regression.dataset(given, y)
        assert (data.copied, data.mapped) == (True, ())
        np.testing.assert_array_equal(regression.losses(regression.init(), data), expected)


def test_labels_stored_as_floats_are_converted_and_checked(classifier, tmp_path):
    X, y = np.zeros((3, 3)), [0, 1, 3]
    data = classifier.dataset(X, mapped(tmp_path / "y.npy", y, "f4"))
    assert (data.copied, data.mapped) == (True, ())
    with pytest.raises(sl.ArgumentTypeError, match=r"y\[2\] is 1\.5; labels must be integers"):
        classifier.dataset(X, mapped(tmp_path / "y.npy", [0, 1, 1.5], "f4"))


@pytest.mark.parametrize("dtype", [bool, complex, "M8[s]", "S3"])
def test_maps_of_what_is_no_number_are_refused(regression, tmp_path, dtype):
    with pytest.raises(sl.ArgumentTypeError, match=r"^X has dtype"):
        regression.dataset(mapped(tmp_path / "X.npy", np.zeros((4, 7)), dtype), np.zeros((4, 2)))


def test_shapes_of_maps_are_checked(regression, classifier, tmp_path):
    X = mapped(tmp_path / "X.npy", np.zeros((4, 3)), "u1")
    with pytest.raises(sl.InvalidArgumentError, match=r"X has shape \(4, 3\); this model takes \(n, 7\)"):
        regression.dataset(X, np.zeros((4, 2)))
    with pytest.raises(sl.InvalidArgumentError, match=r"y has shape \(4, 4\).*one-hot"):
        classifier.dataset(X, mapped(tmp_path / "y.npy", np.eye(4), "u1"))
    with pytest.raises(sl.InvalidArgumentError, match=r"y has shape \(3,\)"):
        classifier.dataset(X, mapped(tmp_path / "y.npy", [0, 1, 2], "u1"))


def test_one_output_may_be_a_flat_map(tmp_path):
    model = sl.Model(sl.Linear(2, 1), input_shape=(2,), loss="mse")
    X, y = np.ones((4, 2)), np.arange(4)
    data = model.dataset(X, mapped(tmp_path / "y.npy", y, "i2"))
    assert data.mapped == ("y",)
    np.testing.assert_array_equal(
        model.losses(model.init(), data), model.losses(model.init(), (X, y[:, None]))
    )


def test_calibration_reads_maps(classifier, tmp_path):
    X, y = RNG.integers(0, 255, (300, 3)), RNG.integers(0, 4, 300)
    model = sl.Model(sl.Linear(3, 4), input_shape=(3,), loss="cross_entropy")
    native = mapped(tmp_path / "X.npy", X, "u1"), mapped(tmp_path / "y.npy", y, "u1")
    results = [
        sl.estimate_llc(model, model.init(), data, budget=400_000, seed=0, progress=False)
        for data in (native, (X, y))
    ]
    assert results[0].llc == results[1].llc


# What is wrong in a map shows in the loss


def test_a_nan_in_a_map_is_named_as_a_possible_cause(regression, tmp_path):
    X, y = np.zeros((20, 7)), np.zeros((20, 2))
    X[13, 2] = np.nan
    data = regression.dataset(mapped(tmp_path / "X.npy", X), y)
    params = regression.init()
    assert np.flatnonzero(np.isnan(regression.losses(params, data))).tolist() == [13]
    cause = r"Or it is a NaN, an infinity or too large a number in X: memory maps, which are not checked"
    with pytest.raises(sl.DivergedError, match=cause):
        sl.train(regression, params, data, steps=50, batch_size=4)
    for size in (4, 20):
        with pytest.raises(sl.DivergedError, match=cause):
            sl.estimate_llc(
                regression, params, data, sampler=sl.SGLD(lr=1e-9), batch_size=size, num_draws=100, seed=0
            )
    # Where no batch of a step has it, the loss of all samples has.
    result = sl.estimate_llc(
        regression, params, data, sampler=sl.SGLD(lr=1e-9), batch_size=1, num_draws=2, num_burnin_steps=0,
        num_chains=1, seed=0,
    )  # fmt: skip
    assert np.isnan(result.init_loss)
    assert "is nan. Check the parameters" in result.warnings[0]
    assert "a NaN, an infinity or too large a number in X" in result.warnings[0]


@pytest.mark.parametrize("wrong", [4, -1, 2**32, 2**63 - 1, -(2**63)])
def test_a_label_out_of_range_in_a_map_is_nan_and_named(classifier, tmp_path, wrong):
    labels = np.zeros(20, np.int64)
    labels[7] = wrong
    data = classifier.dataset(np.ones((20, 3)), mapped(tmp_path / "y.npy", labels))
    losses = classifier.losses(classifier.init(), data)
    assert np.flatnonzero(np.isnan(losses)).tolist() == [7]
    with pytest.raises(sl.DivergedError, match=r"not finite.*an integer out of range in y: memory map"):
        sl.train(classifier, classifier.init(), data, batch_size=20)


@pytest.mark.parametrize("dtype, wrong", [("u1", 255), ("u2", 65535), ("i1", -1), ("u8", 2**64 - 1)])
def test_a_token_out_of_range_in_a_map_is_nan(tmp_path, dtype, wrong):
    model, tokens = bigrams(3), np.zeros((10, 3), np.uint64)
    labels = np.zeros((10, 3), np.int64)
    native = tokens.astype(dtype)
    native[4, 1] = wrong
    losses = model.losses(model.init(), (mapped(tmp_path / "t.npy", native), labels))
    assert np.flatnonzero(np.isnan(losses)).tolist() == [4]
    gradient = model.gradient(model.init(), (mapped(tmp_path / "t.npy", native), labels))
    assert np.isnan(gradient["head.weight"]).any()
    with pytest.raises(sl.InvalidArgumentError, match="sample 4 at position 1"):
        model.dataset(native if dtype != "u8" else native.astype(np.int64), labels)


def test_without_maps_no_message_speaks_of_them(regression):
    data = regression.dataset(np.full((4, 7), 1e30), np.zeros((4, 2)))
    with pytest.raises(sl.DivergedError) as raised:
        sl.train(regression, regression.init(), data, optimizer=sl.SGD(lr=1e30), steps=100)
    assert "map" not in str(raised.value)


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


# Sequences of unequal length


@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-6), ("float64", 1e-14)])
def test_padded_sequences_have_the_loss_of_their_own(dtype, tolerance):
    vocabulary, longest, ignored = 11, 9, -100
    sequences = [RNG.integers(0, vocabulary, length + 1) for length in (9, 1, 4, 7, 2, 9, 3)]
    tokens = np.zeros((len(sequences), longest), np.int64)
    labels = np.full((len(sequences), longest), ignored)
    for i, sequence in enumerate(sequences):
        tokens[i, : len(sequence) - 1] = sequence[:-1]
        labels[i, : len(sequence) - 1] = sequence[1:]
    padded = bigrams(longest, vocabulary, ignored, dtype)
    params = padded.init(seed=1)
    losses = padded.losses(params, (tokens, labels))
    gradients = []
    for i, sequence in enumerate(sequences):
        alone = bigrams(len(sequence) - 1, vocabulary, dtype=dtype)
        data = sequence[None, :-1], sequence[None, 1:]
        np.testing.assert_allclose(losses[i], alone.losses(params, data), rtol=tolerance)
        gradients.append(alone.gradient(params, data).flat)
    # What stands in the padding is of no matter, and neither to the gradient.
    np.testing.assert_allclose(
        padded.gradient(params, (tokens, labels)).flat,
        np.mean(gradients, axis=0),
        rtol=0,
        atol=10 * tolerance,
    )
    other = np.where(labels == ignored, 5, tokens)
    np.testing.assert_array_equal(padded.losses(params, (other, labels)), losses)


def test_a_label_that_is_ignored_and_a_class_has_no_gradient():
    # As where one number stands for padding in the tokens and in the labels.
    graph = sl.Graph()
    tokens, labels = graph.input((2,), "int64"), graph.input((2,), "int64", name="y")
    table = graph.parameter("table", (3, 3), std=1.0)
    losses = graph.token_losses(graph.embedding(tokens, table), labels, ignore_index=0)
    model = sl.Model(losses, loss=graph.loss(graph.sum(losses, (0,))), dtype="float64")
    gradient = model.gradient(model.init(), ([[1, 2]], [[2, 0]]))["table"]
    assert np.abs(gradient[1]).min() > 0
    assert np.abs(gradient[2]).max() == 0


@pytest.mark.parametrize("wrong", [3, -1, -(2**63)])
def test_a_label_out_of_range_is_nan_in_the_losses_of_tokens_too(tmp_path, wrong):
    graph = sl.Graph()
    tokens, labels = graph.input((2,), "int64"), graph.input((2,), "int64", name="y")
    table = graph.parameter("table", (3, 3), std=1.0)
    losses = graph.token_losses(graph.embedding(tokens, table), labels)
    model = sl.Model(losses, loss=graph.loss(graph.sum(losses, (0,))))
    data = np.zeros((4, 2), np.int64), mapped(tmp_path / "y.npy", [[0, 1], [2, wrong], [0, 0], [1, 1]])
    assert np.isnan(model.losses(model.init(), data)).tolist() == [False, True, False, False]


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_one_number_a_sample_may_have_an_axis_of_its_own(shape):
    g = sl.Graph()
    scores = g.input((2,)) + g.parameter("b", (2,), value=0.0)
    X, y = np.ones((3, 2)), np.array([0, 1, -100]).reshape(shape)
    model = sl.Model(scores, loss=sl.CrossEntropy(ignore_index=-100), dtype="float64")
    assert model.losses(model.init(), (X, y)).tolist() == [np.log(2), np.log(2), 0]
    model = sl.Model(scores.sum(), loss="mse", dtype="float64")
    assert model.losses(model.init(), (X, y)).tolist() == [4, 1, 102**2]
    with pytest.raises(ValueError, match=r"y has shape \(2,\)"):
        model.losses(model.init(), (X, y[:2].reshape(-1)))


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
