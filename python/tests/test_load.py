"""Weights from files: what holds without any library but numpy."""

import sys

import numpy as np
import pytest

import swiftllc as sl


@pytest.fixture
def model():
    return sl.Model(sl.Linear(3, 2), input_shape=(3,), loss="mse")


@pytest.fixture
def weights():
    return {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "bias": np.ones(2, np.float32)}


@pytest.mark.parametrize("path", ["weights.bin", "weights", "npz"])
def test_a_file_that_nobody_reads_is_refused_by_its_suffix(model, path):
    with pytest.raises(sl.InvalidArgumentError, match=rf"source is '{path}'; files must be \.npz"):
        model.load(path)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt", ".pth"])
def test_a_missing_file_is_the_systems_error_with_its_name(model, suffix):
    with pytest.raises(FileNotFoundError, match=f"nowhere{suffix}"):
        model.load(f"nowhere{suffix}")


def test_without_safetensors_the_error_says_how_to_get_it(model, tmp_path, monkeypatch):
    (tmp_path / "w.safetensors").touch()
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"w\.safetensors' needs .* pip install swiftllc\[safetensors\]"):
        model.load(tmp_path / "w.safetensors")


def test_without_torch_the_error_says_how_to_get_it(model, tmp_path, monkeypatch):
    (tmp_path / "w.pt").touch()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"w\.pt' needs torch, .* pip install torch"):
        model.load(tmp_path / "w.pt")


def test_errors_of_a_file_begin_with_its_path(model, weights, tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, weight=weights["weight"])
    with pytest.raises(sl.InvalidArgumentError, match=r"w\.npz' lacks 'bias'"):
        model.load(path)
    np.savez(path, **weights | {"weight": weights["weight"][:, :2]})
    with pytest.raises(sl.InvalidArgumentError, match=r'w\.npz\'\["weight"\] has shape \(2, 2\); it must be'):
        model.load(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_npz_with_any_byte_changed_is_read_or_refused(model, weights, tmp_path, save):
    path, rng = tmp_path / "w.npz", np.random.default_rng(0)
    save(path, **weights)
    whole = path.read_bytes()
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert model.load(path).shapes == model.parameter_shapes
        except sl.InvalidArgumentError as error:
            assert "w.npz'" in str(error)


def test_a_damaged_npz_is_one_sentence_with_the_file(model, weights, tmp_path):
    path = tmp_path / "w.npz"
    np.savez(path, **weights)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[whole.index(b"\x93NUMPY") + 140] ^= 255  # in the array's data: its checksum tells
    for content in (b"", b"not weights", whole[: len(whole) // 2], bytes(flipped)):
        path.write_bytes(content)
        with pytest.raises(sl.InvalidArgumentError, match=r"w\.npz'.* (is not a whole|cannot be read)"):
            model.load(path)
    with path.open("wb") as file:
        np.save(file, weights["weight"])
    with pytest.raises(sl.InvalidArgumentError, match="one array without a name"):
        model.load(path)
    np.savez(path, **weights | {"bias": np.array([None, None])})
    with pytest.raises(sl.InvalidArgumentError, match=r"\"bias\"\] cannot be read: Object arrays"):
        model.load(path)
