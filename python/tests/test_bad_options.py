"""Every option of an estimate, a sampler or training that cannot be gets a sentence of its own."""

import re
from fractions import Fraction

import numpy as np
import pytest

import swiftllc as sl

BIG = 2**70

# Option, value, exception, and what the sentence says.
OPTIONS = [
    ("sampler", sl.SGLD, TypeError, "sampler must be a sampler, such as sl.SGLD("),
    ("budget", 10**6, ValueError, "budget must be left out where a sampler is given"),
    ("sampler", "sgld", TypeError, "got 'sgld'"),
    ("num_chains", 0, ValueError, "num_chains must be at least 1; got 0"),
    ("num_chains", -3, ValueError, "num_chains must be at least 1; got -3"),
    ("num_chains", 2.0, TypeError, "num_chains must be an integer; got 2.0"),
    ("num_chains", True, TypeError, "num_chains must be an integer; got True"),
    ("num_chains", BIG, ValueError, "num_chains must be at most"),
    ("num_draws", 0, ValueError, "num_draws must be at least 1"),
    ("num_draws", -1, ValueError, "num_draws must be at least 1"),
    ("num_draws", "10", TypeError, "num_draws must be an integer; got '10'"),
    ("num_burnin_steps", -1, ValueError, "num_burnin_steps must be at least 0"),
    ("num_burnin_steps", 1.5, TypeError, "num_burnin_steps must be an integer"),
    ("num_steps_bw_draws", 0, ValueError, "num_steps_bw_draws must be at least 1"),
    ("num_steps_bw_draws", [1], TypeError, "num_steps_bw_draws must be an integer"),
    ("num_steps_bw_draws", np.array([1, 2]), TypeError, "num_steps_bw_draws must be an integer"),
    ("batch_size", 0, ValueError, "batch_size must be at least 1"),
    ("batch_size", -8, ValueError, "batch_size must be at least 1"),
    ("batch_size", 9, ValueError, "batch_size is 9, but there are only 8 samples"),
    ("batch_size", 4.0, TypeError, "batch_size must be an integer"),
    ("nbeta", 0, ValueError, "nbeta must be greater than 0"),
    ("nbeta", -1.0, ValueError, "nbeta must be greater than 0"),
    ("nbeta", np.nan, ValueError, "nbeta must be finite; got nan"),
    ("nbeta", np.inf, ValueError, "nbeta must be finite; got inf"),
    ("nbeta", 10**400, ValueError, "nbeta must be finite"),
    ("nbeta", "100", TypeError, "nbeta must be a number"),
    ("nbeta", 1j, TypeError, "nbeta must be a number"),
    ("init_loss", np.nan, ValueError, "init_loss must be finite"),
    ("init_loss", "0", TypeError, "init_loss must be a number"),
    ("seed", -1, ValueError, "seed must lie in 0 ... 2**64 - 1; got -1"),
    ("seed", 2**64, ValueError, "seed must lie in 0 ... 2**64 - 1"),
    ("seed", 1.0, TypeError, "seed must be one integer or None; got 1.0"),
    ("seed", [1, 2, 3, 4], TypeError, "seed must be one integer or None; got [1, 2, 3, 4]"),
    ("seed", np.array([1, 2]), TypeError, "seed must be one integer or None"),
    ("seed", True, TypeError, "seed must be one integer or None"),
    ("seed", "0", TypeError, "seed must be one integer or None"),
    ("threads", 0, ValueError, "threads must be at least 1"),
    ("threads", 1.0, TypeError, "threads must be an integer"),
    ("microbatch", 0, ValueError, "microbatch must be at least 1"),
    ("microbatch", 2.0, TypeError, "microbatch must be an integer"),
    ("gradient_accumulation", 0, ValueError, "gradient_accumulation must be at least 1"),
    ("gradient_accumulation", 2.0, TypeError, "gradient_accumulation must be an integer"),
    ("gradient_accumulation", 2, ValueError, "so many batches of batch_size make a step"),
    ("draw_batches", "step", ValueError, "draw_batches must be 'independent' or 'steps'; got 'step'"),
    ("draw_batches", 1, TypeError, "draw_batches must be 'independent' or 'steps'; got 1"),
    ("with_replacement", 1, TypeError, "with_replacement must be True or False; got 1"),
    ("correct_noise_bias", "yes", TypeError, "correct_noise_bias must be True or False; got 'yes'"),
    ("num_draws_before_stop", -1, ValueError, "num_draws_before_stop must be at least 0"),
    ("num_acceptance_checks", -1, ValueError, "num_acceptance_checks must be at least 0"),
    ("progress", "yes", TypeError, "progress must be True, False or a function; got 'yes'"),
    ("progress", None, TypeError, "progress must be True, False or a function; got None"),
]


