"""Datasets and loaders of torch, and datasets of Hugging Face."""

import numpy as np
import pytest

import swiftllc as sl

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset  # noqa: E402

X = torch.randn(23, 3, generator=torch.Generator().manual_seed(0))
Y = torch.arange(23) % 5


class Squares(Dataset):
    """Map-style, without an end that it knows of itself."""

    def __len__(self):
        return 7

    def __getitem__(self, i):
        return torch.full((2,), float(i), requires_grad=True), i * i


class Stream(IterableDataset):
    def __iter__(self):
        yield from zip(X, Y, strict=True)


def read(source, **options):
    return sl.read_dataset(source, **{"progress": False} | options)


def assert_is_all(arrays):
    assert [array.dtype for array in arrays] == [np.float32, np.int64]
    np.testing.assert_array_equal(arrays[0], X)
    np.testing.assert_array_equal(arrays[1], Y)


@pytest.mark.parametrize(
    "source",
    [
        TensorDataset(X, Y),
        Subset(TensorDataset(X, Y), range(23)),
        Stream(),
        DataLoader(TensorDataset(X, Y), batch_size=5),
        DataLoader(TensorDataset(X, Y), batch_size=None),
        DataLoader(Stream(), batch_size=4),
        DataLoader(TensorDataset(X, Y), batch_sampler=[[0, 1, 2], list(range(3, 23))]),
        DataLoader(TensorDataset(X, Y), batch_size=8, num_workers=2),
    ],
    ids=["map-style", "subset", "iterable", "loader", "unbatched", "of a stream", "batch sampler", "workers"],
)
def test_datasets_and_loaders(source):
    assert_is_all(read(source))


def test_a_dataset_of_tensors_that_want_gradients():
    inputs, targets = read(Squares())
    np.testing.assert_array_equal(inputs, np.repeat(np.arange(7.0)[:, None], 2, axis=1))
    assert targets.tolist() == [0, 1, 4, 9, 16, 25, 36]


def test_a_loader_gives_the_epoch_that_it_would_give():
    dataset = TensorDataset(X, Y)
    shuffled = DataLoader(dataset, batch_size=5, shuffle=True, generator=torch.Generator().manual_seed(1))
    inputs, labels = read(shuffled)
    assert labels.tolist() != Y.tolist()
    order = np.lexsort(inputs.T)
    np.testing.assert_array_equal(inputs[order], X.numpy()[np.lexsort(X.numpy().T)])
    assert len(read(DataLoader(dataset, batch_size=5, drop_last=True))[0]) == 20
    assert len(read(DataLoader(dataset, batch_size=5), limit=12)[0]) == 12
    seen = []
    read(DataLoader(dataset, batch_size=5), progress=lambda *now: seen.append(now))
    assert seen[-1] == (23, 23)


def test_batches_that_are_padded_each_for_itself():
    def collate(samples):
        return torch.nn.utils.rnn.pad_sequence(samples, batch_first=True, padding_value=-1)

    sequences = [torch.arange(length) for length in (3, 1, 2, 5, 4)]
    loader = DataLoader(sequences, batch_size=2, collate_fn=collate)
    (padded,) = read(loader, pad={0: -1})
    assert padded.shape == (5, 5)
    assert [[i for i in row if i >= 0] for row in padded.tolist()] == [s.tolist() for s in sequences]
    with pytest.raises(sl.InvalidArgumentError, match=r"field 0 of sample 2 has shape \(5,\).*\(3,\)"):
        read(loader)


def test_batches_as_mappings_and_of_one_tensor():
    loader = DataLoader([{"x": x, "y": y} for x, y in zip(X, Y, strict=True)], batch_size=6)
    assert_is_all(read(loader))
    assert_is_all(read(loader, columns=("x", "y")))
    np.testing.assert_array_equal(read(DataLoader(X, batch_size=6))[0], X)


def test_lists_that_a_loader_turns_round_are_refused():
    loader = DataLoader([{"ids": [1, 2, 3]}] * 4, batch_size=4)
    with pytest.raises(sl.ArgumentTypeError, match="'ids' of a batch is a list of tensors"):
        read(loader)


def test_bfloat16_and_half():
    (values,) = read([X[0].bfloat16(), X[1].bfloat16()])
    np.testing.assert_array_equal(values, X[:2].bfloat16().float())
    assert read([X[0].half()])[0].dtype == np.float16


def test_what_is_read_has_the_loss_that_torch_has():
    model = sl.Model(sl.Linear(3, 5), input_shape=(3,), loss="cross_entropy")
    module = torch.nn.Linear(3, 5)
    expected = torch.nn.functional.cross_entropy(module(X), Y).item()
    loader = DataLoader(TensorDataset(X, Y), batch_size=5, shuffle=True)
    assert model.loss(model.load(module.state_dict()), read(loader)) == pytest.approx(expected, rel=1e-6)


# Hugging Face

TEXTS = [[3, 1, 4, 1, 5], [9, 2], [6], [5, 3, 5]]


@pytest.fixture
def tokens():
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    labels = [[*ids[1:], -100] for ids in TEXTS]
    return datasets.Dataset.from_dict(
        {"text": list("abcd"), "input_ids": TEXTS, "labels": labels, "score": [0.1, 0.2, 0.3, 1 / 3]}
    )


PADDED = [[3, 1, 4, 1, 5], [9, 2, 0, 0, 0], [6, 0, 0, 0, 0], [5, 3, 5, 0, 0]]


@pytest.mark.parametrize("format", [None, "numpy", "torch"])
def test_columns_of_a_dataset_in_every_format(tokens, format):
    ids, labels = read(
        tokens.with_format(format), columns=("input_ids", "labels"), pad={"input_ids": 0, "labels": -100}
    )
    assert (ids.dtype, labels.dtype) == (np.int64, np.int64)
    assert ids.tolist() == PADDED
    assert labels[1].tolist() == [2, -100, -100, -100, -100]
    # The numbers of the file, where the format does not round them.
    (score,) = read(tokens.with_format(format), columns=("score",))
    np.testing.assert_array_equal(
        score, np.array([0.1, 0.2, 0.3, 1 / 3], "f4" if format == "torch" else "f8")
    )


def test_a_stream_of_hugging_face(tokens):
    stream = tokens.to_iterable_dataset()
    (ids,) = read(stream, columns=("input_ids",), pad={"input_ids": 0}, dtype="u2")
    assert (ids.dtype, ids.tolist()) == (np.uint16, PADDED)
    assert len(read(stream, columns=("input_ids",), pad={"input_ids": 0}, limit=2)[0]) == 2


def test_what_of_hugging_face_is_refused(tokens):
    datasets = pytest.importorskip("datasets")
    with pytest.raises(sl.ArgumentTypeError, match="source is a DatasetDict"):
        read(datasets.DatasetDict(train=tokens))
    with pytest.raises(sl.ArgumentTypeError, match="'text' of sample 0 has dtype <U1"):
        read(tokens)
    with pytest.raises(sl.InvalidArgumentError, match=r"columns has 'ids'.*'input_ids'"):
        read(tokens, columns=("ids",))
    with pytest.raises(sl.InvalidArgumentError, match=r"\(2,\).*\(5,\).*pad=\{'input_ids': 0\}"):
        read(tokens, columns=("input_ids",))


def test_images_of_hugging_face():
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype("u1")
    dataset = datasets.Dataset.from_dict(
        {"image": [Image.fromarray(image) for image in pixels], "label": [0, 1, 2]},
        features=datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(3)}),
    )
    images, labels = read(dataset)
    np.testing.assert_array_equal(images, pixels)
    assert labels.tolist() == [0, 1, 2]
