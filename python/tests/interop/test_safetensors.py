"""Weights from safetensors files: every dtype exactly, and a sentence for whatever is no such file."""

import json
import re
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import swiftllc as sl
from swiftllc import interop

safetensors = pytest.importorskip("safetensors", reason="safetensors is not installed")

WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I8": 1, "F8_E4M3": 1}


def stored(path, tensors, *, metadata=None):
    """Writes (dtype, shape, bytes) by name, byte for byte as the format says."""
    header, data = {} if metadata is None else {"__metadata__": metadata}, b""
    for name, (dtype, shape, content) in tensors.items():
        end = len(data) + len(content)
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), end]}
        data += content
    return framed(path, json.dumps(header).encode(), data)


def framed(path, header, data, *, length=None):
    path.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header + data)
    return path


def upper_halves(array):
    return (np.asarray(array, np.float32).view(np.uint32) >> 16).astype("<u2")


@pytest.fixture
def model():
    return sl.Model(sl.Linear(3, 2), input_shape=(3,), loss="mse")


def test_what_the_library_writes_comes_back(classifier, tmp_path):
    from safetensors.numpy import save_file

    model, params, _ = classifier
    save_file(params.to_dict(), tmp_path / "weights.safetensors", metadata={"format": "np"})
    assert model.load(tmp_path / "weights.safetensors") == params
    assert model.load(str(tmp_path / "weights.safetensors")) == params


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("code, numpy_dtype", [("F64", "<f8"), ("F32", "<f4"), ("F16", "<f2")])
def test_every_float_is_read_exactly(tmp_path, code, numpy_dtype, dtype):
    model = sl.Model(sl.Linear(3, 2), input_shape=(3,), loss="mse", dtype=dtype)
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(2, 3)).astype(numpy_dtype), rng.normal(size=2).astype(numpy_dtype)
    tensors = {"weight": (code, (2, 3), weight.tobytes()), "bias": (code, (2,), bias.tobytes())}
    params = model.load(stored(tmp_path / "w.safetensors", tensors))
    np.testing.assert_array_equal(params["weight"], weight.astype(dtype))
    np.testing.assert_array_equal(params["bias"], bias.astype(dtype))


def test_every_finite_bfloat16_is_read_exactly(tmp_path):
    bits = np.arange(2**16, dtype=np.uint32)
    numbers = (bits << 16).view(np.float32)
    finite = np.isfinite(numbers)
    model = sl.Model(
        sl.Linear(int(finite.sum()), 1, bias=False), input_shape=(int(finite.sum()),), loss="mse"
    )
    content = bits[finite].astype("<u2").tobytes()
    params = model.load(
        stored(tmp_path / "w.safetensors", {"weight": ("BF16", (1, finite.sum().item()), content)})
    )
    # As bits: 0 and -0 are equal as numbers.
    np.testing.assert_array_equal(params.flat.view(np.uint32), bits[finite] << 16)


def test_bfloat16_lies_where_the_header_says_even_at_an_odd_address(model, tmp_path):
    # Given last and stored first, after a single byte and before another tensor.
    weight, bias = np.float32([[1, -2, 3], [0.5, 0, 6]]), np.float32([7, -8])
    data = b"\x01" + upper_halves(weight).tobytes() + upper_halves(bias).tobytes()
    header = {
        "bias": {"dtype": "BF16", "shape": [2], "data_offsets": [13, 17]},
        "weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [1, 13]},
        "scale": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
    }
    path = framed(tmp_path / "w.safetensors", json.dumps(header).encode() + b"  ", data)
    with interop.opened(str(path)) as tensors:
        np.testing.assert_array_equal(np.asarray(tensors["weight"]), weight)
        np.testing.assert_array_equal(np.asarray(tensors["bias"]), bias)
    with pytest.raises(sl.InvalidArgumentError, match="has the unknown 'scale'"):
        model.load(path)


def test_a_bfloat16_that_is_not_finite_is_named(model, tmp_path):
    weight = np.float32([[1, 2, 3], [4, np.inf, 6]])
    tensors = {
        "weight": ("BF16", (2, 3), upper_halves(weight).tobytes()),
        "bias": ("F32", (2,), bytes(8)),
    }
    with pytest.raises(sl.InvalidArgumentError, match=r'w\.safetensors\'\["weight"\]\[1, 1\] is inf; every'):
        model.load(stored(tmp_path / "w.safetensors", tensors))


@pytest.mark.parametrize("code, numpy_dtype", [("I64", "<i8"), ("I32", "<i4")])
def test_whole_numbers_are_read_as_such(model, tmp_path, code, numpy_dtype):
    weight, bias = np.arange(-3, 3, dtype=numpy_dtype).reshape(2, 3), np.array([7, -(2**24)], numpy_dtype)
    tensors = {"weight": (code, (2, 3), weight.tobytes()), "bias": (code, (2,), bias.tobytes())}
    params = model.load(str(stored(tmp_path / "w.safetensors", tensors)))
    np.testing.assert_array_equal(params["weight"], weight)
    np.testing.assert_array_equal(params["bias"], bias)


@pytest.mark.parametrize("code", ["I8", "F8_E4M3"])
def test_weights_in_other_dtypes_are_refused_by_name(model, tmp_path, code):
    tensors = {"weight": (code, (2, 3), bytes(6 * WIDTHS[code])), "bias": ("F32", (2,), bytes(8))}
    message = f'w.safetensors\'["weight"] has dtype {code}; weights must be F64, F32, F16, BF16, I64 or I32.'
    with pytest.raises(sl.InvalidArgumentError, match=re.escape(message)):
        model.load(stored(tmp_path / "w.safetensors", tensors))