@pytest.mark.parametrize("option, value, error, message", OPTIONS)
def test_options_of_an_estimate(quadratic, option, value, error, message):
    sampler = sl.SGLD(lr=1e-3)
    with pytest.raises(error, match=re.escape(message)) as caught:
        sl.estimate_llc(
            quadratic.model, quadratic.minimum, quadratic.data, **({"sampler": sampler} | {option: value})
        )
    assert isinstance(caught.value, sl.SwiftLLCError)


@pytest.mark.parametrize(
    "option, hint",
    [
        ("temperature", "Give nbeta, the inverse temperature"),
        ("num_chain", "Did you mean num_chains?"),
        ("localisation", "Did you mean the sampler's localization?"),
        ("lr", "Did you mean the sampler's lr?"),
        ("noise_level", "Did you mean the sampler's noise_level?"),
        ("gamma", "Did you mean the sampler's localization?"),
        ("epsilon", "Did you mean the sampler's lr?"),
        ("eps", "Did you mean the sampler's lr?"),
        ("step_size", "Did you mean the sampler's lr?"),
        ("learning_rate", "Did you mean the sampler's lr?"),
        ("zzz", "has no option 'zzz'"),
    ],
)
def test_unknown_options_of_an_estimate(quadratic, option, hint):
    with pytest.raises(sl.ArgumentTypeError, match=re.escape(hint)):
        sl.estimate_llc(
            quadratic.model, quadratic.minimum, quadratic.data, sampler=sl.SGLD(1e-3), **{option: 0.01}
        )


@pytest.mark.parametrize("draws", [10**15, 2**61])
def test_traces_beyond_all_memory(quadratic, draws):
    with pytest.raises(sl.OutOfMemoryError, match=rf"num_draws = {draws} need .* GiB"):
        quadratic.estimate(num_draws=draws)


def test_options_are_given_by_name(quadratic):
    with pytest.raises(TypeError, match="positional"):
        sl.estimate_llc(quadratic.model, quadratic.minimum, quadratic.data, sl.SGLD(1e-3))


