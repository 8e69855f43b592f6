"""Weights from files of torch.save: what a state dict may be wrapped in, and what is refused."""

import pickle
import re

import numpy as np
import pytest

import swiftllc as sl

torch = pytest.importorskip("torch", reason="torch is not installed")


@pytest.fixture
def module():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))


@pytest.fixture
def model():
    network = sl.Sequential(sl.Linear(3, 4), sl.Tanh(), sl.Linear(4, 2))
    return sl.Model(network, input_shape=(3,), loss="mse")


def saved(value, path):
    torch.save(value, path)
    return path


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_a_state_dict_gives_the_network_that_torch_has(module, model, tmp_path, suffix):
    params = model.load(saved(module.state_dict(), tmp_path / f"w{suffix}"))
    X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    with torch.no_grad():
        outputs = module(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(model(params, X), outputs, rtol=0, atol=1e-6)
    assert params == model.load(module.state_dict())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_precisions_are_read_exactly(module, model, tmp_path, dtype):
    state = module.to(dtype).state_dict()
    params = model.load(saved(state, tmp_path / "w.pt"))
    for name, tensor in state.items():
        np.testing.assert_array_equal(params[name], tensor.to(torch.float32).numpy())


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
@pytest.mark.parametrize("key", ["state_dict", "model", "model_state_dict"])
def test_a_checkpoint_gives_the_state_dict_in_it(module, model, tmp_path, key, legacy):
    checkpoint = {
        "epoch": 3,
        "loss": torch.tensor(0.5),
        key: module.state_dict(),
        "optimizer": torch.optim.Adam(module.parameters()).state_dict(),
    }
    torch.save(checkpoint, tmp_path / "w.pt", _use_new_zipfile_serialization=not legacy)
    assert model.load(tmp_path / "w.pt") == model.load(module.state_dict())


def test_of_two_state_dicts_none_is_chosen(module, model, tmp_path):
    path = saved({"model": module.state_dict(), "state_dict": module.state_dict()}, tmp_path / "w.pt")
    with pytest.raises(
        sl.InvalidArgumentError, match=r"w\.pt', which holds 'state_dict' and 'model'; read it"
    ):
        model.load(path)


@pytest.mark.parametrize(
    "value, said",
    [
        ([1, 2], "an object of type list"),
        ({}, "a dict of nothing"),
        ({"net": {}, "epoch": 3}, "a dict of 'net' (dict), 'epoch' (int)"),
        ({"model": {"epoch": 3}}, "a dict of 'model' (dict)"),
        ({str(i): i for i in range(20)}, "'7' (int) and 12 more"),
    ],
)
def test_what_is_no_dict_of_tensors_is_described(model, tmp_path, value, said):
    with pytest.raises(sl.InvalidArgumentError, match=re.escape(said)) as caught:
        model.load(saved(value, tmp_path / "w.pt"))
    assert "it must hold a dict of tensors" in str(caught.value)


def test_names_that_differ_are_said(module, model, tmp_path):
    state = {f"module.{name}": tensor for name, tensor in module.state_dict().items()}
    with pytest.raises(
        sl.InvalidArgumentError,
        match=r"w\.pt' lacks '0\.weight' \(4, 3\),.*unknown 'module\.0\.weight' \(4, 3\)",
    ):
        model.load(saved(state, tmp_path / "w.pt"))
    state = module.state_dict() | {"_extra_state": {"version": 1}, "steps": 3}
    with pytest.raises(sl.InvalidArgumentError, match=r"has the unknown '_extra_state'.*'steps'"):
        model.load(saved(state, tmp_path / "w.pt"))


@pytest.mark.parametrize("dtype", [torch.int16, torch.int8, torch.complex64, torch.bool])
def test_weights_in_other_dtypes_are_refused_by_name(module, model, tmp_path, dtype):
    state = module.state_dict() | {"2.bias": torch.ones(2, dtype=dtype)}
    message = (
        rf'w\.pt\'\["2\.bias"\] has dtype {str(dtype)[6:]}; weights must be float64, float32, float16, '
        "bfloat16, int64 or int32"
    )
    with pytest.raises(sl.InvalidArgumentError, match=message):
        model.load(saved(state, tmp_path / "w.pt"))


@pytest.mark.parametrize("make", [lambda t: t.to_sparse(), lambda t: t.to("meta")], ids=["sparse", "meta"])
def test_tensors_without_an_array_are_refused_by_name(module, model, tmp_path, make):
    state = module.state_dict() | {"2.bias": make(torch.ones(2))}
    with pytest.raises(
        sl.ArgumentTypeError, match=r'w\.pt\'\["2\.bias"\] \(\w+\) cannot be read as an array'
    ):
        model.load(saved(state, tmp_path / "w.pt"))


def test_tied_weights_are_taken_as_independent_with_a_warning(tmp_path):
    network = sl.Sequential(sl.Linear(2, 2, bias=False), sl.Linear(2, 2, bias=False))
    tied = torch.ones(2, 2)
    path = saved({"0.weight": tied, "1.weight": tied}, tmp_path / "w.pt")
    with pytest.warns(UserWarning, match=r"w\.pt'\['0\.weight'\] and .* share memory") as caught:
        sl.Model(network, input_shape=(2,), loss="mse").load(path)
    assert caught[0].filename == __file__


def refused(model, path):
    with pytest.raises(sl.InvalidArgumentError) as caught:
        model.load(path)
    message = str(caught.value)
    assert message.startswith(f"source is {str(path)!r}, which torch.load(weights_only=True) does not read (")
    assert "\n" not in message and "\x1b" not in message


@pytest.mark.parametrize(
    "content", [b"", b"not weights at all" * 20, b"PK\x03\x04" + bytes(200), bytes(1000)]
)
def test_another_kind_of_file_is_refused(model, tmp_path, content):
    (tmp_path / "w.pt").write_bytes(content)
    refused(model, tmp_path / "w.pt")


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.98])
def test_part_of_a_file_is_refused(module, model, tmp_path, part, legacy):
    path = tmp_path / "w.pt"
    torch.save(module.state_dict(), path, _use_new_zipfile_serialization=not legacy)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    refused(model, path)


def test_a_module_is_refused(module, model, tmp_path):
    refused(model, saved(module, tmp_path / "w.pt"))


class Intruder:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


def test_no_code_of_the_file_is_run(model, tmp_path):
    path, mark = tmp_path / "w.pt", tmp_path / "mark"
    refused(model, saved({"0.weight": Intruder(mark)}, path))
    path.write_bytes(pickle.dumps(Intruder(mark), protocol=2))
    refused(model, path)
    assert not mark.exists()


def test_a_path_without_a_file_is_the_systems_error(model, tmp_path):
    with pytest.raises(FileNotFoundError):
        model.load(tmp_path / "nowhere.pt")
