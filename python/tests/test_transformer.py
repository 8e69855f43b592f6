"""The experiment of transformers: their data, their stages, and samplers that have to agree."""

import copy
import math

import numpy as np
import pytest

import swiftllc as sl
from swiftllc import command_line
from swiftllc.experiments.experiment import Row
from swiftllc.experiments.protocols import transformer
from swiftllc.experiments.protocols.transformer import cases as small_transformers
from swiftllc.experiments.protocols.transformer import in_context, stages, text
from swiftllc.experiments.protocols.transformer import samplers as transformer_samplers
from swiftllc.experiments.protocols.transformer import training as transformer_training

STEPS = transformer_training.log_spaced(4, 4000, 27)


def test_the_corpus_is_a_text_of_letters_and_single_spaces():
    content = text.corpus()
    assert len(content) > 300_000
    assert set(content) == set(text.CHARACTERS) and "  " not in content
    assert content.startswith("the assert statement")
    assert "".join(text.CHARACTERS[number] for number in text.tokens(content[:100])) == content[:100]
    assert text.fingerprint(content) != text.fingerprint(content[1:])


def test_the_next_characters_are_those_that_follow():
    content = text.corpus()
    X, y = text.next_characters(content, 8, 50, seed=3)
    assert X.shape == y.shape == (50, 8)
    np.testing.assert_array_equal(X[:, 1:], y[:, :-1])
    for row, last in zip(X, y[:, -1], strict=True):
        piece = "".join(text.CHARACTERS[number] for number in [*row, last])
        assert content.find(piece) >= 0
    with pytest.raises(ValueError, match="pieces of 9 characters"):
        text.next_characters(content, 8, 10**6, seed=0)


def test_as_much_is_masked_in_every_sequence_and_always_the_same():
    content = text.corpus()
    X, y = text.masked_characters(content, 32, 200, seed=0)
    hidden = y != text.IGNORED
    assert (hidden.sum(axis=1) == 5).all() and (hidden == (X == text.MASK)).all()
    assert hidden.any(axis=0).all()
    np.testing.assert_array_equal(np.where(hidden, y, X), text.windows(content, 32, 200, seed=0))
    np.testing.assert_array_equal(text.masked_characters(content, 32, 200, seed=0)[0], X)


def test_entropies_are_those_of_known_distributions():
    generator = np.random.default_rng(0)
    X = generator.integers(0, 4, size=200_000)
    assert text.entropy(X) == pytest.approx(math.log(4), abs=1e-4)
    assert text.entropy((X + 1) % 4, X) == pytest.approx(0, abs=1e-12)
    coin = generator.integers(0, 2, size=X.size)
    assert text.entropy((X + coin) % 4, X) == pytest.approx(math.log(2), abs=1e-4)


def test_regressions_are_linear_with_the_published_noise():
    X, y = in_context.regressions(20_000, 3, 8, seed=0)
    x = X[:, ::2, 1:]
    assert not X[:, ::2, 0].any() and not X[:, 1::2, 1:].any()
    np.testing.assert_array_equal(X[:, 1::2, 0], y)
    # Of 8 residuals a fit of 3 coefficients leaves 5.
    q = np.linalg.qr(x.astype(float))[0]
    left = y[:, :, None] - q @ (np.swapaxes(q, 1, 2) @ y[:, :, None])
    variance = (left**2).sum() / (5 * len(X))
    assert variance == pytest.approx(in_context.NOISE_VARIANCE, rel=4 * math.sqrt(2 / (5 * len(X))))


def test_the_best_loss_is_that_of_the_posterior_mean():
    """In one dimension with w and x known the error is x² / (1 + Σx²/σ²) + σ², and none is better than it."""
    X, y = in_context.regressions(100_000, 1, 3, seed=0)
    x, variance = X[:, ::2, 1].astype(float), in_context.NOISE_VARIANCE
    expected = [
        np.mean(x[:, k] ** 2 / (1 + (x[:, :k] ** 2).sum(axis=1) / variance) + variance) for k in range(3)
    ]
    # Squares of errors have a standard deviation of √2 of their mean, or so; the first here is 1.1.
    assert in_context.best_loss(X, y) == pytest.approx(np.mean(expected), abs=4 * 2 / math.sqrt(100_000))


def test_the_regressor_with_networks_four_times_as_wide_is_the_librarys():
    X, _ = in_context.regressions(10, 4, 8, seed=0)
    ours = sl.Model(in_context.Regressor(4, 8, 16, 2, 4, 64), input_shape=(16, 5), loss="mse")
    theirs = sl.Model(sl.models.InContextRegression(4, 8, 16, 2, 4), input_shape=(16, 5), loss="mse")
    params = theirs.init(seed=1)
    np.testing.assert_array_equal(ours(params, X), theirs(params, X))