def test_one_sample_has_no_default_nbeta(quadratic):
    one = quadratic.X[:1], quadratic.y[:1]
    with pytest.raises(ValueError, match="nbeta must be given"):
        sl.estimate_llc(quadratic.model, quadratic.minimum, one, sampler=sl.SGLD(lr=1e-3))
    sl.estimate_llc(quadratic.model, quadratic.minimum, one, sampler=sl.SGLD(lr=1e-3), nbeta=10)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"lr": 0}, ValueError, "lr must be greater than 0; got 0"),
        ({"lr": -1e-3}, ValueError, "lr must be greater than 0"),
        ({"lr": np.nan}, ValueError, "lr must be finite; got nan"),
        ({"lr": np.inf}, ValueError, "lr must be finite"),
        ({"lr": "1e-3"}, TypeError, "lr must be a number; got '1e-3' (str)"),
        ({"lr": None}, TypeError, "lr must be a number"),
        ({"lr": True}, TypeError, "lr must be a number"),
        ({"lr": np.ones(3)}, TypeError, "lr must be a number"),
        ({}, TypeError, "lr"),
        ({"lr": 1, "localization": -1}, ValueError, "localization must be at least 0; got -1"),
        ({"lr": 1, "localization": np.nan}, ValueError, "localization must be finite"),
        ({"lr": 1, "localization": None}, TypeError, "localization must be a number"),
        ({"lr": 1, "noise_level": -1}, ValueError, "noise_level must be at least 0"),
        ({"lr": 1, "noise_level": np.inf}, ValueError, "noise_level must be finite"),
        ({"lr": 1, "weight_decay": -1}, ValueError, "weight_decay must be at least 0"),
        ({"lr": 1, "weight_decay": "x"}, TypeError, "weight_decay must be a number"),
        ({"lr": 1, "weight_dcay": 2}, TypeError, "weight_dcay"),
        ({"lr": 1, "localization_metric": "euclid"}, ValueError, "'isotropic' or 'preconditioner'"),
        ({"lr": 1, "localization_metric": 0}, TypeError, "localization_metric must be"),
        ({"lr": 1, "localization_metric": "preconditioner"}, ValueError, "needs a preconditioner"),
    ],
)
def test_a_sampler(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        sl.SGLD(**options)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: sl.SGLD(1, bounding_box=0), ValueError, "bounding_box must be greater than 0; got 0"),
        (lambda: sl.SGLD(1, bounding_box=np.inf), ValueError, "bounding_box must be finite; got inf"),
        (lambda: sl.SGLD(1, bounding_box=[1.0]), TypeError, "bounding_box must be a number; got [1.0]"),
        (lambda: sl.SGLD(1, friction=0.1), TypeError, "friction"),
        (lambda: sl.RMSPropSGLD(0), ValueError, "lr must be greater than 0; got 0"),
        (lambda: sl.RMSPropSGLD(1, second_moment_decay=1), ValueError, "second_moment_decay must be less"),
        (lambda: sl.RMSPropSGLD(1, second_moment_decay=-0.1), ValueError, "second_moment_decay must be at"),
        (lambda: sl.RMSPropSGLD(1, epsilon=0), ValueError, "epsilon must be greater than 0"),
        (lambda: sl.RMSPropSGLD(1, epsilon=None), TypeError, "epsilon must be a number"),
        (lambda: sl.RMSPropSGLD(1, moments="none"), ValueError, "moments must be 'corrected' or"),
        (lambda: sl.RMSPropSGLD(1, moments=0), TypeError, "or 'uncorrected'; got 0"),
        (lambda: sl.RMSPropSGLD(1, freeze_after_burnin=1), TypeError, "freeze_after_burnin must be"),
        (lambda: sl.RMSPropSGLD(1, preconditioner=np.ones(4)), TypeError, "preconditioner"),
        (lambda: sl.AdamSGLD(1, first_moment_decay=1.5), ValueError, "first_moment_decay must be less"),
        (lambda: sl.AdamSGLD(1, first_moment_decay="0"), TypeError, "first_moment_decay must be a number"),
        (lambda: sl.AdamSGLD(1, second_moment_decay=np.nan), ValueError, "second_moment_decay must be"),
        (lambda: sl.AdamSGLD(1, epsilon=-1), ValueError, "epsilon must be greater than 0"),
        (lambda: sl.AdamSGLD(1, freeze_after_burnin=None), TypeError, "freeze_after_burnin must be True"),
        (lambda: sl.SGHMC(1, friction=0), ValueError, "friction must be greater than 0"),
        (lambda: sl.SGHMC(1, noise_estimate=-1), ValueError, "noise_estimate must be at least 0"),
        (lambda: sl.SGHMC(1, noise_estimate=0.2), ValueError, "it must not exceed friction, 0.1"),
        (lambda: sl.SGNHT(1, friction=-1), ValueError, "friction must be greater than 0"),
        (lambda: sl.SGNHT(1, noise_level=-1), ValueError, "noise_level must be at least 0"),
        (lambda: sl.UnderdampedLangevin(1), TypeError, "friction"),
        (lambda: sl.UnderdampedLangevin(1, friction=0), ValueError, "friction must be greater than 0"),
        (lambda: sl.UnderdampedLangevin(1, friction="1"), TypeError, "friction must be a number; got '1'"),
        (lambda: sl.UnderdampedLangevin(1, friction=None), TypeError, "friction must be a number; got None"),
        (lambda: sl.MALA(1, noise_level=1), TypeError, "noise_level"),
        (lambda: sl.MALA(1, localization_metric="preconditioner"), ValueError, "needs a preconditioner"),
        (lambda: sl.HMC(1, leapfrog_steps=0), ValueError, "leapfrog_steps must be at least 1"),
        (lambda: sl.HMC(1, leapfrog_steps=1.0), TypeError, "leapfrog_steps must be an integer; got 1.0"),
        (lambda: sl.HMC(1, leapfrog_steps=True), TypeError, "leapfrog_steps must be an integer; got True"),
    ],
)  # fmt: skip
def test_a_sampler_of_another_kind(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    "schedule, error, message",
    [
        ("linear", TypeError, "lr_schedule has dtype <U6; it must hold real numbers"),
        (["1"], TypeError, "lr_schedule has dtype <U1"),
        (lambda t: None, TypeError, "lr_schedule has dtype object"),
        ([True], TypeError, "lr_schedule has dtype bool"),
        ([], ValueError, "lr_schedule must give one factor for each step; its shape is (0,)"),
        (np.ones((2, 3)), ValueError, "one factor for each step; its shape is (2, 3)"),
        ([1, -1], ValueError, "lr_schedule must be greater than 0; at step 1 it is -1.0"),
        (lambda t: t, ValueError, "lr_schedule must be greater than 0; at step 0 it is 0.0"),
        ([1, 1, np.nan], ValueError, "lr_schedule[2] is nan; every value must be finite"),
        ([np.inf], ValueError, "lr_schedule[0] is inf"),
    ],
)
def test_a_schedule(quadratic, schedule, error, message):
    with pytest.raises(error, match=re.escape(message)):
        quadratic.estimate(sampler=sl.SGLD(1e-3, lr_schedule=schedule))


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.int64(2), Fraction(1, 2), np.float64(0.1)])
def test_every_real_number_is_a_number(number):
    assert sl.SGLD(lr=number).lr == float(number)


