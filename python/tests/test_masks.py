"""Restricted estimates: which parameters move, in every form of `mask`; and other data than in training."""

import re

import numpy as np
import pytest
from conftest import CURVATURE, make_quadratic

import swiftllc as sl

NETWORK = sl.Sequential(sl.Linear(3, 4), sl.Tanh(), sl.Linear(4, 2))
NAMES = ["0.weight", "0.bias", "2.weight", "2.bias"]
SIZES = dict(zip(NAMES, [12, 4, 8, 2], strict=True))


@pytest.fixture
def network():
    model = sl.Model(NETWORK, input_shape=(3,), loss="mse", dtype="float64")
    rng = np.random.default_rng(0)
    params, X = model.init(seed=0), rng.normal(size=(32, 3))
    return model, params, (X, model(params, X))


def flags(model, **chosen):
    """The flat vector of a mask by hand: name (dots as underscores after p) to True or a boolean array."""
    parts = [np.broadcast_to(chosen.get(f"p{name}".replace(".", "_"), False), shape).reshape(-1)
             for name, shape in model.parameter_shapes.items()]  # fmt: skip
    return np.concatenate(parts).astype(bool)


LAST = np.array([[True, False, False, True], [False, False, True, False]])
HEAD = np.zeros((2, 4), bool)
HEAD[:, 1:3] = True
FORMS = {
    "a name": ("2.weight", {"p2_weight": True}),
    "a pattern": ("*.weight", {"p0_weight": True, "p2_weight": True}),
    "a pattern with a set": ("[2-9].*", {"p2_weight": True, "p2_bias": True}),
    "a list": (["0.bias", "2.*"], {"p0_bias": True, "p2_weight": True, "p2_bias": True}),
    "a tuple": (("0.bias", "2.bias"), {"p0_bias": True, "p2_bias": True}),
    "True": ({"2.bias": True}, {"p2_bias": True}),
    "numpy's True": ({"2.bias": np.bool_(True)}, {"p2_bias": True}),
    "all but one": ({"*": True, "0.bias": False}, {"p0_weight": True, "p2_weight": True, "p2_bias": True}),
    "an array": ({"2.weight": LAST}, {"p2_weight": LAST}),
    "nested lists": ({"2.weight": LAST.tolist()}, {"p2_weight": LAST}),
    "an index": ({"2.weight": np.s_[:, 1:3]}, {"p2_weight": HEAD}),
    "a slice of rows": ({"2.weight": np.s_[0:1]}, {"p2_weight": [[True], [False]]}),
    "one row": ({"2.weight": 1}, {"p2_weight": [[False], [True]]}),
    "an ellipsis": ({"2.weight": np.s_[..., 0]}, {"p2_weight": [[True, False, False, False]]}),
    "an index of lists": (
        {"2.weight": ([0, 0, 1], [0, 3, 2])},
        {"p2_weight": LAST},
    ),
}


@pytest.mark.parametrize("mask, chosen", FORMS.values(), ids=FORMS)
def test_every_form_of_a_mask_is_the_flat_one(network, mask, chosen):
    model, params, data = network
    vector = flags(model, **chosen)
    options = {"sampler": sl.SGLD(lr=1e-4), "seed": 0, "num_draws": 20}
    named = sl.estimate_llc(model, params, data, mask=mask, **options)
    flat = sl.estimate_llc(model, params, data, mask=vector, **options)
    np.testing.assert_array_equal(named.losses, flat.losses)
    np.testing.assert_array_equal(named.distances, flat.distances)
    assert named.settings["num_parameters"] == vector.sum() > 0
    assert named.settings["mask"] == "given"


def test_a_mask_of_all_is_none(network):
    model, params, data = network
    options = {"sampler": sl.SGLD(lr=1e-4), "seed": 0, "num_draws": 20}
    free = sl.estimate_llc(model, params, data, **options)
    assert free.settings["mask"] is None
    assert free.settings["num_parameters"] == 26
    for mask in ("*", NAMES, np.ones(26, bool), {"*": True}):
        result = sl.estimate_llc(model, params, data, mask=mask, **options)
        np.testing.assert_array_equal(result.losses, free.losses)
        assert result.settings["num_parameters"] == 26