def test_only_what_is_needed_is_read(model, tmp_path):
    tensors = {"weight": ("F32", (2, 3), bytes(24)), "F8": ("F8_E4M3", (5,), bytes(5))}
    with interop.opened(str(stored(tmp_path / "w.safetensors", tensors))) as found:
        assert {name: tensor.shape for name, tensor in found.items()} == {"weight": (2, 3), "F8": (5,)}
        with pytest.raises(sl.InvalidArgumentError, match="F8_E4M3"):  # so it was not read before
            np.asarray(found["F8"])


ENTRY = b'{"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[%d,%d]}}'
BOTH = ENTRY[:-1] % (0, 24) + b',"bias":{"dtype":"F32","shape":[2],"data_offsets":[%d,%d]}}'


@pytest.mark.parametrize(
    "header, data, length",
    [
        (b"", b"", 0),
        (b"", b"", 10**6),
        (b"", b"", 2**64 - 1),
        (ENTRY % (0, 24), bytes(24), 10**6),
        (ENTRY % (0, 24), bytes(24), 20),
        (ENTRY % (0, 24), bytes(23), None),
        (ENTRY % (0, 24), bytes(25), None),
        (ENTRY % (0, 20), bytes(20), None),
        (ENTRY % (1000, 1024), bytes(24), None),
        (ENTRY % (24, 0), bytes(24), None),
        (ENTRY % (2**64 - 24, 2**64 - 1), bytes(24), None),
        (BOTH % (20, 28), bytes(28), None),  # they overlap
        (BOTH % (0, 8), bytes(24), None),
        (BOTH % (28, 36), bytes(36), None),  # bytes between them are nobody's
        (BOTH % (24, 30), bytes(30), None),
        (ENTRY.replace(b"2,3", b"-2,-3") % (0, 24), bytes(24), None),
        (ENTRY.replace(b"2,3", b"4294967296,4294967296") % (0, 24), bytes(24), None),
        (ENTRY.replace(b"F32", b"F31") % (0, 24), bytes(24), None),
        (b"[1, 2]", b"", None),
        (b'{"weight": ', b"", None),
        (b"\xff\xfe{}", b"", None),
    ],
)
def test_a_header_that_cannot_be_is_one_sentence_with_the_file(model, tmp_path, header, data, length):
    path = framed(tmp_path / "w.safetensors", header, data, length=length)
    with pytest.raises(sl.InvalidArgumentError) as caught:
        model.load(path)
    message = str(caught.value)
    assert message.startswith(f"source is {str(path)!r}, which is not a whole safetensors file: ")
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"", b"abc", b"PK\x03\x04" + bytes(200), b"not a file of weights"])
def test_another_kind_of_file_is_refused(model, tmp_path, content):
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(sl.InvalidArgumentError, match="which is not a whole safetensors file"):
        model.load(tmp_path / "w.safetensors")


def whole():
    header = json.dumps(
        {
            "weight": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
            "bias": {"dtype": "F32", "shape": [2], "data_offsets": [12, 20]},
        }
    ).encode()
    return struct.pack("<Q", len(header)) + header + upper_halves(np.arange(1, 11)).tobytes()


WHOLE = whole()
ANY_CASE = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(at=st.integers(0, len(WHOLE) - 1))
@ANY_CASE
def test_no_truncated_file_is_read(model, tmp_path, at):
    (tmp_path / "w.safetensors").write_bytes(WHOLE[:at])
    with pytest.raises(sl.InvalidArgumentError):
        model.load(tmp_path / "w.safetensors")


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4),
)
@ANY_CASE
def test_a_damaged_file_is_read_or_refused_and_nothing_else(model, tmp_path, changes):
    damaged = bytearray(WHOLE)
    for position, byte in changes:
        damaged[position] = byte
    (tmp_path / "w.safetensors").write_bytes(damaged)
    try:
        params = model.load(tmp_path / "w.safetensors")
    except sl.InvalidArgumentError as error:
        assert str(tmp_path / "w.safetensors") in str(error)
    else:
        assert params["weight"].shape == (2, 3)


@given(
    st.dictionaries(
        st.sampled_from(["weight", "bias", "__metadata__", "x"]),
        st.fixed_dictionaries(
            {
                "dtype": st.sampled_from([*WIDTHS, "F4", "U8", "nothing", 7]),
                "shape": st.lists(st.integers(-1, 4) | st.integers(0, 2**64), max_size=3),
                "data_offsets": st.lists(st.integers(-1, 40) | st.integers(0, 2**64), min_size=1, max_size=3),
            }
        ),
        max_size=3,
    ),
    st.binary(max_size=40),
)
@ANY_CASE
def test_headers_of_any_content_are_read_or_refused(model, tmp_path, header, data):
    path = framed(tmp_path / "w.safetensors", json.dumps(header).encode(), data)
    try:
        model.load(path)
    except sl.InvalidArgumentError as error:
        assert str(path) in str(error)


def test_a_path_without_a_file_is_the_systems_error(model, tmp_path):
    with pytest.raises(FileNotFoundError):
        model.load(tmp_path / "nowhere.safetensors")
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(IsADirectoryError, match="folder"):
        model.load(tmp_path / "folder.safetensors")
