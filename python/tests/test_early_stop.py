"""Runs that end when the trace says that they may, and drop the burn-in that it shows."""

import numpy as np
import pytest
from conftest import closed_form

import swiftllc as sl


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_run_ends_at_the_same_draw_whatever_the_threads(quadratic, threads):
    result = quadratic.estimate(num_draws=40_000, stop_at_relative_error=0.02, threads=threads)
    assert result.losses.shape == (4, 4000)
    assert result.settings["num_draws"] == 4000
    assert result.stderr < 0.02 * result.llc
    assert abs(result.llc - closed_form(100, 1e-3, 0)) < 4 * result.stderr


def test_the_draws_up_to_the_end_are_those_of_the_whole_run(quadratic):
    stopped = quadratic.estimate(num_draws=40_000, stop_at_relative_error=0.02)
    whole = quadratic.estimate(num_draws=40_000)
    assert np.array_equal(stopped.losses, whole.losses[:, : stopped.losses.shape[1]])


def test_it_does_not_end_before_it_may(quadratic):
    result = quadratic.estimate(num_draws=40_000, stop_at_relative_error=0.02, num_draws_before_stop=9000)
    assert result.losses.shape == (4, 10_000) and result.settings["stopped_early"]


def test_a_run_whose_draws_do_not_suffice_makes_them_all(quadratic):
    result = quadratic.estimate(num_draws=400, stop_at_relative_error=1e-6)
    assert result.losses.shape == (4, 400) and np.isfinite(result.losses).all()


def test_the_burnin_is_chosen_by_the_trace(quadratic):
    # The step is so small that the chains need some 2 / (lr h) = 500 draws to forget the centre.
    result = quadratic.estimate(lr=2e-5, num_draws=20_000, num_burnin_steps="auto")
    dropped = result.settings["num_burnin_steps"]
    assert 200 < dropped < 10_000
    assert result.losses.shape == (4, 20_000 - dropped)
    assert result.settings["num_draws"] == 20_000 - dropped
    assert abs(result.llc - closed_form(100, 2e-5, 0)) < 4 * result.stderr


def test_an_exact_sampler_is_warned_of_only_where_it_hardly_moves(quadratic):
    fine = quadratic.estimate(sampler=sl.MALA(lr=1e-2, localization=0.0), num_burnin_steps="auto")
    assert 0.1 < fine.diagnostics.acceptance < 0.9 and fine.warnings == []
    stuck = quadratic.estimate(sampler=sl.MALA(lr=0.1, localization=0.0), num_burnin_steps="auto")
    assert "nearly every move is rejected" in stuck.warnings[0]


def test_a_divergence_and_a_bad_value_are_told_as_ever(quadratic):
    with pytest.raises(sl.DivergedError):
        quadratic.estimate(lr=1.0, num_draws=1000, num_burnin_steps="auto", stop_at_relative_error=0.02)
    with pytest.raises(ValueError, match="stop_at_relative_error must be greater than 0; got 0"):
        quadratic.estimate(stop_at_relative_error=0)
    with pytest.raises(ValueError, match="num_burnin_steps must be 'auto'; got 'some'"):
        quadratic.estimate(num_burnin_steps="some")
    with pytest.raises(ValueError, match="num_burnin_steps cannot be 'auto' with RMSPropSGLD"):
        quadratic.estimate(sampler=sl.RMSPropSGLD(lr=1e-3), num_burnin_steps="auto")
