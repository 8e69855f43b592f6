"""The experiment of the toy model of superposition."""

import copy

import numpy as np
import pytest

from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import superposition
from swiftllc.experiments.protocols.superposition import polygons
from swiftllc.experiments.protocols.superposition import students as polygon_students
from swiftllc.experiments.protocols.superposition.integral import integral

LEVELS = 100
#: Of Chen et al.; those of four corners are 1/9, 1/9 - 1/144 and 1/9 - 2/144, as one sees.
LOSSES = {"4--": 1 / 9, "4+-": 0.10417, "4++": 0.09722, "5-": 0.06874, "5+": 0.06180, "6": 0.04819}


@pytest.mark.parametrize("name", polygons.POLYGONS)
def test_the_polygons_are_critical_points_with_so_many_flat_directions(name):
    w = polygons.critical(name, LEVELS)
    model, X = polygons.network(), polygons.inputs(LEVELS)
    assert polygons.kind(w) == name
    assert model.loss(w, (X, X)) - polygons.CONSTANT == pytest.approx(polygons.loss(w, LEVELS), abs=1e-12)
    if name in LOSSES:
        assert polygons.loss(w, LEVELS) == pytest.approx(LOSSES[name], abs=1e-5)
    assert np.linalg.norm(model.gradient(w, (X, X)).flat) < 1e-12
    curvatures = np.linalg.eigvalsh(polygons.hessian(polygons.critical(name, 4000)))
    assert (abs(curvatures) < 1e-4).sum() == polygons.POLYGONS[name].flat
    assert curvatures.min() > -1e-4


def test_the_loss_in_numpy_is_the_models_anywhere():
    model, X = polygons.network(), polygons.inputs(LEVELS)
    points = np.random.default_rng(0).normal(size=(3, polygons.PARAMETERS))
    expected = [model.loss(w, (X, X)) - polygons.CONSTANT for w in points]
    np.testing.assert_allclose(polygons.loss(points, LEVELS), expected, rtol=1e-12)


def test_a_dead_feature_and_a_rotation_are_flat_as_far_as_the_box_goes():
    w = polygons.critical("5-", LEVELS)
    generator = np.random.default_rng(0)
    for _ in range(5):
        moved = w.copy()
        moved[[5, 11]] += generator.uniform(-0.16, 0.16, size=2)
        moved[17] += generator.uniform(-0.2, 0.2)
        turned = polygons.columns(moved) * np.exp(1j * generator.uniform(0, 7))
        moved = np.concatenate([turned.real, turned.imag, moved[12:]])
        assert polygons.loss(moved, LEVELS) == pytest.approx(polygons.loss(w, LEVELS), abs=1e-15)
    # Where the bias turns positive the loss falls at once.
    w[17] = 0.01
    assert polygons.loss(w, LEVELS) < polygons.loss(polygons.critical("5-", LEVELS), LEVELS) - 1e-3


@pytest.mark.parametrize("name", ["5+", "6"])
def test_the_integral_is_gaussian_where_the_posterior_is_narrow(name):
    nbeta, localization, levels = 1e4, 1e4, 400
    w = polygons.critical(name, levels)
    energies = nbeta * np.linalg.eigvalsh(polygons.hessian(w)).clip(0)
    expected = (energies / (energies + localization)).sum() / 2
    found = integral(name, w, levels, nbeta, localization, None)
    assert found.ess > 4000
    # Within its error, and 1 % for what is not quadratic.
    assert abs(found.mean - expected) < 4 * found.stderr + 0.01 * expected


def test_the_integral_in_a_box_counts_what_is_not_flat():
    found = integral("5-", polygons.critical("5-", 200), 200, 1e6 / np.log(1e6), 0.0, 0.2)
    assert found.mean == pytest.approx(7, abs=4 * found.stderr + 0.1)


def checkpoint(name, llc, excess=0.0, dead_bias=-1.0):
    w = polygons.critical(name, LEVELS, dead_bias)
    loss = polygon_students.polygon_loss(name, LEVELS) + excess
    return {"step": 1, "w": w.tolist(), "loss": loss, "llc": llc, "stderr": 0.1}


def student(*history):
    settings = {"training": {}, "levels": LEVELS, "estimate": {"n": 1e5, "box": 0.1}}
    return Row({**settings, "weights": 1.0, "seed": 0}, {"history": list(history)})


def test_a_plateau_is_where_the_loss_is_the_polygons_and_no_edge_is_near():
    nbeta = 1e5 / np.log(1e5)
    row = student(
        checkpoint("5-", 7.0),
        checkpoint("5-", 6.8, excess=0.2 / nbeta),
        checkpoint("5-", -9.0, excess=1e-3),
        checkpoint("5-", -50.0, dead_bias=-0.05),
    )
    found = polygon_students.plateau([row, row], "5-")
    assert found[:2] == (4, 2)
    assert found.llc == pytest.approx(7.0)
    assert found.stderr == pytest.approx(0.05)
    assert polygon_students.plateau([row], "6").checkpoints == 0
    assert polygon_students.stages(student(checkpoint("4--", 0), checkpoint("6", 0), checkpoint("6", 0))) == [
        ("4--", 1),
        ("6", 1),
    ]


def rows():
    """The quick ones as they should come out."""
    results = {"loss": 0, "stderr": 0.05, "acceptance": 0.6, "rank_rhat": 1, "ess": 999}
    exact = {"integral_stderr": 0.05, "integral_ess": 999}
    found = [
        Row(task.settings, {**results, **exact, "llc": llc + 0.05, "integral": llc})
        for task in superposition.tasks(True)
        if "polygon" in task.settings
        for llc in [polygons.POLYGONS[task.settings["polygon"]].llc]
    ]
    return [*found, student(checkpoint("5+", 8.5))]


def test_what_is_right_passes_and_each_thing_that_is_wrong_fails():
    def passed(of):
        return [check.passed for check in superposition.checks(of, True)]

    assert passed(rows()) == [True] * 4
    assert superposition.table(rows()).count("| 5+ |") == 2
    for change, expected in (
        (lambda of: of[0].results.update(llc=7.3), [False, True, True, True]),
        (lambda of: of[0].results.update(llc=7.5, integral=7.5), [True, False, True, True]),
        (lambda of: of[1].results.update(llc=7.9, integral=7.9), [True, True, False, True]),
        (lambda of: of[3].results["history"][0].update(llc=9.1), [True, True, True, False]),
        (lambda of: of[3].results["history"].clear(), [True, True, True, False]),
    ):
        wrong = copy.deepcopy(rows())
        change(wrong)
        assert passed(wrong) == expected


def test_the_quick_protocol_has_the_polygons_and_the_students(tmp_path, capsys):
    arguments = ["experiment", "superposition", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed.count("ok ") == 4 and "FAILED" not in printed
