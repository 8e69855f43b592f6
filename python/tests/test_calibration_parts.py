"""What a calibration rests on: curvature, the size of layers, relaxation."""

import numpy as np
import pytest
from regressions import QUIET

import swiftllc as sl
from swiftllc._problem import Problem
from swiftllc.calibration.curvature import largest_curvature
from swiftllc.calibration.localization import layer_size
from swiftllc.calibration.move import Move


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_curvature_is_the_largest_eigenvalue(dtype):
    # What is left of the others falls as (λ₂/λ₁)^22, from a beginning that may hold little of the first.
    generator = np.random.default_rng(0)
    basis = np.linalg.qr(generator.normal(size=(30, 30)))[0]
    hessian = (basis * np.r_[-7.0, np.linspace(0, 4, 29)]) @ basis.T
    centre = generator.normal(size=30).astype(dtype)

    def gradient(w):
        return (hessian @ (w - centre) + 0.1 * (w - centre) ** 2).astype(dtype)

    def largest(function, free=None):
        return largest_curvature(function, centre, free, np.random.default_rng(1))

    assert largest(gradient) == pytest.approx(7, rel=0.03)
    free = np.arange(30) < 10
    block = np.abs(np.linalg.eigvalsh(hessian[:10, :10])).max()
    assert largest(gradient, free) == pytest.approx(block, rel=0.03)
    assert np.isnan(largest(lambda w: np.full(30, np.nan)))
    assert largest(gradient, free & False) == 0
    assert largest(lambda w: np.ones(30)) == 0


def test_the_size_of_a_layer():
    shapes = {"a": (4, 10), "b": (4,), "c": (6, 3, 2, 2)}
    assert layer_size(shapes, None) == ((10 + 4) / 2 + (12 + 24) / 2) / 2
    free = np.zeros(116, bool)
    free[44:] = True
    assert layer_size(shapes, free) == (12 + 24) / 2
    free[:] = np.arange(116) == 41
    assert layer_size(shapes, free) == 1
    assert layer_size({"params": (25,)}, None) == 5
    assert layer_size({"embedding": (5000, 8), "head": (6, 8)}, None, {"embedding"}) == 7


def test_an_embedding_is_known_as_a_table():
    model = sl.Model(sl.models.GPT2(50, 8, 12, 1, 2), input_shape=(8,), loss="cross_entropy")
    tokens = np.zeros((4, 8), int)
    problem = Problem.of(model, model.init(), (tokens, tokens))
    assert problem.tables == {"wte.weight"}


def test_the_relaxation_of_a_flat_direction():
    # Without loss w - w* is an overdamped oscillator: its square is (1 - e^(-t/τ))/γ on average, at step t.
    external = sl.External(lambda w, rows: (0.0, np.zeros(400)), n=10)
    move = Move(lr=0.1, rate=100.0, localization=1.0)
    relaxation = 50
    result = sl.estimate_llc(
        external, np.zeros(400), sampler=move.sampler, nbeta=1.0, num_chains=1, num_burnin_steps=0,
        num_draws=4 * relaxation, **QUIET,
    )  # fmt: skip
    squares = result.distances[0] ** 2 / 400
    steps = np.arange(4 * relaxation)
    # Each of 400 squares has the standard deviation √2 of its mean.
    assert (np.abs(squares - (1 - np.exp(-steps / relaxation))) < 4 * np.sqrt(2 / 400)).all()
