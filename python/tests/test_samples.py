"""Samples of whatever kind, read once into arrays."""

import collections
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

import swiftllc as sl

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(1300, 3)).astype("f4"), RNG.integers(0, 9, 1300)


class MapStyle:
    """As torch has it: no __iter__, and no IndexError at the end."""

    def __init__(self, samples):
        self.samples, self.asked = samples, []

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        self.asked.append(i)
        return self.samples[i % len(self.samples)]


def read(source, **options):
    return sl.read_dataset(source, **{"progress": False} | options)


def assert_is(arrays, *expected):
    assert isinstance(arrays, tuple) and len(arrays) == len(expected)
    for array, values in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(array, values)
        assert array.dtype == values.dtype and array.flags.c_contiguous


Pair = collections.namedtuple("Pair", "x y")


@pytest.mark.parametrize(
    "source",
    [
        lambda: MapStyle(list(zip(X, Y, strict=True))),
        lambda: zip(X, Y, strict=True),
        lambda: [[x, y] for x, y in zip(X, Y, strict=True)],
        lambda: ({"x": x, "y": int(y)} for x, y in zip(X, Y, strict=True)),
        lambda: [Pair(x, y) for x, y in zip(X, Y, strict=True)],
        lambda: [collections.UserDict(x=x, y=y) for x, y in zip(X, Y, strict=True)],
        lambda: ((list(x), y) for x, y in zip(X, Y, strict=True)),
    ],
    ids=["map-style", "iterator", "lists", "dicts", "namedtuples", "mappings", "nested lists"],
)
def test_samples_of_every_kind(source):
    assert_is(read(source()), X, Y)


def test_an_array_each_sample_is_one_field():
    assert_is(read(iter(X)), X)
    assert_is(read(X), X)
    assert_is(read([1.5, 2]), np.array([1.5, 2.0]))


def test_a_map_style_dataset_is_asked_once_for_each_sample():
    source = MapStyle(list(zip(X, Y, strict=True)))
    read(source)
    assert source.asked == list(range(1300))


def test_memory_that_a_source_uses_again_is_copied():
    def source():
        buffer = np.empty(3)
        for i in range(5):
            buffer[:] = i
            yield buffer

    assert_is(read(source()), np.repeat(np.arange(5.0)[:, None], 3, axis=1))


def test_columns_choose_fields_and_their_order():
    samples = [{"a": 1, "b": 2.5, "text": "x"}, {"a": 3, "b": 4.5, "text": "y"}]
    assert_is(read(samples, columns=("b", "a")), np.array([2.5, 4.5]), np.array([1, 3]))
    assert_is(read([(1, "text", 2)] * 2, columns=(2, 0)), np.array([2, 2]), np.array([1, 1]))
    # What else a sample has is of no matter, nor the order of its keys.
    assert_is(read([{"a": 1, "b": 2}, {"c": 5, "b": 4, "a": 3}]), np.array([1, 3]), np.array([2, 4]))


def test_limit_takes_no_more_than_it_needs():
    source = iter(itertools.count())
    assert_is(read(source, limit=4), np.arange(4))
    assert next(source) == 4
    assert_is(read([1, 2], limit=9), np.array([1, 2]))


def test_dtype():
    samples = [{"tokens": [1, 2], "label": 3}, {"tokens": [4, 65535], "label": True}]
    tokens, label = read(samples, dtype={"tokens": "u2", "label": np.int8})
    assert (tokens.dtype, label.dtype, label.tolist()) == (np.uint16, np.int8, [3, 1])
    assert [array.dtype for array in read(samples, dtype="float32")] == [np.float32] * 2
    with pytest.raises(ValueError, match="'tokens' has 65535, which uint8 does not have"):
        read(samples, dtype={"tokens": "u1", "label": "u1"})
    for wrong in (-1, 1.5, np.nan, 1e300):
        with pytest.raises(ValueError, match=r"field 0 has .*, which uint16 does not have"):
            read([1, wrong], dtype="u2")
    with pytest.raises(TypeError, match="'tokens' of sample 0 has dtype bool"):
        read([{"tokens": True}])


def test_numbers_of_several_types_have_a_common_one():
    assert_is(read([1] * 600 + [1.5]), np.array([1.0] * 600 + [1.5]))
    assert read([np.float32(1), np.float64(2)])[0].dtype == np.float64


SEQUENCES = [{"ids": [1, 2, 3], "labels": [2, 3, -100]}, {"ids": [4], "labels": [5]}]


def test_sequences_are_padded_to_the_longest():
    expected = np.array([[1, 2, 3], [4, 0, 0]]), np.array([[2, 3, -100], [5, -100, -100]])
    assert_is(read(SEQUENCES, pad={"ids": 0, "labels": -100}), *expected)
    assert_is(read(SEQUENCES[::-1], pad={"ids": 0, "labels": -100}), *(array[::-1] for array in expected))
    frames = [np.ones((2, 5)), np.ones((0, 5)), np.ones((7, 5))]
    (padded,) = read(((frame,) for frame in frames), pad={0: 9})
    assert padded.shape == (3, 7, 5)
    assert (padded == 9).sum() == 12 * 5


def test_many_sequences_of_many_lengths_keep_their_order():
    lengths = RNG.integers(0, 6, 3000)
    (padded,) = read((np.full(length, i) for i, length in enumerate(lengths)), pad={0: -1})
    assert padded.shape == (3000, 5)
    np.testing.assert_array_equal((padded >= 0).sum(axis=1), lengths)
    assert all((row[:length] == i).all() for i, (row, length) in enumerate(zip(padded, lengths, strict=True)))


