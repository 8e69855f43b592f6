"""The experiment of λ̂ over grids of settings."""

import math

import numpy as np
import pytest

import swiftllc as sl
from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import sensitivity
from swiftllc.experiments.protocols.sensitivity import maps as sensitivity_maps
from swiftllc.experiments.protocols.sensitivity import networks as small_networks
from swiftllc.experiments.protocols.sensitivity import results


def test_the_most_that_a_step_adds_is_what_it_adds_where_all_directions_are_as_stiff():
    generator = np.random.default_rng(0)
    directions, step = 40, 0.25  # εh
    x = generator.normal(size=(50_000, directions)) / math.sqrt(1 - step / 4)
    moved = (1 - step / 2) * x + math.sqrt(step) * generator.normal(size=x.shape)
    logarithms = -step / 8 * (moved**2 - x**2).sum(axis=1)
    acceptance = float(np.minimum(1, np.exp(logarithms)).mean())
    added = float((x**2).mean()) - 1
    assert results.step_bias(acceptance, directions) == pytest.approx(added, rel=0.05)


def test_less_is_added_where_some_are_stiffer():
    steps = np.concatenate([np.full(10, 0.4), np.full(90, 0.05)])
    added = float((1 / (1 - steps / 4)).mean()) - 1
    sigma = math.sqrt(float((steps**3).sum()) / 16)
    acceptance = 0.5 + math.exp(sigma**2 / 2) * 0.5 * math.erfc(sigma / math.sqrt(2))
    assert 2 * added < results.step_bias(acceptance, 100) < 0.2


def test_the_ends_of_the_acceptance():
    assert results.step_bias(1.0, 10) == 0
    assert results.step_bias(0.45, 10) == math.inf
    assert results.step_bias(0.99, 100) < results.step_bias(0.9, 100) < results.step_bias(0.9, 10)


def test_the_deep_linear_network_is_at_its_minimum():
    found = small_networks.network("deep linear", small_networks.NETWORKS["deep linear"])
    exact = sl.theory.dln([8, 6, 7, 5], 3)
    assert found.exact == (float(exact.value), exact.multiplicity)
    assert found.model.loss(found.params, found.data) < 1e-12


@pytest.mark.parametrize("name", ["convolutions", "transformer"])
def test_the_others_are_trained_on_what_can_be_learnt(name):
    settings = {**small_networks.NETWORKS[name], "n": 500, "training": [[3e-3, 1000, 50]]}
    found = small_networks.network(name, settings)
    guess = math.log(settings.get("classes") or settings["vocabulary"])
    assert found.model.loss(found.params, found.data) < 0.9 * guess
    assert small_networks.network(name, settings) is found


def swept(settings, calibrated, excess, acceptances, plateau):
    """What a sweep finds: λ̂ by the localization, and more of it where few moves are accepted."""
    points = []
    axes = (settings["lr"], settings["localization"], settings["nbeta"])
    for lr in axes[0]:
        for localization in axes[1]:
            for nbeta in axes[2]:
                accepted = max(0.1, 1 - acceptances * lr / max(axes[0]))
                share = excess * (1 - accepted) if accepted < 0.9 else 0.0
                diverged = lr == max(axes[0]) and localization == max(axes[1])
                points.append(
                    {
                        "lr": lr,
                        "localization": localization,
                        "nbeta": nbeta,
                        "llc": None if diverged else calibrated(localization, nbeta) * (1 + share),
                        "stderr": None if diverged else 0.2,
                        "acceptance": None if diverged else accepted,
                        "rhat": None if diverged else 1.01,
                        "diverged": diverged,
                        "reason": "",
                        "plateau": plateau and accepted >= 0.9,
                    }
                )
    inside = [number for number, point in enumerate(points) if point["plateau"]]
    return {"points": points, "advice": "", "best": inside[0] if inside else None}


def rows(quick=False, excess=1.0, acceptances=0.5, plateau=True, hmc=1.0, cold=1.0, sgld=1.0):
    """All that is measured; each argument is what one part of it is multiplied by."""

    def law(localization, nbeta):
        return 18.0 * nbeta**0.01 / 1e5**0.01 * (1 + (localization or 5.0) / 1000)

    made = []
    for task in sensitivity.tasks(quick):
        settings = task.settings
        if settings["map"] in ("calibrated", "HMC"):
            llc = law(settings["localization"], settings["nbeta"])
            llc *= hmc if settings["map"] == "HMC" else (cold if settings["nbeta"] == 1e5 else 1.0)
            found = {"llc": llc, "stderr": 0.1, "acceptance": 0.95, "rhat": 1.0, "gradient_norm": 0.0}
            found |= {"lr": 0.01, "friction": 5.0, "localization": settings["localization"] or 5.0}
            found |= {"batch_size": 2000, "curvature": 1.0, "step_of_sgld": 1e-3}
            found |= {"exact": [18.0, 2] if settings["network"] == "deep linear" else None}
        else:
            found = swept(settings, lambda *at: sgld * law(*at), excess, acceptances, plateau)
        made.append(Row(settings, found))
    return made


def failed(found):
    return [check.name for check in results.checks(found, True) if not check.passed]


@pytest.mark.parametrize("quick", [False, True])
def test_what_should_come_out_passes(quick):
    assert failed(rows(quick)) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hmc": 1.1}, "errors beyond 2 % of HMC"),
        ({"cold": 0.9}, "errors beyond 2 % of λ"),
        ({"sgld": 1.2}, "plateau, errors beyond 7 %"),
        ({"plateau": False}, "plateau, errors beyond 7 %"),
        ({"excess": -1.0}, "share of pairs that acceptance orders"),
        ({"acceptances": 0.01}, "share of pairs that acceptance orders"),
        ({"sgld": 1.3}, "errors above what a step can add"),
    ],
)
def test_a_wrong_result_fails(wrong, words):
    assert any(words in name for name in failed(rows(**wrong)))


def test_the_tables_and_the_figure_show_every_map(tmp_path):
    text = sensitivity_maps.table(rows())
    assert all(name in text for name in small_networks.NETWORKS)
    assert "diverged" in text and "Lengths" in text and "Batches" in text
    assert sensitivity_maps.table(rows(plateau=False)).count("none") == 4
    pytest.importorskip("matplotlib")
    sensitivity_maps.figure(rows(quick=True), tmp_path / "maps.png")
    assert (tmp_path / "maps.png").stat().st_size > 10_000


def test_the_quick_protocol_has_its_plateaus(tmp_path, capsys):
    arguments = ["experiment", "sensitivity", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    assert capsys.readouterr().out.count("ok  ") == 8