@pytest.mark.parametrize(
    "mask, error, message",
    [
        ("3.weight", ValueError, "no parameter of this model; it has '0.weight'"),
        (["*.bias", "w*"], ValueError, "mask names 'w*', which fits no parameter"),
        ({3: True}, ValueError, "mask names 3, which fits no parameter"),
        ({"2.weight": LAST.T}, ValueError, 'mask["2.weight"] has shape (4, 2); it must be (2, 4)'),
        ({"2.weight": [True, False]}, ValueError, 'mask["2.weight"] has shape (2,); it must be (2, 4)'),
        ({"2.weight": np.s_[:, 4]}, ValueError, 'which is no index into the shape (2, 4)'),
        ({"2.weight": np.s_[:, :, 0]}, ValueError, 'which is no index into the shape (2, 4)'),
        ({"2.weight": np.s_[:, 4:9]}, ValueError, "which selects nothing of the shape (2, 4)"),
        ({"2.weight": LAST.astype(int)}, TypeError, "a boolean array or an index"),
        ({"2.weight": None}, TypeError, 'mask["2.weight"] must be True, False'),
        ({"2.weight": "x"}, TypeError, 'mask["2.weight"] must be True, False'),
        ({"2.weight": (0, "x")}, ValueError, "which is no index into the shape"),
        (np.ones(25, bool), ValueError, "mask has shape (25,); a flat mask of this model has shape (26,)"),
        (np.ones((26, 1), bool), ValueError, "mask has shape (26, 1)"),
        (np.ones(26), TypeError, "or a boolean vector; got ndarray of dtype float64"),
        (np.ones(26, np.uint8), TypeError, "boolean vector; got ndarray of dtype uint8"),
        (0, TypeError, "mask must be names of parameters"),
        ([], TypeError, "mask must be names of parameters"),
        ({}, ValueError, "mask is empty"),
    ],
)  # fmt: skip
def test_a_mask_that_cannot_be_is_told_so_by_name_and_shape(network, mask, error, message):
    model, params, data = network
    with pytest.raises(error, match=re.escape(message)) as caught:
        sl.estimate_llc(model, params, data, sampler=sl.SGLD(lr=1e-4), mask=mask)
    assert isinstance(caught.value, sl.SwiftLLCError)


# The law


SAMPLERS = {
    "SGLD": sl.SGLD(lr=1e-3, localization=0.0),
    "RMSPropSGLD": sl.RMSPropSGLD(lr=1e-3, epsilon=1.0, localization=0.0),
    "AdamSGLD": sl.AdamSGLD(lr=1e-3, epsilon=1.0, localization=0.0),
    "SGHMC": sl.SGHMC(lr=5e-4, friction=0.2, localization=0.0),
    "SGNHT": sl.SGNHT(lr=5e-4, friction=0.2, localization=0.0),
    "UnderdampedLangevin": sl.UnderdampedLangevin(lr=0.03, friction=10.0, localization=0.0),
    "MALA": sl.MALA(lr=4e-3, localization=0.0),
    "HMC": sl.HMC(lr=0.06, leapfrog_steps=3, localization=0.0),
}
ALL = pytest.mark.parametrize("sampler", list(SAMPLERS.values()), ids=list(SAMPLERS))
HALF = [True, False, True, False]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_restricted_estimate_has_the_closed_form(quadratics, dtype):
    result = quadratics(dtype).estimate(mask=HALF, num_draws=40_000)
    assert abs(result.llc - 1 / 0.95) < 4 * result.stderr
    assert result.stderr < 0.02
    assert result.settings["num_parameters"] == 2


@ALL
def test_only_the_free_directions_move(quadratic, sampler):
    # With L_i = u_i² in each direction, L - L_min is the squared distance in those that are free.
    result = quadratic.estimate(sampler=sampler, mask=HALF, num_draws=500)
    np.testing.assert_allclose(result.losses, result.distances**2, rtol=1e-9)
    # And it is about d/2 for the two that are free.
    assert abs(result.llc - 1) < 0.15 + 4 * result.stderr


def embedded(directions: int, columns: list[int], dtype: str):
    """Q with that many of its directions; the last ones of the larger are to be masked."""
    whole = make_quadratic(dtype)
    X, w = np.ascontiguousarray(whole.X[:, columns]), whole.minimum[columns]
    model = sl.Model(sl.Linear(directions, 1, bias=False), input_shape=(directions,), loss="mse", dtype=dtype)
    return model, w, (X, X @ w)


