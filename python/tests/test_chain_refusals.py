"""What a chain that is driven by hand refuses: each in a sentence, and the chain where it was."""

import copy
import pickle

import numpy as np
import pytest
from small_chains import D, N, by_name, made

import swiftllc as sl


def test_a_gradient_that_is_not_finite_is_named():
    chain = made(params=by_name())
    gradient = np.zeros(7)
    gradient[4] = np.inf
    with pytest.raises(sl.InvalidArgumentError, match=r"The gradient of 'a'\[1, 1\] is inf at step 0"):
        chain.tell(0.25, gradient)
    gradient[4], gradient[6] = 0, np.nan
    with pytest.raises(sl.InvalidArgumentError, match=r"The gradient of 'b'\[\] is nan"):
        chain.tell(0.25, gradient)
    flat = made()
    with pytest.raises(sl.InvalidArgumentError, match="The gradient of parameter 2 is nan"):
        flat.tell(0.25, [0, 0, np.nan, 0])
    assert flat.tell(0.25, np.zeros(D)) == 0.25


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        (np.zeros(6), sl.InvalidArgumentError, r"gradient has shape \(6,\); it must be \(7,\)"),
        (np.zeros((7, 1)), sl.InvalidArgumentError, r"gradient has shape \(7, 1\)"),
        (np.zeros(7, bool), sl.ArgumentTypeError, "gradient has dtype bool"),
        (np.zeros(7, complex), sl.ArgumentTypeError, "gradient has dtype complex128"),
        ("none", sl.ArgumentTypeError, "gradient has dtype <U4"),
        ({"a": np.zeros((2, 3))}, sl.InvalidArgumentError, "gradient has 'a'; .* 'a', 'b'"),
        (
            {"a": np.zeros(6), "b": 0.0},
            sl.InvalidArgumentError,
            r'gradient\["a"\] has shape \(6,\); it must be \(2, 3\)',
        ),
    ],
)
def test_a_gradient_of_another_form_is_refused(gradient, error, message):
    with pytest.raises(error, match=message):
        made(params=by_name()).tell(1.0, gradient)


@pytest.mark.parametrize("loss", [np.ones(2), "1", None, True, 1j])
def test_a_loss_that_is_no_number_is_refused(loss):
    with pytest.raises(sl.SwiftLLCError, match="loss has"):
        made().tell(loss, np.zeros(D))


def test_telling_twice_and_leaving_twice_are_refused():
    chain = made()
    with pytest.raises(sl.InvalidArgumentError, match="has not arrived"):
        chain.leave()
    chain.arrive(1.0, np.zeros(D))
    for loss in (1.0, np.nan):
        with pytest.raises(sl.InvalidArgumentError, match="it must leave before"):
            chain.tell(loss, np.zeros(D))
    chain.leave()
    assert chain.step == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be at least 1"),
        ({"n": 2**33}, "samples is"),
        ({"batch_size": 41}, "batch_size is 41"),
        ({"number": -1}, "number must be at least 0"),
        ({"number": 2**31}, "number is 2147483648"),
        ({"mask": np.ones(3, bool)}, r"mask has shape \(3,\)"),
        ({"dtype": "int32"}, "dtype must be"),
        ({"params": np.ones((2, 2))}, r"params has shape \(2, 2\)"),
        ({"params": {}}, "params is empty"),
        ({"params": np.array([])}, "params is empty"),
        ({"params": [1.0, np.nan]}, r"params\[1\] is nan"),
        ({"params": {"a": np.array([[np.inf]])}}, r'params\["a"\]\[0, 0\] is inf'),
    ],
)
def test_arguments_that_cannot_be_are_refused(options, message):
    with pytest.raises(sl.InvalidArgumentError, match=message):
        made(**options)


def test_it_takes_a_sampler():
    with pytest.raises(sl.ArgumentTypeError, match="sampler must be a sampler"):
        sl.Chain(None, np.zeros(D), n=N)


def test_it_cannot_be_pickled_or_copied():
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a Chain cannot be copied or pickled"):
            act(made())