def test_unequal_lengths_are_refused_with_both_shapes():
    message = r"'ids' of sample 1 has shape \(1,\), and that of the first sample is \(3,\).*pad=\{'ids': 0\}"
    with pytest.raises(sl.InvalidArgumentError, match=message):
        read(SEQUENCES)
    with pytest.raises(sl.InvalidArgumentError, match=r"shape \(4, 2\).*\(3, 2\)"):
        read([(np.ones((3, 2)),), (np.ones((4, 2)),)])
    with pytest.raises(sl.InvalidArgumentError, match=r"\(3, 1\).*\(3, 2\); only the first axis is padded"):
        read([(np.ones((3, 2)),), (np.ones((3, 1)),)], pad={0: 0})
    with pytest.raises(sl.InvalidArgumentError, match=r"'ids' of sample 1 has shape \(\)"):
        read([{"ids": [1]}, {"ids": 1}], pad={"ids": 0})


def test_pads_that_cannot_be():
    with pytest.raises(sl.InvalidArgumentError, match=r"pad\['labels'\] is -100.*number that uint16 has"):
        read(SEQUENCES[1:], pad={"labels": -100}, dtype="u2")
    with pytest.raises(sl.InvalidArgumentError, match="number that int64 has"):
        read(SEQUENCES, pad={"ids": 0.5, "labels": 0})
    with pytest.raises(sl.InvalidArgumentError, match="number that int64 has"):
        read(SEQUENCES, pad={"ids": "x", "labels": 0})
    with pytest.raises(sl.InvalidArgumentError, match=r"pad has 'mask', which is no field.*'ids', 'labels'"):
        read(SEQUENCES, pad={"mask": 0})
    with pytest.raises(sl.InvalidArgumentError, match="pad is for sequences, and 'a' of sample 0 is one"):
        read([{"a": 1}], pad={"a": 0})
    with pytest.raises(sl.ArgumentTypeError, match="pad must be a mapping"):
        read(SEQUENCES, pad=-100)


@pytest.mark.parametrize(
    "source, options, error, message",
    [
        ([], {}, ValueError, "no samples"),
        ({"train": [1]}, {}, TypeError, r"source is a dict.*source\[\"train\"\]"),
        ("text", {}, TypeError, "source is a str"),
        (5, {}, TypeError, "source is a int"),
        (None, {}, TypeError, "source is a NoneType"),
        ([("a", 1)], {}, TypeError, "field 0 of sample 0 has dtype <U1; it must hold real numbers"),
        ([1, "a"], {}, TypeError, "field 0 of sample 1 has dtype <U1"),
        ([(1, 2), (1, 2, 3)], {}, ValueError, "Sample 1 is a tuple of 3, and the first one is a tuple of 2"),
        ([{"a": 1}, (1,)], {}, ValueError, "Sample 1 is a tuple of 1, and the first one is a mapping"),
        ([{"a": 1}, {"b": 1}], {}, ValueError, "Sample 1 has no field 'a'"),
        ([{"a": 1}], {"columns": ("b",)}, ValueError, "columns has 'b', which is no field.*has 'a'"),
        ([{"a": 1}], {"columns": "a"}, TypeError, "columns must be a tuple of fields"),
        ([{"a": 1}], {"columns": 1}, TypeError, "columns must be a tuple of fields"),
        ([{"a": 1}], {"columns": ()}, ValueError, "columns is"),
        ([{"a": 1}], {"columns": ("a", "a")}, ValueError, "every field once"),
        ([{"a": 1}], {"dtype": {"b": "u1"}}, ValueError, "dtype has 'b', which is no field"),
        ([1], {"dtype": "U3"}, TypeError, "dtype must be a dtype of real numbers"),
        ([1], {"dtype": "nonsense"}, TypeError, "dtype must be"),
        ([1], {"limit": 0}, ValueError, "limit"),
        ([1], {"limit": 1.5}, TypeError, "limit"),
        ([1], {"progress": 3}, TypeError, "progress"),
        ([([[1, 2], [3]],)], {}, TypeError, "field 0 of sample 0 .*lists of equal lengths"),
    ],
)
def test_what_cannot_be_read_is_named(source, options, error, message):
    with pytest.raises(error, match=message) as raised:
        read(source, **options)
    assert isinstance(raised.value, sl.SwiftLLCError)


def test_progress_is_told_in_samples_with_their_number_where_it_is_known(monkeypatch):
    monkeypatch.setattr("swiftllc._progress._INTERVAL", 0.0)
    seen = []
    read(MapStyle([1, 2, 3]), progress=lambda *now: seen.append(now))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    seen.clear()
    read((i for i in range(3)), progress=lambda *now: seen.append(now))
    assert seen == [(1, 0), (2, 0), (3, 0)]
    seen.clear()
    read(range(100), limit=2, progress=lambda *now: seen.append(now))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("has_tqdm", [True, False])
def test_a_bar_of_samples(monkeypatch, capsys, known, has_tqdm):
    monkeypatch.setattr("swiftllc._progress._PATIENCE", 0.0)
    if has_tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    read(range(5000) if known else iter(list(range(5000))), progress=True)
    text = capsys.readouterr().err
    assert "read_dataset: " in text
    assert "sample" in text
    if not has_tqdm and known:
        assert text.endswith("5000 of 5000 samples (100%)\n")


def test_images_of_pil(tmp_path):
    Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pixels = RNG.integers(0, 256, (4, 6, 5, 3)).astype("u1")
    samples = [(Image.fromarray(image), label) for label, image in enumerate(pixels)]
    assert_is(read(samples), pixels, np.arange(4))


def test_an_error_of_the_source_is_raised_as_it_is():
    def source():
        yield 1
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        read(source())


def test_no_library_is_imported():
    text = (Path(sl.__file__).parent / "samples.py").read_text()
    assert "import torch" not in text
    assert "import datasets" not in text
