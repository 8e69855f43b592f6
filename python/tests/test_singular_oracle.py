"""L = a²b² at w* = 0, where the loss has no quadratic part: the localised finite-temperature value, not ½.

The exact values are integrals over two dimensions, computed here by quadrature.
"""

import numpy as np
import pytest

import swiftllc as sl


def localised(nbeta: float, gamma: float) -> float:
    """nbeta E[a²b²] under exp(-nbeta a²b² - γ/2 (a² + b²)). Over b it is Gaussian, so one integral remains.

    With b's precision γ + 2 nbeta a², E[b² | a] is its inverse.
    """
    a = np.linspace(-12, 12, 2_000_001) / np.sqrt(gamma)
    precision = gamma + 2 * nbeta * a**2
    weight = np.exp(-gamma / 2 * a**2) / np.sqrt(precision)
    return float(nbeta * np.sum(weight * a**2 / precision) / np.sum(weight))


@pytest.mark.parametrize("gamma, value", [(10, 0.18164), (1, 0.35420), (0.1, 0.41234)])
def test_the_quadrature_gives_the_published_values(gamma, value):
    assert localised(100, gamma) == pytest.approx(value, abs=2e-5)


def test_the_estimate_is_the_localised_value():
    # Weaker localisation mixes more slowly, stronger needs a smaller step.
    gamma, lr, steps, thin = 20.0, 1e-3, 3_000_000, 10
    network = sl.Sequential(sl.Linear(1, 1, bias=False), sl.Linear(1, 1, bias=False))
    model = sl.Model(network, input_shape=(1,), loss="mse", dtype="float64")
    result = sl.estimate_llc(
        model,
        [0.0, 0.0],
        ([[1.0]], [0.0]),
        sampler=sl.SGLD(lr=lr, localization=gamma),
        nbeta=100.0,
        num_chains=4,
        num_burnin_steps=20_000,
        num_draws=steps // thin // 4,
        num_steps_bw_draws=thin,
        seed=3,
    )
    expected = localised(100, gamma)
    # The step adds about lr h / 4 to each of E[a²] and E[b²], where h is γ + 2 nbeta b² or about γ + 200 / γ.
    bias = 2 * lr * (gamma + 200 / gamma) / 4 * expected
    assert abs(result.llc - expected) < 4 * result.stderr + bias
    assert 4 * result.stderr + bias < 0.05 * expected