@ALL
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_masked_model_is_the_smaller_one(sampler, dtype):
    # In three dimensions of which the first, the middle or the last is masked, and in two: the same noise.
    options = {"sampler": sampler, "nbeta": 100.0, "num_draws": 100, "seed": 3}
    for masked in range(3):
        columns = [0, 1]
        columns.insert(masked, 2)
        mask = np.arange(3) != masked
        small = sl.estimate_llc(*embedded(2, [0, 1], dtype), **options)
        large = sl.estimate_llc(*embedded(3, columns, dtype), mask=mask, **options)
        # What is masked is at its minimum, so that losses differ by rounding at most.
        rtol, atol = (1e-9, 1e-12) if dtype == "float64" else (1e-3, 1e-5)
        np.testing.assert_allclose(large.distances, small.distances, rtol=rtol, atol=atol)
        np.testing.assert_allclose(large.llc_per_draw, small.llc_per_draw, rtol=rtol, atol=100 * atol)


def test_a_preconditioner_is_that_of_the_free_ones(quadratic):
    # Those of the masked ones do not matter, however large.
    options = {"mask": HALF, "num_draws": 300}
    traces = []
    for rest in (1.0, 1e6):
        diagonal = np.array([4.0, rest, 0.25, rest])
        sampler = sl.SGLD(
            lr=1e-3, localization=10.0, preconditioner=diagonal, localization_metric="preconditioner"
        )
        traces.append(quadratic.estimate(sampler=sampler, **options).losses)
    np.testing.assert_array_equal(traces[0], traces[1])
    long = quadratic.estimate(
        sampler=sl.SGLD(lr=1e-3, localization=0.0, preconditioner=[4.0, 1e6, 0.25, 1e6]),
        mask=HALF,
        num_draws=40_000,
    )
    expected = sum(0.5 / (1 - 1e-3 * a * 100 * CURVATURE / 4) for a in (4.0, 0.25))
    assert abs(long.llc - expected) < 4 * long.stderr


def test_the_gradient_at_the_centre_is_that_of_the_free_ones(quadratic):
    start = quadratic.minimum + np.array([3.0, 100.0, 4.0, 100.0])
    result = quadratic.estimate(start, mask=HALF, num_draws=2)
    assert result.diagnostics.gradient_norm == pytest.approx(10.0)  # 2 |(3, 4)|


def test_d_over_2_is_that_of_the_free_ones(quadratic):
    result = quadratic.estimate(mask=HALF, sampler=sl.SGLD(lr=1e-2, localization=300.0), num_draws=300)
    assert any("above d/2 = 1 for the d = 2 parameters" in sentence for sentence in result.warnings)


@ALL
def test_where_nothing_moves_the_estimate_is_0_and_says_so(quadratics, sampler):
    problem = quadratics(residual=1.0)
    for mask in (np.zeros(4, bool), {"weight": False}):
        result = problem.estimate(sampler=sampler, mask=mask, num_draws=30)
        assert result.llc == 0
        assert not result.llc_per_draw.any()
        assert not result.distances.any()
        assert len(np.unique(result.losses)) == 1
        assert result.settings["num_parameters"] == 0
        [sentence] = result.warnings
        assert "The mask leaves no parameter free: the chains cannot move, and λ̂ is 0." in sentence


# Other data than those of training


def test_a_data_refined_estimate_is_that_of_the_new_data_around_the_old_weights(quadratics):
    # The new samples see two of the four directions: half the coefficient, from the same weights.
    problem = quadratics()
    problem.X = problem.X.copy()
    problem.X[:, 2:] = 0
    problem.y = (problem.X @ problem.minimum)[:, None]
    result = problem.estimate(num_draws=40_000)
    assert abs(result.llc - 1 / 0.95) < 4 * result.stderr
    assert not result.warnings


def test_new_data_whose_minimum_is_elsewhere_give_a_warning(quadratics):
    problem = quadratics()
    problem.y = problem.y + 0.3 * problem.X[:, :1]
    result = problem.estimate(num_draws=2000)
    assert any("not a local minimum" in sentence for sentence in result.warnings)
    assert result.diagnostics.gradient_norm == pytest.approx(0.6)