@pytest.mark.parametrize(
    "diagonal, error, message",
    [
        (np.ones(3), ValueError, "preconditioner has shape (3,)"),
        ([1, 1, 0, 1], ValueError, "preconditioner must be greater than 0; element 2"),
        ([1, -1, 1, 1], ValueError, "preconditioner must be greater than 0; element 1"),
        ([1, np.nan, 1, 1], ValueError, "preconditioner[1] is nan"),
        (
            {"weights": np.ones((1, 4))},
            ValueError,
            "preconditioner lacks 'weight' (1, 4), and has the unknown 'weights' (1, 4).",
        ),
        ({"weight": np.ones(4)}, ValueError, 'preconditioner["weight"] has shape (4,); it must be (1, 4)'),
        ("adam", TypeError, "preconditioner has dtype"),
    ],
)
def test_a_preconditioner(quadratic, diagonal, error, message):
    with pytest.raises(error, match=re.escape(message)):
        quadratic.estimate(sampler=sl.SGLD(lr=1e-3, preconditioner=diagonal))


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"optimizer": "adam"}, TypeError, "optimizer must be sl.SGD(...) or sl.Adam(...)"),
        ({"steps": 0}, ValueError, "steps must be at least 1"),
        ({"steps": 1.0}, TypeError, "steps must be an integer"),
        ({"batch_size": 9}, ValueError, "batch_size is 9, but there are only 8 samples"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"seed": -1}, ValueError, "seed must lie in"),
        ({"progress": 1}, TypeError, "progress must be"),
        ({"epochs": 3}, TypeError, "epochs"),
    ],
)
def test_options_of_training(quadratic, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        sl.train(quadratic.model, quadratic.minimum, quadratic.data, **options)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: sl.Adam(lr=0), ValueError, "lr must be greater than 0"),
        (lambda: sl.Adam(beta1=1), ValueError, "beta1 must be less than 1"),
        (lambda: sl.Adam(beta2=-0.1), ValueError, "beta2 must be at least 0"),
        (lambda: sl.Adam(epsilon=0), ValueError, "epsilon must be greater than 0"),
        (lambda: sl.Adam(weight_decay=-1), ValueError, "weight_decay must be at least 0"),
        (lambda: sl.SGD(lr=np.nan), ValueError, "lr must be finite"),
        (lambda: sl.SGD(lr=1, momentum=1), ValueError, "momentum must be less than 1"),
        (lambda: sl.SGD(lr="1"), TypeError, "lr must be a number"),
        (lambda: sl.SGD(), TypeError, "lr"),
    ],
)
def test_optimizers(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()
