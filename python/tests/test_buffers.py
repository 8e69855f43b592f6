"""Arrays in every form that users have them: the same bits as their contiguous copy, or one clear error."""

import gc

import numpy as np
import pytest

import swiftllc as sl

RNG = np.random.default_rng(0)
N, IN, OUT = 6, 3, 2


@pytest.fixture(scope="module")
def model():
    return sl.Model(sl.Linear(IN, OUT), input_shape=(IN,), loss="mse", dtype="float32")


@pytest.fixture(scope="module")
def params(model):
    return model.init(seed=0)


class Tensor:
    """What of a torch tensor is used: it refuses numpy until it is detached."""

    def __init__(self, values, grad=True, dtype="torch.float32"):
        self.values, self.grad, self.dtype = values, grad, dtype

    def detach(self):
        return Tensor(self.values, False, self.dtype)

    def float(self):
        return Tensor(self.values, self.grad)

    def __array__(self, dtype=None, copy=None):
        if self.grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values


class DeviceTensor(Tensor):
    def detach(self):
        return self

    def __array__(self, dtype=None, copy=None):
        raise TypeError("can't convert cuda:0 device type tensor to numpy.")


def forms(tmp_path, values):
    """The same float32 values in other clothes, and whether they must be copied."""
    values = np.ascontiguousarray(values, np.float32)
    readonly = values.copy()
    readonly.flags.writeable = False
    file = tmp_path / f"{values.size}.npy"
    np.save(file, values)
    wide = np.repeat(values, 2, axis=0)
    unaligned = np.frombuffer(b"x" + values.tobytes(), np.uint8)[1:].view(np.float32)
    return {
        "as it is": (values, False),
        "read-only": (readonly, False),
        "memory map": (np.load(file, mmap_mode="r"), False),
        "tensor": (Tensor(values), False),
        "bfloat16 tensor": (Tensor(values, dtype="torch.bfloat16"), False),
        "Fortran": (np.asfortranarray(values), values.ndim > 1),
        "strided": (wide[::2], True),
        "reversed": (values[::-1].copy()[::-1], True),
        "byte-swapped": (values.astype(">f4"), True),
        "float64": (values.astype(np.float64), True),
        "unaligned": (unaligned.reshape(values.shape), True),
        "list": (values.tolist(), True),
    }


NAMES = ["as it is", "read-only", "memory map", "tensor", "bfloat16 tensor", "Fortran"]
NAMES += ["strided", "reversed", "byte-swapped", "float64", "unaligned", "list"]


@pytest.mark.parametrize("name", NAMES)
def test_inputs_and_targets_in_every_form_give_the_bits_of_their_copy(model, params, tmp_path, name):
    X, y = RNG.normal(size=(N, IN)).astype("f4"), RNG.normal(size=(N, OUT)).astype("f4")
    expected = model.losses(params, (X, y))
    given, must_copy = forms(tmp_path, X)[name]
    data = model.dataset(given, y)
    assert data.copied == must_copy
    np.testing.assert_array_equal(model.losses(params, data), expected)
    given, must_copy = forms(tmp_path, y)[name]
    data = model.dataset(X, given)
    assert data.copied == must_copy
    np.testing.assert_array_equal(model.losses(params, data), expected)
    if isinstance(given, np.ndarray):
        np.testing.assert_array_equal(given, y)


@pytest.mark.parametrize("name", NAMES)
def test_weights_in_every_form_give_the_bits_of_their_copy(model, params, tmp_path, name):
    X, y = RNG.normal(size=(N, IN)).astype("f4"), RNG.normal(size=(N, OUT)).astype("f4")
    expected = model.losses(params, (X, y))
    flat, _ = forms(tmp_path, params.flat)[name]
    named = {key: forms(tmp_path, params[key])[name][0] for key in params}
    for weights in (flat, named, model.parameters(flat), model.parameters(named)):
        np.testing.assert_array_equal(model.losses(weights, (X, y)), expected)