@pytest.mark.parametrize("kind", ["decoder", "encoder", "regressor"])
def test_every_network_begins_where_its_loss_is_that_of_a_guess(kind):
    settings = transformer._minimum(kind, 64, transformer.QUICK_STEPS, 1.0, 0)
    subject = small_transformers.case(settings)
    data = settings["data"]
    predicted = {"decoder": data.get("length"), "encoder": 2, "regressor": data.get("examples")}[kind]
    assert subject.predictions == 64 * predicted
    guess = subject.levels["always 0"] if kind == "regressor" else math.log(27)
    assert subject.model.loss(subject.start, subject.measured) == pytest.approx(guess, rel=0.4)
    if kind != "regressor":
        tables = set(subject.start) & set(small_transformers.TABLES)
        assert len(tables) == 2
        for name in tables:
            assert np.std(subject.start[name]) == pytest.approx(0.2, rel=0.2)


def test_more_steps_go_the_same_way():
    """So that checkpoints that are each trained from the start are those of one training."""
    settings = transformer._small_training()
    subject = small_transformers.case(settings)

    def trained(params, steps):
        return sl.train(
            subject.model, params, subject.training, steps=steps, batch_size=32, seed=0, progress=False
        )

    losses = [subject.model.loss(trained(subject.start, steps), subject.training) for steps in (5, 10, 15)]
    assert losses == sorted(losses, reverse=True)
    again = subject.model.loss(trained(subject.start, 15), subject.training)
    assert again == losses[-1]


def curve(llc, error=1.0, seed=None):
    x = np.log(STEPS)
    noise = 0 if seed is None else error * np.random.default_rng(seed).normal(size=len(x))
    errors = np.full(len(x), error)
    return stages.smoothed(x, llc(x) + noise, errors, transformer_training.BANDWIDTH)


def test_a_parabola_is_smoothed_to_itself():
    smooth = curve(lambda x: 3 - x + 2 * x**2)
    np.testing.assert_allclose(smooth.y, 3 - smooth.x + 2 * smooth.x**2, rtol=1e-9)


def test_the_errors_of_a_rise_are_those_of_many_noises():
    smooth = curve(lambda x: 0 * x, error=3.0)
    curves = smooth.weights @ (3 * np.random.default_rng(0).normal(size=(len(STEPS), 5000)))
    # The standard deviation of 5000 normals is known to 1/√10000 of itself.
    assert smooth.rise(40, 90)[1] == pytest.approx(np.std(curves[90] - curves[40]), rel=4 / 100)


def test_turns_are_found_where_they_are():
    for seed in range(20):
        found = stages.boundaries(curve(lambda x: 20 * np.sin(1.2 * x), seed=seed), 4.0)
        expected = [np.pi * (k + 0.5) / 1.2 for k in range(1, 3)]
        assert found == pytest.approx(expected, abs=0.4)


def test_noise_turns_nowhere():
    """An end and a turn, or two turns, of noise alone are 4 standard errors apart once in many curves."""
    for slope in (0, 10):
        smooth = curve(lambda x, slope=slope: slope * x)
        noise = smooth.weights @ np.random.default_rng(0).normal(size=(len(STEPS), 400))
        found = [stages.boundaries(smooth._replace(y=smooth.y + column), 4.0) for column in noise.T]
        assert sum(map(bool, found)) <= 4


def run(sampler, lr, llc, stderr=0.3, **others):
    seen = {"noise_bias": 0.5, "acceptance": 0.8, "rank_rhat": 1.01, "ess": 300, "sample_gradients": 10_000}
    return {"sampler": sampler, "lr": lr, "llc": llc, "stderr": stderr, **seen, **others}


def minimum():
    """SGLD whose λ̂ grows with the step from what MALA and HMC say."""
    runs = [run("MALA", 1e-4, 36.2), run("HMC", 1e-2, 35.9)]
    runs += [run("SGLD", lr, 36 + 2e4 * lr) for lr in (2e-5, 4e-5, 8e-5)]
    results = {"parameters": 960, "loss": 1.8, "gradient_norm": 0.01, "nbeta": 269.0, "curvature": 14.0}
    settings = {"part": "minimum", "seed": 0, "network": {"kind": "decoder"}}
    return Row(settings, {**results, "trace": 600.0, "levels": {}, "runs": runs})


def training():
    """λ̂ rises, falls and rises again while the loss falls."""
    checkpoints = [
        {
            "step": step,
            "loss": 2.8 - 0.1 * math.log(step),
            "llc": 10 * math.log(step) + 15 * math.sin(1.2 * math.log(step)),
            "stderr": 1.0,
            "noise_bias": 0.1,
            "gradient_norm": 0.3,
            "below_baseline": 0.0,
            "acceptance": 0.95,
            "rank_rhat": 1.01,
            "ess": 90.0,
        }
        for step in STEPS
    ]
    results = {"parameters": 27_360, "nbeta": 492.0, "levels": {"by the one before": 2.3}}
    settings = {"part": "training", "network": {"kind": "decoder"}}
    return Row(settings, {**results, "checkpoints": checkpoints})


