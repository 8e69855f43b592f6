"""Exact learning coefficients: published values, and identities between formulas that were derived apart."""

from fractions import Fraction as F
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import swiftllc as sl
from swiftllc import theory
from swiftllc.theory import LearningCoefficient


@pytest.mark.parametrize(
    "widths, rank, value, multiplicity",
    [
        ((2, 2, 2), 0, F(3, 2), 1),
        ((2, 1, 2), 0, F(1), 2),
        ((2, 2, 2, 2), 0, F(3, 2), 3),
        ((3, 3, 3, 3), 0, F(3), 1),
        ((5, 3, 5), 0, F(13, 2), 2),
        ((5, 5, 5), 2, F(23, 2), 2),
        ((10, 10, 10), 4, F(91, 2), 1),
        ((10, 20, 15, 8, 12), 3, F(45), 2),
        ((185, 259, 286, 885, 235, 204, 274, 252), 100, F(20889), 3),
    ],
)
def test_deep_linear_networks_have_the_published_values(widths, rank, value, multiplicity):
    assert theory.dln(widths, rank) == LearningCoefficient(value, multiplicity)
    assert theory.dln(np.array(widths), np.int64(rank)) == LearningCoefficient(value, multiplicity)


def by_minimum(widths, rank):
    """The same λ as a minimum over the ranks t that are left after each layer, without case distinctions."""
    excess = [width - rank for width in widths]
    core = min(
        sum((a - b) * (m - b) for a, b, m in zip(t, t[1:], excess[1:], strict=False))
        for middle in product(*(range(m + 1) for m in excess[1:-1]))
        if (t := (excess[0], *middle, 0)) == tuple(sorted(t, reverse=True))
    )
    return F(core + rank * (widths[0] + widths[-1] - rank), 2)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.data())
def test_deep_linear_networks_agree_with_the_minimum_over_ranks(widths, data):
    rank = data.draw(st.integers(0, min(widths)))
    assert theory.dln(widths, rank).value == by_minimum(widths, rank)


WIDTHS = st.lists(st.integers(1, 9), min_size=3, max_size=3)


@given(WIDTHS, st.data())
def test_two_layers_are_reduced_rank_regression(widths, data):
    rank = data.draw(st.integers(0, min(widths)))
    inputs, hidden, outputs = widths
    assert theory.dln(widths, rank) == theory.reduced_rank(inputs, hidden, outputs, rank)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.data())
def test_a_deep_linear_network_lies_between_the_known_bounds(widths, data):
    rank = data.draw(st.integers(0, min(widths)))
    value = theory.dln(widths, rank).value
    parameters = sum(a * b for a, b in pairwise(widths))
    regular = F(rank * (widths[0] + widths[-1] - rank), 2)
    assert regular <= value <= F(parameters, 2)
    assert value <= F(widths[0] * widths[-1], 2)  # the map itself has no more directions
    assert value == theory.dln(widths[::-1], rank).value


@given(st.permutations([2, 3, 3, 4, 7]))
def test_the_order_of_the_widths_matters_only_through_the_ends(widths):
    assert theory.dln(widths, 0) == theory.dln(sorted(widths), 0)


def test_one_layer_is_regular():
    assert theory.dln((3, 5), 2) == LearningCoefficient(F(15, 2), 1)


@pytest.mark.parametrize(
    "sizes, value",
    [((4, 2, 4, 1), F(5)), ((4, 2, 4, 2), F(6)), ((2, 2, 2, 0), F(3, 2))],
)
def test_reduced_rank_regression_has_the_published_values(sizes, value):
    assert theory.reduced_rank(*sizes).value == value


def cut(rng, rows, columns, rank):
    """A matrix whose rank is in its first directions, so that products of such matrices keep it."""
    matrix = np.zeros((rows, columns))
    matrix[range(rank), range(rank)] = rng.uniform(1, 2, rank)
    return matrix


@given(
    st.lists(st.integers(2, 7), min_size=2, max_size=5),
    st.integers(0, 2),
    st.sampled_from(["f4", "f8"]),
    st.integers(0, 100),
)
@settings(deadline=None, max_examples=50)
def test_where_every_layer_has_the_rank_of_the_map_the_bound_is_the_value(widths, rank, dtype, seed):
    rng = np.random.default_rng(seed)
    rotations = [np.linalg.qr(rng.normal(size=(w, w)))[0] for w in widths]
    weights = [
        (rotations[i + 1] @ cut(rng, widths[i + 1], widths[i], rank) @ rotations[i].T).astype(dtype)
        for i in range(len(widths) - 1)
    ]
    bound = theory.dln_local_bound(weights)
    assert bound.value == theory.dln(widths, rank).value
    assert bound.multiplicity is None