@pytest.mark.parametrize("dtype", ["float16", "int8", "uint16", "int64", ">i2"])
def test_other_numbers_are_converted_as_numpy_converts_them(model, params, dtype):
    X = RNG.integers(0, 100, (N, IN)).astype(dtype)
    y = np.zeros((N, OUT), np.float32)
    expected = model.losses(params, (np.ascontiguousarray(X.astype(np.float32)), y))
    np.testing.assert_array_equal(model.losses(params, (X, y)), expected)


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((N, IN), complex),
        np.zeros((N, IN), object),
        np.zeros((N, IN), "U3"),
        np.zeros((N, IN), bool),
        np.zeros((N, IN), "M8[s]"),
        "text",
        None,
        {"a": 1},
    ],
    ids=["complex", "object", "string", "bool", "time", "str", "None", "dict"],
)
def test_what_is_not_a_real_number_is_refused_by_name(model, X):
    with pytest.raises(sl.ArgumentTypeError, match=r"^X "):
        model.dataset(X, np.zeros((N, OUT)))


def test_bool_weights_are_refused(model):
    with pytest.raises(sl.ArgumentTypeError, match="bool"):
        model.parameters(np.ones(model.parameter_count, bool))


def test_a_tensor_on_a_device_gives_one_error_that_names_it(model, params):
    with pytest.raises(sl.ArgumentTypeError, match=r'^params\["weight"\].*cuda:0.*main memory'):
        model.parameters({"weight": DeviceTensor(None), "bias": params["bias"]})


def test_a_ragged_list_is_refused_by_name(model):
    with pytest.raises(sl.ArgumentTypeError, match=r"^X .*lists of equal lengths"):
        model.dataset([[1, 2, 3], [4, 5]], [[0, 0]])


