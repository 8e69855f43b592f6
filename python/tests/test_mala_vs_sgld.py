"""The experiment of SGLD against MALA around a ReLU network."""

import math

import numpy as np
import pytest

import swiftllc as sl
from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import mala_vs_sgld
from swiftllc.experiments.protocols.mala_vs_sgld import chains as relu_chains
from swiftllc.experiments.protocols.mala_vs_sgld import comparison, threefry
from swiftllc.experiments.protocols.mala_vs_sgld import network as relu_network
from swiftllc.experiments.protocols.mala_vs_sgld import tables as sampler_tables

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [  # the known answers of Random123
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((ONES, ONES), (ONES, ONES), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_has_its_known_answers(key, counter, expected):
    words = [np.array([word], np.uint32) for word in counter]
    found = threefry.encrypted(np.array(key, np.uint32), *words)
    assert tuple(int(word[0]) for word in found) == expected


def test_the_numbers_are_those_of_jax():
    # jax.random with jax_threefry_partitionable off: split, normal and truncated_normal(-2, 2).
    halves = [[4146024105, 967050713], [2718843009, 1272950319]]
    np.testing.assert_array_equal(threefry.split(threefry.key(0)), halves)
    normals = [1.8160863, -0.75488514, 0.33988908, -0.53483534]
    np.testing.assert_allclose(threefry.normal(threefry.key(0), 4), normals, rtol=1e-5)
    cut_off = [-0.6731238, -1.8335071, 0.2569962, -0.40614447]
    np.testing.assert_allclose(threefry.normal(threefry.key(3), 4, cut_off=2), cut_off, rtol=1e-5)


def test_the_published_network():
    weights = relu_network.weights(0)
    np.testing.assert_allclose(weights["0.weight"][0, :3], [0.00539113, 0.3572522, -0.01935708], rtol=1e-4)
    np.testing.assert_allclose(weights["2.bias"][:3], [0.3012504, -1.7044889, -1.7008433], rtol=1e-5)
    assert not weights["4.bias"].any()
    assert not relu_network.weights(0, "zero")["0.bias"].any()
    assert abs(weights["2.weight"]).max() < 2 / math.sqrt(20)


def test_the_curvatures_are_those_of_the_gradient():
    weights = relu_network.weights(0)
    X, _ = relu_network.inputs_and_order(40)
    model = sl.Model(sl.models.mlp(relu_network.WIDTHS), input_shape=(10,), loss="mse", dtype="float64")
    center = model.parameters(weights).flat
    data = model.dataset(X, model(weights, X))
    # Columns of the Hessian, by central differences of steps so small that no unit switches.
    columns = [
        (model.gradient(center + shift, data).flat - model.gradient(center - shift, data).flat) / 2e-7
        for shift in 1e-7 * np.eye(len(center))
    ]
    expected = np.linalg.eigvalsh(np.array(columns))
    np.testing.assert_allclose(relu_network.eigenvalues(weights, X), expected, atol=1e-4 * expected[-1])


def test_the_quadratic_follows_the_chain():
    curvatures, nbeta, localization, lr = np.array([0.0, 0.01, 1.0, 20.0]), 50.0, 3.0, 1e-3
    stiffness = nbeta * curvatures + localization
    variance, sums = np.zeros(4), np.zeros(4)
    for _ in range(1000):
        sums += variance
        variance = (1 - lr * stiffness / 2) ** 2 * variance + lr
    expected = nbeta * (curvatures * sums).sum() / 1000 / 2
    assert relu_network.quadratic(curvatures, nbeta, localization, lr, 1000) == pytest.approx(expected)
    settled = relu_network.quadratic(curvatures, nbeta, localization, lr)
    assert relu_network.quadratic(curvatures, nbeta, localization, lr, 10**8) == pytest.approx(
        settled, rel=1e-3
    )
    assert relu_network.quadratic(curvatures, nbeta, localization) == pytest.approx(
        sum(nbeta * c / h / 2 for c, h in zip(curvatures, stiffness, strict=True))
    )


def test_the_chain_as_published_is_that_of_the_library():
    settings = {**mala_vs_sgld.PROTOCOL, "n": 32, "steps": 500, "lr": 1e-4, "run": 3}
    driven = relu_chains.published_sgld(settings, 1, lambda share: None)
    model, weights, data = relu_chains.problem(settings)
    result = sl.estimate_llc(
        model,
        weights,
        data,
        sampler=sl.SGLD(lr=1e-4, localization=1.0),
        num_chains=1,
        num_draws=50,
        num_burnin_steps=0,
        num_steps_bw_draws=10,
        batch_size=32,
        seed=3,
        progress=False,
    )
    # All samples are one batch, so that both ways to measure a draw are the same too.
    for name in relu_chains.MEASURED[1:]:
        assert driven[name] == pytest.approx(result.llc, rel=1e-3)


def test_a_step_that_is_too_large_is_no_number():
    settings = {**mala_vs_sgld.PROTOCOL, "n": 64, "steps": 500, "lr": 1.0, "run": 0}
    assert relu_chains.published_sgld(settings, 1, lambda share: None) == {"llc": None}


def rows(sgld=1.0, mala=1.0, small=1.0, apart=1.2, settled=0.0, rhat=1.0):
    """All that the full protocol measures, λ̂ of SGLD and MALA so many times the published ones."""
    generator = np.random.default_rng(0)
    made = []
    for task in mala_vs_sgld.tasks(False):
        settings, chain = task.settings, task.settings["chain"]
        n = settings["n"]
        if chain in ("settled", "heated"):
            llc = 50.0 + (settled if settings["sampler"] == "SGLD" else 0.0)
            results = {"llc": llc, "stderr": 0.5, "noise_bias": 0.0, "step_bias": 0.0}
            results |= {"acceptance": 0.9, "rank_rhat": rhat}
        elif chain == "curvatures":
            results = {"settled": 400.0, "run": 300.0}
        else:
            published = comparison.PUBLISHED["MALA" if chain == "SGLD" else chain][n]
            scale = {"published SGLD": sgld, "MALA": mala, "SGLD": small}[chain]
            values = scale * published.value * (1 + 0.01 * generator.normal(size=4))
            results = {"llc": values.tolist() if chain == "SGLD" else values[0], "acceptance": 0.9}
            for name in relu_chains.MEASURED:
                results |= {name: apart * values[0], f"{name}, second half": values[0]}
            if settings.get("variant") == "loss summed over the outputs" and n > 10_000:
                results = {"llc": None}
        made.append(Row(settings, results))
    return made


def failed(found):
    return [check.name for check in comparison.checks(found, False) if not check.passed]


def test_results_as_published_pass():
    assert failed(rows()) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sgld": 1.07}, "SGLD: worst share"),
        ({"mala": 0.93}, "MALA: worst share"),
        ({"sgld": 1.3}, "SGLD: worst deviation"),
        ({"small": 1.2}, "MALA and small steps"),
        ({"apart": 1.0}, "SGLD on new batches"),
        ({"settled": 4.0}, "deviation from HMC"),
        ({"rhat": 1.2}, "worst rank R-hat"),
    ],
)
def test_a_wrong_result_fails(wrong, words):
    assert any(words in name for name in failed(rows(**wrong)))


def test_the_tables_show_every_chain():
    text = sampler_tables.table(rows())
    assert "diverged" in text and "| 100000 |" in text and "the network of key 4" in text
    assert text.count("UnderdampedLangevin") == 3


def test_the_quick_protocol_agrees(tmp_path, capsys):
    arguments = ["experiment", "mala-vs-sgld", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert capsys.readouterr().out.count("ok  ") == 4
