"""The experiment of residual networks: its images, its measurements, and checks that a wrong result fails."""

import math

import numpy as np
import pytest
import scipy.stats

import swiftllc as sl
from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import resnet
from swiftllc.experiments.protocols.resnet import classifiers, images, last_layer, stability

DATA = {**resnet.QUICK_DATA, "training": 60, "test": 200}
NETWORK = {"blocks": [1, 1], "widths": [4, 8]}
TRAINING = {"lr": 0.1, "batch_size": 20, "momentum": 0.0, "weight_decay": 0.0, "epochs": 1, "seed": 0}


@pytest.fixture(scope="module")
def network():
    return classifiers.trained({"data": DATA, "network": NETWORK, "training": TRAINING}, lambda share: None)


def test_so_many_labels_are_random_and_the_images_stay():
    clean = images.load({**DATA, "training": 4000})
    noisy = images.load({**DATA, "training": 4000, "label_noise": 0.2})
    np.testing.assert_array_equal(clean.X, noisy.X)
    np.testing.assert_array_equal(clean.test_y, noisy.test_y)
    # One in four of the replaced labels is what it was; 4 standard deviations.
    expected = 0.2 * 3 / 4
    assert (clean.y != noisy.y).mean() == pytest.approx(expected, abs=4 * math.sqrt(expected / 4000))
    assert clean.X.mean() == pytest.approx(0, abs=1e-5) and clean.X.std() == pytest.approx(1, abs=1e-5)


def test_the_classes_can_be_told_apart_and_not_by_their_means():
    found = images.load({**DATA, "noise": 0.0, "training": 400})
    flat = found.X.reshape(400, -1)
    nearest = np.linalg.norm(flat[:, None] - flat[None], axis=2) + 1e9 * np.eye(400)
    assert (found.y[nearest.argmin(1)] == found.y).mean() > 0.95


def test_the_expected_loss_under_noise_is_the_mean_over_labels(network):
    classifier, params, found = network
    logits = classifier(params, found.test_X)
    loss, error = classifiers.expected(logits, found._replace(noise=0.3))
    by_class = [classifier.loss(params, (found.test_X, np.full_like(found.test_y, k))) for k in range(4)]
    true = classifier.loss(params, (found.test_X, found.test_y))
    assert loss == pytest.approx(0.7 * true + 0.3 * np.mean(by_class), rel=1e-5)
    assert error == pytest.approx(0.7 * (logits.argmax(1) != found.test_y).mean() + 0.3 * 0.75)


def test_the_trace_is_that_of_the_hessian():
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(50, 6)), generator.normal(size=(50, 3))
    model = sl.Model(sl.Linear(6, 3), input_shape=(6,), loss="mse", dtype="float64")
    # The mean over three outputs of squares: 2/3 of the second moments, for each output.
    block = 2 / 3 * np.append(X, np.ones((50, 1)), axis=1).T @ np.append(X, np.ones((50, 1)), axis=1) / 50
    probes = 400
    found = classifiers.hessian_trace(model, np.ones(21), model.dataset(X, y), probes)
    error = math.sqrt(2 * 3 * (np.sum(block**2) - np.sum(np.diag(block) ** 2)) / probes)
    assert found == pytest.approx(3 * np.trace(block), abs=4 * error)


def test_a_sample_does_not_see_the_others_and_sizes_before_norms_do_not_count(network):
    classifier, params, found = network
    np.testing.assert_allclose(
        classifier(params, found.X)[:1], classifier(params, found.X[:1]), rtol=1e-5, atol=1e-6
    )
    larger = {**params.to_dict(), "conv1.weight": 3 * params["conv1.weight"]}
    np.testing.assert_allclose(classifier(larger, found.X), classifier(params, found.X), rtol=1e-3, atol=1e-3)


def test_the_relative_metric_does_not_see_these_sizes_either(network):
    classifier, params, found = network

    def llc(metric, weights):
        chosen = {"localization": 4.0, "lr": 0.02, "friction": 8.0, "metric": metric}
        chosen |= {"num_chains": 2, "batch_size": 20, "steps": 200, "seed": 0}
        moved = classifier.parameters(weights)
        data = (found.X, found.y)
        return classifiers.estimate(classifier, moved, data, chosen, 1, lambda share: None)

    weights = params.to_dict()
    grown = {name: 2 * value if name.endswith("conv1.weight") else value for name, value in weights.items()}
    original, rescaled = classifiers.sizes(params), classifiers.sizes(grown)
    np.testing.assert_allclose(rescaled["conv1.weight"], 4 * original["conv1.weight"])
    np.testing.assert_allclose(rescaled["fc.weight"], original["fc.weight"])
    # Not the same chain: norms and biases, of one axis, have the mean size of the others.
    plain, moved = llc("relative", weights), llc("relative", grown)
    assert abs(plain["llc"] - moved["llc"]) < 4 * math.hypot(plain["stderr"], moved["stderr"])