def test_a_masked_array_is_refused(model):
    with pytest.raises(sl.ArgumentTypeError, match="masked"):
        model.dataset(np.ma.zeros((N, IN)), np.zeros((N, OUT)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_first_value_that_is_not_finite_is_named_with_its_index(model, params, bad, order):
    X, y = np.zeros((N, IN), "f4", order), np.zeros((N, OUT), "f4", order)
    X[3, 1] = X[5, 0] = y[2, 1] = bad
    with pytest.raises(sl.InvalidArgumentError, match=rf"X\[3, 1\] is {bad}; every value must be finite"):
        model.dataset(X, np.zeros_like(y))
    with pytest.raises(sl.InvalidArgumentError, match=rf"y\[2, 1\] is {bad}; every value must be finite"):
        model.dataset(np.zeros_like(X), y)
    params = params.copy()
    params["weight"][1, 2] = bad
    message = rf'params\["weight"\]\[1, 2\] is {bad}; every value must be finite'
    with pytest.raises(sl.InvalidArgumentError, match=message):
        model.parameters(params)
    with pytest.raises(sl.InvalidArgumentError, match=message):
        model.loss(params, (np.zeros_like(X), np.zeros_like(y)))
    with pytest.raises(sl.InvalidArgumentError, match=rf"params\[5\] is {bad}; every value must be finite"):
        model.parameters(params.flat)


def test_a_number_too_large_for_float32_is_named_as_it_was_given(model):
    X = np.zeros((N, IN))
    X[1, 2] = 1e300
    with pytest.raises(
        sl.InvalidArgumentError, match=r"X\[1, 2\] is 1e\+300, which is too large for float32"
    ):
        model.dataset(X, np.zeros((N, OUT)))


def test_a_dataset_outlives_the_arrays_that_were_given(model, params):
    X, y = RNG.normal(size=(N, IN)).astype("f4"), RNG.normal(size=(N, OUT)).astype("f4")
    expected = model.losses(params, (X, y))
    data = model.dataset(X.copy(), y.copy())
    gc.collect()
    rubbish = [np.full((N, IN), 1e30, "f4") for _ in range(1000)]
    np.testing.assert_array_equal(model.losses(params, data), expected)
    del rubbish


def test_a_run_outlives_the_arrays_that_were_given(quadratic):
    expected = quadratic.estimate(num_draws=100).losses
    model, X, y, minimum = quadratic.model, quadratic.X, quadratic.y, quadratic.minimum
    result = sl.estimate_llc(
        model,
        minimum.copy(),
        (X.copy(), y.copy()),
        sampler=sl.SGLD(lr=1e-3, localization=0.0),
        nbeta=100.0,
        seed=0,
        num_draws=100,
    )
    np.testing.assert_array_equal(result.losses, expected)


def test_inputs_are_never_written_to(quadratic):
    params = quadratic.model.parameters(quadratic.minimum + 0.1)
    copies = quadratic.X.copy(), quadratic.y.copy(), params.flat.copy()
    diagonal = np.array([1.0, 2.0, 3.0, 4.0])
    sampler = sl.SGLD(lr=1e-3, preconditioner=diagonal)
    quadratic.estimate(params, sampler=sampler, num_draws=20)
    quadratic.model.gradient(params, quadratic.data)
    trained = sl.train(quadratic.model, params, quadratic.data, steps=20)
    assert trained != params
    for before, after in zip(copies, (quadratic.X, quadratic.y, params.flat), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(diagonal, [1, 2, 3, 4])


def test_parameters_own_their_memory_and_their_arrays_are_views(model):
    flat = np.arange(model.parameter_count, dtype="f4")
    params = model.parameters(flat)
    params["weight"][0, 0] = 100
    assert params.flat[0] == 100
    assert flat[0] == 0
    params.flat[-1] = 200
    assert params["bias"][-1] == 200
    np.testing.assert_array_equal(np.asarray(params), params.flat)
    copy = params.copy()
    copy["weight"][:] = 0
    assert params["weight"][0, 0] == 100


LABELS = [0, 2, 1, 2, 0, 1]


@pytest.fixture(scope="module")
def three_classes():
    return sl.Model(sl.Linear(IN, 3), input_shape=(IN,), loss="cross_entropy", dtype="float64")


@pytest.mark.parametrize("dtype", ["i8", "i4", "u1", "f8", ">i4", "f2", "u8"])
@pytest.mark.parametrize("shape", [(N,), (N, 1)])
def test_labels_of_every_kind_give_the_same_losses(three_classes, dtype, shape):
    X = RNG.normal(size=(N, IN))
    params = three_classes.init()
    logits = three_classes(params, X)
    expected = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(N), LABELS]
    given = np.array(LABELS).astype(dtype).reshape(shape)
    np.testing.assert_allclose(three_classes.losses(params, (X, given)), expected, rtol=1e-12)
    np.testing.assert_allclose(three_classes.losses(params, (X, LABELS)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "labels, error, message",
    [
        ([0, 1, 1.5, 0, 1, 2], TypeError, r"y\[2\] is 1\.5; labels must be integers"),
        ([0, 1, np.nan, 0, 1, 2], TypeError, r"y\[2\] is nan"),
        ([0, 1, np.inf, 0, 1, 2], TypeError, r"y\[2\] is inf"),
        (np.eye(3)[LABELS], ValueError, r"y has shape \(6, 3\).*one-hot"),
        ([0, 1, 3, 0, 1, 2], ValueError, r"y\[2\] is 3; the model has 3 classes, 0 \.\.\. 2"),
        ([0, -1, 3, 0, 1, 2], ValueError, r"y\[1\] is -1"),
        ([0, 1, -100, 0, 1, 2], ValueError, r"y\[2\] is -100"),
        (np.array([0, 1, 2**63, 0, 1, 2], np.uint64), ValueError, r"y\[2\] is 9223372036854775808"),
        ([0, 1], ValueError, r"y has shape \(2,\); for X of shape \(6, 3\) it is \(6,\)"),
        (list("abcabc"), TypeError, "y has dtype"),
        ([True] * 6, TypeError, "y has dtype bool"),
    ],
)
def test_labels_that_cannot_be_are_named(three_classes, labels, error, message):
    with pytest.raises(error, match=message):
        three_classes.dataset(np.zeros((N, IN)), labels)