def test_at_full_rank_weights_the_bound_is_that_of_a_regular_model():
    # Square invertible layers: J has the rank of the map's own 3 × 3 directions, ½ of 9.
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(3, 3)) for _ in range(3)]
    assert theory.dln_local_bound(weights).value == F(9, 2)
    # One invertible layer after a zero one: every weight of the zero one is a direction of its own.
    weights = [np.zeros((3, 3)), np.eye(3)]
    assert theory.dln((3, 3, 3), 0).value == F(27, 8) + F(1, 8)
    assert theory.dln_local_bound(weights).value == F(9, 2)


def test_the_weights_of_a_bound_are_given_first_layer_first():
    # (2 -> 3 -> 1): W1 is (3, 2), W2 is (1, 3).
    theory.dln_local_bound([np.ones((3, 2)), np.ones((1, 3))])
    with pytest.raises(sl.InvalidArgumentError, match=r"weights\[1\] has shape \(3, 2\)"):
        theory.dln_local_bound([np.ones((1, 3)), np.ones((3, 2))])


@pytest.mark.parametrize(
    "powers, priors, value, multiplicity",
    [
        ((1,), None, F(1, 2), 1),
        ((1, 1), None, F(1, 2), 2),
        ((1, 2), None, F(1, 4), 1),
        ((0, 3), None, F(1, 6), 1),
        ((2, 1, 2), None, F(1, 4), 2),
        ((2, 1), (1, 0), F(1, 2), 2),
        ((3, 2), (1, 4), F(1, 3), 1),
    ],
)
def test_monomials(powers, priors, value, multiplicity):
    assert theory.monomial(powers, priors) == LearningCoefficient(value, multiplicity)


MONOMIALS = st.lists(st.integers(1, 6), min_size=1, max_size=4)


@given(MONOMIALS, MONOMIALS)
def test_the_product_of_disjoint_monomials_is_the_monomial_of_both(first, second):
    assert theory.disjoint_product(theory.monomial(first), theory.monomial(second)) == theory.monomial(
        first + second
    )


@given(st.lists(MONOMIALS, min_size=1, max_size=4))
def test_sums_add_the_values_and_the_multiplicities_less_one(powers):
    terms = [theory.monomial(k) for k in powers]
    total = theory.disjoint_sum(*terms)
    assert total.value == sum(term.value for term in terms)
    assert total.multiplicity - 1 == sum(term.multiplicity - 1 for term in terms)


def test_a_multiplicity_that_is_not_known_stays_so():
    known, unknown = LearningCoefficient(F(1, 2), 1), LearningCoefficient(F(1, 3), None)
    assert theory.disjoint_sum(known, unknown) == LearningCoefficient(F(5, 6), None)
    assert theory.disjoint_product(known, unknown) == LearningCoefficient(F(1, 3), None)


def test_a_coefficient_is_a_number():
    assert float(theory.dln((2, 2, 2), 0)) == 1.5


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: theory.dln((2,), 0), ValueError, "widths"),
        (lambda: theory.dln((2, 0, 2), 0), ValueError, r"widths\[1\] must be at least 1; got 0"),
        (lambda: theory.dln((2, 2.0), 0), TypeError, r"widths\[1\] must be an integer"),
        (lambda: theory.dln(5, 0), TypeError, "widths must be a sequence"),
        (lambda: theory.dln((2, 3), 3), ValueError, "rank"),
        (lambda: theory.dln((2, 3), -1), ValueError, "rank must be at least 0"),
        (lambda: theory.dln((2**70, 2), 0), ValueError, r"widths\[0\] must be at most"),
        (lambda: theory.dln((2**62, 2**62), 0), ValueError, r"widths\[0\] is 4611686018427387904"),
        (lambda: theory.reduced_rank(2, 0, 2, 0), ValueError, "hidden must be at least 1"),
        (lambda: theory.reduced_rank(2, 3, 2, 3), ValueError, "rank"),
        (lambda: theory.monomial(()), ValueError, "no power is positive"),
        (lambda: theory.monomial((0, 0)), ValueError, "no power is positive"),
        (lambda: theory.monomial((1, -1)), ValueError, r"powers\[1\] must be at least 0"),
        (lambda: theory.monomial((1, 1), (1,)), ValueError, "prior_powers has 1 entries, but powers has 2"),
        (lambda: theory.disjoint_sum(), ValueError, "at least one"),
        (lambda: theory.disjoint_product(0.5), TypeError, "0.5 is not a LearningCoefficient"),
        (lambda: theory.dln_local_bound([]), ValueError, "at least one matrix"),
        (lambda: theory.dln_local_bound([np.ones(3)]), ValueError, r"weights\[0\] has shape \(3,\)"),
        (lambda: theory.dln_local_bound([[[np.nan]]]), ValueError, r"weights\[0\]\[0, 0\] is nan"),
    ],
)
def test_arguments_that_cannot_be_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()
