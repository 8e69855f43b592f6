"""The experiment of deep linear networks, and the networks."""

import math

import numpy as np
import pytest
from scipy import stats

import swiftllc as sl
from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import dln
from swiftllc.experiments.protocols.dln.networks import (
    CLASSES,
    conditioned,
    jacobian_rank,
    network,
    published,
)


@pytest.mark.parametrize("seed", range(4))
def test_conditioned_factors_have_one_rank_and_keep_it(seed):
    generator = np.random.default_rng(seed)
    widths = generator.integers(5, 20, size=5).tolist()
    factors, ranks = conditioned(widths, generator)
    assert len(set(ranks)) == 1
    for factor in [*factors, np.linalg.multi_dot(factors[::-1])]:
        values = np.linalg.svd(factor, compute_uv=False)
        assert (values > 0.4).sum() == ranks[0]
        assert (values[ranks[0] :] < 1e-10).all()


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("draw", [conditioned, published])
def test_the_rank_of_the_jacobian_is_that_of_the_factors(draw, seed):
    generator = np.random.default_rng(seed)
    widths = generator.integers(2, 9, size=generator.integers(3, 6)).tolist()
    factors, ranks = draw(widths, generator)
    assert [np.linalg.matrix_rank(factor) for factor in factors] == ranks
    exact = float(sl.theory.dln(widths, min(ranks)).value)
    bound = float(sl.theory.dln_local_bound(factors).value)
    assert max(exact, jacobian_rank(widths, ranks) / 2) == bound


def test_published_factors_are_cut_half_of_the_time_and_have_xaviers_size():
    generator = np.random.default_rng(0)
    factors, ranks = published([30] * 401, generator)
    cut = sum(rank < 30 for rank in ranks)
    # A rank uniform on 0 ... 30 is 30 once in 31 times.
    assert abs(cut - 200 * 30 / 31) < 4 * math.sqrt(400 / 4)
    whole = [factor for factor, rank in zip(factors, ranks, strict=True) if rank == 30]
    assert np.std(whole) == pytest.approx(math.sqrt(2 / 60), rel=0.02)


@pytest.mark.parametrize("truth", dln.TRUTHS)
def test_a_network_is_at_its_truth_and_of_its_class(truth):
    for seed in range(5):
        found = network("1K", dln.TRUTHS[truth], seed)
        assert 3 <= len(found.widths) <= 5 and min(found.widths) >= 5 and max(found.widths) < 50
        assert found.model.loss(found.params, found.samples(100)) == 0
        assert found.exact == float(sl.theory.dln(found.widths, found.rank).value)
        assert found.bound == found.exact if truth == "exact" else found.bound >= found.exact
        assert found.nbeta == pytest.approx(1e5 / math.log(1e5))


def test_a_network_may_be_of_more_samples_than_its_class():
    found = network("1K", conditioned, 0, 10_000_000)
    assert found.nbeta == pytest.approx(1e7 / math.log(1e7))
    assert (found.params.flat == network("1K", conditioned, 0).params.flat).all()
    more = Row({"class": "10M", "truth": "exact", "seed": 0, "sampler": "moments", "n": 10**7}, {})
    wanted = dln.samplings("10M", dln.FULL["10M"], "moments")
    assert [settings["n"] for settings in wanted] == [10**6, 10**7]
    assert dln.Part.of(more) == ("exact", "10M", 10**7, "moments")


def test_layers_that_the_localization_lets_go_stretch_by_the_gain():
    found = network("1K", conditioned, 0)._replace(widths=[60] * 6)
    deviation = found.localization(20.0) ** -0.5
    vectors = np.random.default_rng(0).normal(size=(60, 4000))
    length = np.linalg.norm(vectors)
    for seed in range(5):
        vectors = np.random.default_rng([0, seed]).normal(size=(60, 60)) * deviation @ vectors
    assert np.linalg.norm(vectors) / length == pytest.approx(20, rel=0.2)


