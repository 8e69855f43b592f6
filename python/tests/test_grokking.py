"""The experiment of modular addition, known by heart first and understood much later."""

import copy

import numpy as np
import pytest

from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import grokking
from swiftllc.experiments.protocols.grokking import laplace, modular_addition
from swiftllc.experiments.protocols.grokking import students as modular_students


def test_the_split_has_every_pair_once_with_its_sum():
    known, others = modular_addition.split(7, 0.4, seed=1)
    assert len(known.pairs) == 20
    pairs = np.concatenate([known.pairs, others.pairs]) - [0, 7]
    assert sorted(map(tuple, pairs)) == [(a, b) for a in range(7) for b in range(7)]
    sums = np.concatenate([known.sums, others.sums])
    assert (sums.sum(1) == 1).all() and (sums.argmax(1) == pairs.sum(1) % 7).all()
    assert (modular_addition.split(7, 0.4, seed=2)[0].pairs != known.pairs).any()


def test_the_network_is_a_square_between_two_matrices():
    known, _ = modular_addition.split(5, 0.5, seed=0)
    model = modular_addition.network(5, 4, "float64")
    params = model.init(seed=0)
    one_hot = np.eye(10)[known.pairs].sum(1)
    outputs = (one_hot @ params["first"]) ** 2 @ params["second"].T
    np.testing.assert_allclose(model(params, known.pairs), outputs, rtol=1e-12)
    loss = ((outputs - known.sums) ** 2).sum(1).mean() / 2
    assert model.loss(params, known) == pytest.approx(loss)
    right = (outputs.argmax(1) == known.sums.argmax(1)).mean()
    assert modular_addition.accuracy(model, params, known) == right


def test_squares_can_add():
    """Gromov's weights: with cosines of all frequencies and random phases the largest output is the sum."""
    modulus, hidden = 11, 500
    model = modular_addition.network(modulus, hidden, "float64")
    generator = np.random.default_rng(0)
    frequencies = 2 * np.pi * generator.integers(1, modulus, size=hidden) / modulus
    a, b = generator.uniform(0, 2 * np.pi, size=(2, hidden))
    numbers = np.arange(modulus)[:, None] * frequencies
    params = {
        "first": np.concatenate([np.cos(numbers + a), np.cos(numbers + b)]),
        "second": np.cos(-numbers - a - b),
    }
    known, others = modular_addition.split(modulus, 0.5, seed=0)
    assert modular_addition.accuracy(model, params, known) == 1
    assert modular_addition.accuracy(model, params, others) == 1


def test_the_expansion_is_what_integrals_give():
    """Two weights in a bent surface with a slope at w*, and the posterior's mean loss on a grid."""
    held, nbeta = 0.5, 1e4
    w, slope = np.array([0.3, -0.2]), np.array([2e-4, -1e-4])

    def loss(x, y):
        return x**2 + 0.5 * x * y + y**2 + x**3 - x * y**2 + 0.5 * x**4

    def gradient(v):
        x, y = v
        return np.array([2 * x + 0.5 * y + 3 * x**2 - y**2 + 2 * x**3, 0.5 * x + 2 * y - 2 * x * y])

    # U = L + a plane, so that its slope at w is as given, + a bowl of curvature κ around w.
    side = np.linspace(-0.06, 0.06, 801)
    x, y = np.meshgrid(side, side)
    rise = loss(w[0] + x, w[1] + y) - loss(*w)
    plane = slope - gradient(w)
    weights = np.exp(-nbeta * (rise + plane[0] * x + plane[1] * y + held * (x**2 + y**2) / 2))
    exact = nbeta * (weights * rise).sum() / weights.sum()

    found = laplace.expansion(gradient, w, held=held, slope=slope, nbeta=nbeta, probes=400, seed=0)
    assert abs(found.llc - exact) < 4 * found.stderr + 1e-3
    assert found.stderr < 0.01
    # Neither of the other terms is negligible here.
    assert min(abs(found.bend), abs(found.slope)) > 0.05


def test_without_slopes_the_expansion_counts_curvatures():
    generator = np.random.default_rng(0)
    orthogonal = np.linalg.qr(generator.normal(size=(200, 200)))[0]
    values = np.concatenate([np.zeros(120), np.geomspace(1e-3, 1, 80)])
    matrix = orthogonal * values @ orthogonal.T
    found = laplace.expansion(
        lambda v: matrix @ v, np.zeros(200), held=0.01, slope=np.zeros(200), nbeta=1.0, probes=20, seed=0
    )
    assert abs(found.llc - (values / (values + 0.01) / 2).sum()) < 4 * found.stderr
    assert found.stderr < 0.03 * found.llc


def checkpoint(step, train, test, llc):
    return {
        "step": step,
        "train_accuracy": train,
        "test_accuracy": test,
        "train_loss": 0.1,
        "test_loss": 0.2,
        "llc": llc,
        "stderr": 10.0,
    }


def expansion(llc):
    return {"curvature": llc - 90, "bend": 100.0, "slope": -10.0, "stderr": 5.0}


def student(seed=0):
    history = [
        checkpoint(0, 0.05, 0.05, -1e5),
        checkpoint(100, 1.0, 0.1, 1900.0),
        checkpoint(800, 1.0, 0.2, 2000.0),
        checkpoint(1200, 1.0, 0.7, 1700.0),
        checkpoint(1600, 1.0, 1.0, 1300.0),
    ]
    results = {"history": history, "by_heart": 2, "fall": 700.0, "fall_stderr": 15.0, "others": []}
    return Row(
        {"seed": seed, "others": []}, {**results, "expansions": [expansion(1980.0), expansion(1290.0)]}
    )


def test_by_heart_is_the_last_that_does_not_know_the_others():
    assert modular_students.by_heart(student().results["history"]) == 2
    assert modular_students.by_heart([checkpoint(0, 0.9, 0.1, 0), checkpoint(1, 1.0, 0.9, 0)]) is None


def test_what_is_right_passes_and_each_thing_that_is_wrong_fails():
    def passed(change):
        rows = [student(0), copy.deepcopy(student(1))]
        change(rows[1].results)
        return [check.passed for check in grokking.checks(rows, True)]

    assert passed(lambda results: None) == [True] * 4
    assert grokking.table([student()]).count("700 ± 15") == 1

    def never(results):
        results["history"][-1]["test_accuracy"] = 0.9

    def at_once(results):
        results["history"][1]["train_accuracy"] = results["history"][2]["train_accuracy"] = 0.9

    assert passed(never) == [False, False, True, True]
    assert passed(at_once) == [True, False, True, True]
    assert passed(lambda results: results.update(fall=60.0)) == [True, True, False, True]
    for wrong in ([expansion(2300), expansion(1290)], [expansion(1980), expansion(1100)]):
        assert passed(lambda results, wrong=wrong: results.update(expansions=wrong))[3] is False
    assert passed(lambda results: results.pop("by_heart"))[0] is False


def test_the_quick_protocol_groks_and_its_llc_falls(tmp_path, capsys):
    arguments = ["experiment", "grokking", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed.count("ok ") == 4 and "FAILED" not in printed
