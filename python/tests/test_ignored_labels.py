"""Labels that are ignored: those of padding, of a class, and of one number a sample."""

import numpy as np
import pytest
from bigrams import bigrams

import swiftllc as sl

RNG = np.random.default_rng(0)


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