def test_the_closed_form_of_the_last_layer_is_that_of_its_hessian(network):
    _, params, found = network
    model = classifiers.model(NETWORK, found, loss="mse")
    phi = last_layer.features(model, params, found.X)
    both = np.concatenate([params["fc.weight"], params["fc.bias"][:, None]], axis=1)
    np.testing.assert_allclose(phi @ both.T, model(params, found.X), atol=1e-5)

    targets = model(params, found.X)
    curvature = last_layer.curvatures(phi, np.ones(phi.shape[1]), 4)
    generator = np.random.default_rng(0)
    moved = params.to_dict()
    step = generator.normal(size=both.shape)
    moved["fc.weight"] = moved["fc.weight"] + step[:, :-1]
    moved["fc.bias"] = moved["fc.bias"] + step[:, -1]
    hessian = 2 / 4 * phi.T @ phi / len(phi)
    expected = sum(row @ hessian @ row for row in step) / 2
    assert model.loss(moved, (found.X, targets)) == pytest.approx(expected, rel=1e-4)
    assert curvature.sum() == pytest.approx(4 * np.trace(hessian))
    value = 4 / 2 * np.trace(50 * hessian @ np.linalg.inv(50 * hessian + 3 * np.eye(len(hessian))))
    assert last_layer.closed_form(curvature, 50.0, 3.0) == pytest.approx(value)


def estimated(llc, stderr=0.5, **others):
    return {"llc": llc, "stderr": stderr, "rank_rhat": 1.0, "acceptance": 0.95, **others}


def sampled(seed=0, of_sgld=0.0, of_step=0.5, noise=1.0):
    """Rows of a network whose λ̂ is 20, to which SGLD adds in proportion to its step."""
    generator = np.random.default_rng(seed)
    added = {
        stability.UNDERDAMPED: 0.0,
        stability.SGLD: of_sgld + of_step,
        stability.HALF: of_sgld + of_step / 2,
    }
    return [
        Row(
            {"kind": "stability", "way": way, "estimate": {"localization": 300.0}},
            estimated(20 + more + noise * 0.5 * generator.normal()),
        )
        for way, more in added.items()
        for _ in range(stability.SEEDS)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_samplers_agree_where_they_differ_by_their_step_alone(seed):
    assert all(check.passed for check in stability.checks(sampled(seed)))


def test_a_sampler_of_another_posterior_and_seeds_that_disagree_fail():
    # Twice the combined error is 1.4; 5 of it is 3.6 at least with noise of its own.
    apart, _ = stability.checks(sampled(of_sgld=6.0))
    assert not apart.passed
    _, spread = stability.checks(sampled(noise=6.0))
    assert not spread.passed


def test_a_chain_that_diverged_fails():
    rows = sampled()
    rows[0].results["llc"] = None
    assert not all(check.passed for check in stability.checks(rows))


@pytest.mark.parametrize("freedom", [3, 6, 20])
def test_the_largest_spread_is_a_quantile(freedom):
    expected = 1.25 * math.sqrt(scipy.stats.chi2.ppf(1 - 1e-4, freedom) / freedom)
    assert stability.largest_spread(freedom) == pytest.approx(expected, rel=0.02)


def rows_of(train_error=0.0, llc=20.0, last=5.0, rank_rhat=1.0):
    """All kinds, with a network that was trained so far."""
    found = {**estimated(llc), "rank_rhat": rank_rhat}
    networks = [
        Row(
            {"kind": "network", "training": {**resnet.BASE, "lr": lr, "seed": 0}},
            {
                "isotropic": found,
                "relative": estimated(10.0),
                "train_loss": 0.01,
                "test_loss": 0.1,
                "train_error": train_error,
                "test_error": 0.05,
                "weight_norm": 10.0,
            },
        )
        for lr in (0.05, 0.1)
    ]
    alone = Row({"kind": "last layer", "way": "SGLD"}, estimated(last, 0.1, exact=5.0))
    return [*networks, *sampled(), alone]


def test_a_good_result_passes_and_a_wrong_one_fails():
    def failed(**wrong):
        return [check.name for check in resnet.checks(rows_of(**wrong), False) if not check.passed]

    assert failed() == []
    assert len(failed(train_error=0.1)) == len(failed(llc=-1.0)) == len(failed(llc=None)) == 1
    assert len(failed(last=5.5)) == len(failed(rank_rhat=1.2)) == 1


def test_the_table_has_every_network_of_a_series():
    text = resnet.table(rows_of())
    assert "| 0.05 | 20.00 ± 0.50 | 10.00 ± 0.50 |" in text and "| 0.1 |" in text
    assert "last layer alone" in text and stability.HALF in text


def test_the_quick_protocol_agrees_with_the_closed_form_and_itself(tmp_path, capsys):
    arguments = ["experiment", "resnet", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert "FAILED" not in capsys.readouterr().out