def failed(*rows):
    return [check.name for check in transformer.checks(rows, True) if not check.passed]


def test_what_agrees_passes_and_is_told():
    rows = [training(), minimum()]
    assert failed(*rows) == []
    truth, line = transformer_samplers.exact(rows[1]), transformer_samplers.at_no_step(rows[1])
    assert truth == pytest.approx((36.05, 0.3 / math.sqrt(2)))
    assert line.value == pytest.approx(36)
    # Where 10 + 18 cos(1.2 x) is 0, but for the one at the very beginning.
    assert np.log(transformer_training.stage_ends(rows[0])) == pytest.approx([3.44, 7.03], abs=0.05)
    told = transformer.table(rows)
    assert "36.05 ± 0.21" in told and told.count("\n| decoder ") == 1 + 14 + 1 + 5
    assert transformer.table(rows[:1]) in told


def test_the_error_of_a_line_is_that_of_many():
    row, generator = minimum(), np.random.default_rng(0)
    found = []
    for _ in range(400):
        other = copy.deepcopy(row)
        for seen in transformer_samplers.judged_runs(other):
            seen["llc"] += seen["stderr"] * generator.normal()
        found.append(transformer_samplers.at_no_step(other).value)
    assert transformer_samplers.at_no_step(row).error == pytest.approx(np.std(found), rel=4 / math.sqrt(800))


def changed(**values):
    """The minimum with other numbers in the runs whose place is given by the number after the name."""
    row = minimum()
    for name, value in values.items():
        key, _, place = name.rpartition("_")
        row.results["runs"][int(place)][key] = value
    return row


@pytest.mark.parametrize(
    ("row", "name"),
    [
        # A tenth too much of everything by SGLD, as of a wrong temperature or noise.
        (changed(llc_2=40.0, llc_3=40.4, llc_4=41.2), "SGLD at step 0"),
        (changed(llc_1=38.0), "exact samplers apart"),
        (changed(rank_rhat_0=1.2), "largest rank R-hat"),
        (changed(ess_3=20), "fewest independent draws"),
        # A chain that never left w*.
        (changed(llc_0=0.0, stderr_0=0.0, rank_rhat_0=math.nan), "largest rank R-hat"),
        (changed(llc_0=0.0, stderr_0=0.0, rank_rhat_0=math.nan), "SGLD at step 0"),
    ],
)
def test_samplers_that_disagree_or_have_not_mixed_fail(row, name):
    assert any(name in line for line in failed(row))


def test_a_training_that_learnt_nothing_fails():
    for name, value in (("loss", 2.31), ("llc", 3.0)):
        row = training()
        row.results["checkpoints"][-1][name] = value
        assert len(failed(row)) == 1


def test_the_stiffness_is_that_of_the_hessian():
    settings = transformer._minimum("regressor", 16, transformer.QUICK_STEPS, 1.0, 0)
    subject = small_transformers.case(settings)
    exact = sl.Model(in_context.Regressor(2, 4, 8, 2, 2, 8), input_shape=(8, 3), loss="mse", dtype="float64")
    X, y = in_context.regressions(16, 2, 4, seed=0)
    center, shift, nbeta, localization = subject.start.flat.astype(np.float64), 1e-5, 50.0, 3.0
    rows = [
        (exact.gradient(center + step, (X, y)).flat - exact.gradient(center - step, (X, y)).flat)
        / (2 * shift)
        for step in shift * np.eye(len(center))
    ]
    loss = nbeta * np.linalg.eigvalsh((np.array(rows) + np.array(rows).T) / 2)
    stiff = loss + localization
    found = transformer_samplers.stiffness(subject, subject.start, nbeta, localization)
    # A probe's variance is 2 Σ of the squares off the diagonal, which is no more than 2 Σ of all squares.
    probes = transformer_samplers.PROBES
    assert found.trace == pytest.approx(loss.sum(), abs=4 * math.sqrt(2 * np.sum(stiff**2) / probes))
    assert found.scale**3 == pytest.approx(np.sum(stiff**3), abs=4 * math.sqrt(2 * np.sum(stiff**6) / probes))


def test_a_figure_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    transformer.figure([training(), minimum()], tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 10_000


def test_the_quick_protocol_has_samplers_that_agree(tmp_path, capsys):
    arguments = ["experiment", "transformer", "--quick", "--no-figure", "--output", str(tmp_path)]
    assert command_line.main(arguments) == 0
    told = capsys.readouterr().out
    assert "FAILED" not in told and told.count("| decoder | 0 | SGLD |") == 3
