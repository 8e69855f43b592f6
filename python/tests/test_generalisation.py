"""The experiment of the generalisation gap: its statistics, and what it takes over from another one."""

import math

import numpy as np
import pytest
import scipy.stats

from swiftllc import command_line
from swiftllc.experiments.experiment import Experiment, Row
from swiftllc.experiments.protocols import generalisation
from swiftllc.experiments.protocols.generalisation import rank_correlations as correlations
from swiftllc.experiments.record import Record
from swiftllc.experiments.running import run


def pairs(seed, count=30, levels=None, rho=0.5):
    """Two columns of this correlation; of so many levels each, so that there are ties."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=count)
    y = rho * x + math.sqrt(1 - rho**2) * generator.normal(size=count)
    return (x, y) if levels is None else (np.round(levels * x), np.round(levels * y))


@pytest.mark.parametrize("levels", [None, 1, 3])
@pytest.mark.parametrize("seed", range(5))
def test_the_statistics_are_those_of_scipy(levels, seed):
    x, y = pairs(seed, levels=levels)
    assert correlations.spearman(x, y) == pytest.approx([scipy.stats.spearmanr(x, y).statistic])
    assert correlations.kendall(x, y) == pytest.approx([scipy.stats.kendalltau(x, y).statistic])


def test_rows_that_count_several_times_are_as_if_they_were_there_so_often():
    x, y = pairs(0, levels=3)
    given = pairs(1, levels=3)[0]
    counts = np.random.default_rng(0).multinomial(len(x), np.full(len(x), 1 / len(x)), size=5)
    drawn = [tuple(np.repeat(column, times) for column in (x, y, given)) for times in counts]
    for name, columns in (("kendall", 2), ("spearman", 2), ("partial_spearman", 3)):
        statistic = getattr(correlations, name)
        expected = [statistic(*rows[:columns])[0] for rows in drawn]
        np.testing.assert_allclose(statistic(*(x, y, given)[:columns], counts), expected)


def test_a_constant_column_has_no_correlation():
    assert np.isnan(correlations.spearman([1, 1, 1], [1, 2, 3]))
    assert np.isnan(correlations.kendall([1, 1, 1], [1, 2, 3]))
    assert str(correlations.interval(correlations.kendall, [1, 1, 1], [1, 2, 3])) == "–"


def test_the_partial_correlation_is_that_of_the_residuals():
    x, y = pairs(0)
    given = x + y + np.random.default_rng(1).normal(size=len(x))
    of_x, of_y, of_given = (scipy.stats.rankdata(values) for values in (x, y, given))

    def residual(values):
        return values - np.polyval(np.polyfit(of_given, values, 1), of_given)

    expected = np.corrcoef(residual(of_x), residual(of_y))[0, 1]
    assert correlations.partial_spearman(x, y, given) == pytest.approx([expected])
    assert np.isnan(correlations.partial_spearman(x, y, x))


def test_what_only_a_third_explains_is_gone_when_that_is_fixed():
    generator = np.random.default_rng(0)
    given = generator.normal(size=2000)
    x, y = given + generator.normal(size=2000), given + generator.normal(size=2000)
    assert correlations.spearman(x, y) > 0.4
    # 4 standard errors of a correlation of 0; ranks of normal values are nearly linear in them.
    assert abs(correlations.partial_spearman(x, y, given)) < 4 / math.sqrt(2000) + 0.02


@pytest.mark.parametrize("statistic", ["kendall", "spearman"])
def test_the_interval_covers_the_truth_as_often_as_it_says(statistic):
    # Of a bivariate normal law: τ = 2 arcsin(r)/π, ρ = 6 arcsin(r/2)/π.
    truth = {"kendall": 2 / math.pi * math.asin(0.5), "spearman": 6 / math.pi * math.asin(0.25)}[statistic]
    found = [
        correlations.interval(getattr(correlations, statistic), *pairs(seed, 50), resamples=200)
        for seed in range(100)
    ]
    covered = sum(low <= truth <= high for _, low, high in found)
    # The percentile bootstrap covers a little less than 95 % at 50; 4 standard deviations of 0.93 of 100.
    assert covered >= 93 - 4 * math.sqrt(100 * 0.93 * 0.07)
    assert np.mean([high - low for _, low, high in found]) < 0.6


def rows_of(count=20, **wrong):
    """Networks of both kinds, whose gap rises with λ̂ and has nothing to do with the gradient."""
    generator = np.random.default_rng(0)
    rows = []
    for kind in ({"blocks": [1]}, {"hidden": [32, 32]}):
        for number in range(count if "blocks" in kind else 3 * count):
            llc = float(10 + number)
            result = {"llc": llc, "stderr": 0.5, "rank_rhat": 1.0, "acceptance": 0.95}
            rows.append(
                Row(
                    {"network": kind, "data": {"label_noise": 0.1 * (number % 2)}},
                    {
                        "isotropic": {**result, **wrong},
                        "relative": result,
                        "train_loss": float(generator.normal()),
                        "train_error": 0.0,
                        "test_loss": 5 + 0.1 * llc,
                        "test_error": 0.1 + 0.001 * llc,
                        "weight_norm": 1.0 + number,
                        "distance": 1.0,
                        "gradient_norm": float(generator.normal()),
                        "hessian_trace": 1.0 + number,
                    },
                )
            )
    return rows


def test_a_gap_that_rises_with_llc_is_found_and_one_that_does_not_is_not():
    dense = generalisation.groups(rows_of())[generalisation.DENSE]
    tau, rho, at_fixed = generalisation.correlations(dense, "λ̂, isotropic", "error")
    assert tau.value == rho.value == pytest.approx(1.0) and at_fixed.value > 0.99
    tau, *_ = generalisation.correlations(dense, "norm of the gradient", "error")
    assert tau.low < 0 < tau.high
    *_, at_fixed = generalisation.correlations(dense, "train loss", "error")
    assert math.isnan(at_fixed.value)


def test_the_groups_are_kinds_and_shares_of_random_labels():
    sizes = {name: len(found) for name, found in generalisation.groups(rows_of()).items()}
    assert sizes == {
        "ResNet": 20,
        "two hidden layers": 60,
        "two hidden layers, 0 % of the labels random": 30,
        "two hidden layers, 10 % of the labels random": 30,
    }
    text = generalisation.table(rows_of())
    assert text.count("| λ̂, isotropic | +") == 4


@pytest.mark.parametrize(
    "wrong", [{"llc": None}, {"llc": math.nan}, {"llc": -1.0}, {"rank_rhat": 1.2}, {"acceptance": 0.5}]
)
def test_networks_that_were_not_measured_well_fail(wrong):
    assert all(check.passed for check in generalisation.checks(rows_of(), False))
    assert not all(check.passed for check in generalisation.checks(rows_of(**wrong), False))


def test_too_few_networks_fail():
    assert not all(check.passed for check in generalisation.checks(rows_of(10), False))


def test_no_correlation_passes_too():
    rows = rows_of()
    for row in rows:
        row.results["test_loss"] = float(np.random.default_rng(int(row.results["weight_norm"])).normal())
    assert all(check.passed for check in generalisation.checks(rows, False))


def test_what_the_other_experiment_has_measured_is_taken_from_there(tmp_path):
    task = generalisation.tasks(True)[0]
    assert generalisation.recorded(task.settings, tmp_path) is None
    Record(tmp_path / "resnet-quick.json", "resnet").add(task, {"llc": 1.0}, 7.0)
    record = Record(tmp_path / "generalisation-quick.json", "generalisation")
    run(Experiment.of(generalisation), [task], record, 1, "generalisation")
    assert record.row(task).results == {"llc": 1.0}
    assert generalisation.recorded({**task.settings, "kind": "other"}, tmp_path) is None


def test_a_record_of_another_version_is_not_used(tmp_path):
    (tmp_path / "resnet.json").write_text('{"experiment": "resnet", "swiftllc": "0", "rows": []}')
    assert generalisation.recorded(generalisation.tasks(True)[0].settings, tmp_path) is None


def test_the_quick_protocol_prints_correlations(tmp_path, capsys):
    arguments = ["experiment", "generalisation", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    text = capsys.readouterr().out
    assert "FAILED" not in text and "| λ̂, isotropic | " in text
