"""The experiment of potentials where everything is known."""

import numpy as np
import pytest

from swiftllc import command_line
from swiftllc.experiments.protocols.normal_crossing import crossings, temperatures

#: Of the integrals that λ and m are fitted to.
NBETAS = 10 ** np.arange(3, 9.1, 0.5)


def test_the_quick_protocol_agrees_with_the_integrals(tmp_path, capsys):
    arguments = ["experiment", "normal-crossing", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert capsys.readouterr().out.count("| w₁") == 12


def test_the_integral_of_a_squared_b_squared_is_the_published_one():
    # docs/math.md: 0.35420 at nβ = 100 and a localization of 1.
    assert crossings.integral("w₁² w₂²", 100, (0.0, 0.0), 1.0) == pytest.approx(0.35420, abs=5e-6)


@pytest.mark.parametrize("truth", crossings.truths(), ids=lambda truth: truth.title)
def test_the_models_loss_is_the_potential(truth):
    model = crossings.model(truth.potential)
    data = (np.ones((1, 1)), np.zeros((1, 1)))
    for w in np.random.default_rng(0).normal(size=(5, 2)):
        expected = crossings.loss(truth.potential, *w)
        assert model.loss(w, data) == pytest.approx(expected, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("truth", crossings.truths()[:4], ids=lambda truth: truth.potential)
def test_lambda_and_the_multiplicity_are_in_the_integrals(truth):
    values = np.array([crossings.integral(truth.potential, nbeta, truth.center, 1.0) for nbeta in NBETAS])
    errors = np.full_like(values, 1e-4)
    assert temperatures.likelier(NBETAS, values, errors, 2).multiplicity == truth.multiplicity
    fit = temperatures.fitted(NBETAS, values, errors, truth.multiplicity)
    assert fit.llc == pytest.approx(truth.llc, abs=0.001)
