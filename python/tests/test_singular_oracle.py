"""L = a²b² at w* = 0, where the loss has no quadratic part: the localised finite-temperature value, not ½."""

import pytest
from crossing_lines import MODEL, localised

import swiftllc as sl


@pytest.mark.parametrize("gamma, value", [(10, 0.18164), (1, 0.35420), (0.1, 0.41234)])
def test_the_quadrature_gives_the_published_values(gamma, value):
    assert localised(100, gamma) == pytest.approx(value, abs=2e-5)


# Weaker localisation mixes more slowly: a flat direction relaxes in a time 1 / γ, at lr / 2 a step.
@pytest.mark.parametrize("gamma, lr, steps", [(1.0, 5e-4, 4_000_000), (10.0, 1e-3, 2_000_000)])
def test_the_estimate_is_the_localised_value(gamma, lr, steps):
    result = sl.estimate_llc(
        MODEL,
        [0.0, 0.0],
        ([[1.0]], [0.0]),
        sampler=sl.SGLD(lr=lr, localization=gamma),
        nbeta=100.0,
        num_chains=4,
        num_burnin_steps=20_000,
        num_draws=steps // 40,
        num_steps_bw_draws=10,
        seed=3,
    )
    exact, with_step = localised(100, gamma), localised(100, gamma, lr)
    assert abs(result.llc - with_step) < 4 * result.stderr
    # Tight enough to tell: the step's bias and the band together are below a twentieth, and ½ is far.
    assert with_step - exact + 4 * result.stderr < 0.05 * exact
    assert result.llc + 10 * result.stderr < 0.5
