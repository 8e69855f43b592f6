"""Memory maps of every type of element: read as they lie, and what is wrong in them shows in the loss."""

import mmap

import numpy as np
import pytest
from bigrams import bigrams

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


@pytest.mark.parametrize("wrong", [3, -1, -(2**63)])
def test_a_label_out_of_range_is_nan_in_the_losses_of_tokens_too(tmp_path, wrong):
    graph = sl.Graph()
    tokens, labels = graph.input((2,), "int64"), graph.input((2,), "int64", name="y")
    table = graph.parameter("table", (3, 3), std=1.0)
    losses = graph.token_losses(graph.embedding(tokens, table), labels)
    model = sl.Model(losses, loss=graph.loss(graph.sum(losses, (0,))))
    data = np.zeros((4, 2), np.int64), mapped(tmp_path / "y.npy", [[0, 1], [2, wrong], [0, 0], [1, 1]])
    assert np.isnan(model.losses(model.init(), data)).tolist() == [False, True, False, False]


def test_without_maps_no_message_speaks_of_them(regression):
    data = regression.dataset(np.full((4, 7), 1e30), np.zeros((4, 2)))
    with pytest.raises(sl.DivergedError) as raised:
        sl.train(regression, regression.init(), data, optimizer=sl.SGD(lr=1e30), steps=100)
    assert "map" not in str(raised.value)