def test_as_many_samples_as_inputs_have_the_loss_of_all():
    found = network("1K", conditioned, 3)
    few, all_of_them = found.moments(20_000), found.samples(20_000)
    assert few[0].shape == (found.widths[0],) * 2
    generator = np.random.default_rng(0)
    for distance in (0.01, 1.0):
        params = found.params.flat + distance * generator.normal(size=found.params.flat.size)
        losses = [found.model.loss(params, data) for data in (few, all_of_them)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-5)
        gradients = [found.model.gradient(params, data).flat for data in (few, all_of_them)]
        np.testing.assert_allclose(*gradients, rtol=0, atol=1e-5 * abs(gradients[1]).max())


def row(name, truth, sampler, seed, exact, llc, bound=None):
    settings = {"class": name, "truth": truth, "seed": seed, "sampler": sampler}
    results = {"parameters": 1000, "exact": exact, "bound": bound or exact, "llc": llc}
    return Row(settings, results)


def rows(errors, truth="exact", name="1K"):
    """Calibrated networks whose λ̂ are so far from λ."""
    return [
        row(name, truth, "moments", seed, 100.0 * (seed + 1), 100.0 * (seed + 1) * (1 + error))
        for seed, error in enumerate(errors)
    ]


def failed(found, quick=False):
    return [check.name for check in dln.checks(found, quick) if not check.passed]


def test_what_comes_out_wrong_fails():
    right = rows([0.01, -0.01, 0.012, 0.3] * 5)
    assert failed(right, True) == ["1K, all samples: pairs in order"]  # 0.3 moves some past others
    assert failed(rows([0.01, -0.01] * 10), True) == []
    assert failed(rows([0.016, -0.016] * 10), True) == ["1K, all samples: median |relative error|"]
    assert failed(rows([0.04] * 3, name="10M")) == []
    assert failed(rows([0.06] * 3, name="10M")) == ["10M, all samples: median |relative error|"]
    assert failed(rows([-0.6, 0.6], truth="published")) == []
    assert failed(rows([-0.9, 0.8], truth="published")) == [
        "1K, all samples: largest (λ - λ̂)/λ",
        "1K, all samples: least (λ - λ̂)/λ",
    ]
    gone = row("1K", "exact", "moments", 99, 5.0, None)
    assert failed([*rows([0.0] * 10), gone]) == ["chains that diverged"]


def test_the_share_of_pairs_in_order_is_kendalls():
    generator = np.random.default_rng(0)
    errors = dln.Errors(rows(generator.normal(size=30)))
    tau = stats.kendalltau(errors.exact, errors.llc).statistic
    assert errors.order == pytest.approx((tau + 1) / 2)


def test_the_table_has_a_line_for_each_part_and_both_values_of_published_truths():
    found = [
        *rows([0.01, 0.02]),
        row("1K", "exact", "SGLD", 0, 100.0, 70.0),
        row("1K", "published", "moments", 0, 100.0, 130.0, bound=125.0),
    ]
    lines = dln.table(found).splitlines()
    assert len(lines) == 5
    assert "| 1.50 % |" in lines[2] and "| 30.00 % |" in lines[3]
    assert "| 30.00 % / 4.00 % |" in lines[4]


def test_the_full_protocol_has_what_it_says():
    tasks = dln.tasks(False)
    networks = {
        tuple(task.settings[key] for key in ("class", "seed"))
        for task in tasks
        if (task.settings["truth"], task.settings["sampler"]) == ("exact", "moments")
    }
    count = {name: sum(network[0] == name for network in networks) for name in CLASSES}
    assert count == {"1K": 100, "10K": 100, "100K": 30, "1M": 10, "10M": 3, "100M": 1}
    assert {task.settings["class"] for task in tasks if task.alone} == {"1M", "10M", "100M"}


def test_only_a_class_and_no_other_word(tmp_path, capsys):
    arguments = ["experiment", "dln", "--quick", "--output", str(tmp_path), "--only"]
    assert command_line.main([*arguments, "2K"]) == 2
    assert "--only is 2K; dln-quick has these groups: 1K." in capsys.readouterr().err


def test_the_quick_protocol_has_the_accuracy(tmp_path, capsys):
    arguments = ["experiment", "dln", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert "FAILED" not in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["dln-quick.json"]
