"""What the noise of minibatch gradients adds to λ̂, by the formula of each sampler.

C is the covariance of ∇U over minibatches; ``gradient_noise`` is tr A C. To a direction that relaxes slowly,
a sampler with momenta is SGLD with another step: η, if a gradient g moves it by -(η/2) g in the long run. Its
contribution to λ̂ is ½ times the temperature, for independent batches 1 + η C / 4 (docs/estimator.md).
"""

from __future__ import annotations

import math

import numpy as np

from swiftllc._traces import complete_block, estimated
from swiftllc.result import LLCResult
from swiftllc.samplers import SGHMC, SGLD, SGNHT, AdamSGLD, RMSPropSGLD, UnderdampedLangevin

# An excess of the temperature below this is no measurement: of few parameters it is known to 3 % or so.
_SEEN = 0.1


def noise_bias(result: LLCResult) -> float:
    """How much too high λ̂ is by that noise, about; 0 of samplers with decisions and of SGNHT.

    The formulas are those for independent batches. Without replacement the noise of an epoch cancels where
    the chain remembers all of it: then momenta are less hot than they say, and only that much is counted; of
    a chain without momenta, the share that its stiff directions have forgotten.
    """
    sampler, noise = result.sampler, float(result.diagnostics.gradient_noise)
    if not noise > 0 or result.settings.get("noise_level", 1) != 1:
        return 0.0
    if isinstance(sampler, (SGLD, RMSPropSGLD, AdamSGLD)):
        return sampler.lr * noise / 8 * _forgotten(result)
    if isinstance(sampler, UnderdampedLangevin):
        time = sampler.friction * sampler.lr
        step: float = sampler.lr**2 / math.tanh(time / 2)
        # The momenta are read after the friction has acted for a whole step.
        seen = sampler.lr**2 * noise / math.expm1(2 * time) if time < 300 else 0.0
        return step * noise / 8 * _share(result, seen, usual=1.0)
    if isinstance(sampler, SGHMC):
        # Less what ``noise_estimate`` has taken off the noise that is added.
        free, alpha = int(result.settings["num_parameters"]), sampler.friction
        excess = max(sampler.lr * noise - 2 * sampler.noise_estimate * free, 0.0)
        damping = alpha * (2 - alpha)
        if damping <= 0:  # where nothing is stable
            return 0.0
        return excess / (4 * alpha) * _share(result, excess / damping, usual=2 * alpha / damping)
    return 0.0


def thermostat(result: LLCResult) -> float:
    """ξ of SGNHT where it settles, friction + lr C / 2 (Ding et al. 2014); NaN of other samplers."""
    sampler, noise = result.sampler, result.diagnostics.gradient_noise
    if not isinstance(sampler, SGNHT):
        return math.nan
    heat = sampler.lr * noise / (2 * result.settings["num_parameters"]) if noise > 0 else 0.0
    return sampler.friction + heat


def _forgotten(result: LLCResult) -> float:
    """The share of the noise of epochs that does not cancel in a chain without momenta.

    In a direction that relaxes by r a step, m gradients whose noise sums to 0 leave 1 - 2 (x - 1 + e^-x) / x²
    of what independent ones do, x = r m (from the autocovariances -1/(m - 1) of a random order). The mean r
    is half the stiffness, less the localization's, over the 2λ̂ directions that the data hold; the noise is in
    the stiff ones, so that by the mean less is counted than there is.
    """
    sampler, stiffness = result.sampler, result.diagnostics.stiffness
    heated = result.llc + result.noise_bias
    if result.settings["with_replacement"] or not heated > 0:
        return 1.0
    if math.isnan(stiffness):
        return _unless_it_cancels(result)
    held = sampler.lr * sampler.localization * result.settings["num_parameters"]
    x = max(stiffness - held, 0.0) / (4 * heated) * result.n / result.settings["batch_size"]
    return 1 - 2 * (x - 1 + math.exp(-x)) / x**2 if x > 1e-3 else 0.0


def _share(result: LLCResult, excess: float, usual: float) -> float:
    """How much of the excess of the momenta's mean square that independent batches would give was seen.

    Args:
        result: Has the temperature.
        excess: Summed over the parameters.
        usual: The temperature that is read without such noise.
    """
    if result.settings["with_replacement"]:  # nothing cancels
        return 1.0
    expected: float = excess / result.settings["num_parameters"]
    temperature = result.diagnostics.temperature
    if expected < _SEEN or math.isnan(temperature):
        return _unless_it_cancels(result)
    return min(max(temperature - usual, 0.0) / expected, 1.0) if temperature > usual + _SEEN else 0.0


def _unless_it_cancels(result: LLCResult) -> float:
    """0 where an epoch is shorter than the chain's memory; else 1.

    The memory is the autocorrelation time of |w - w*|: that of the losses is hidden by the noise of batches.
    """
    done = np.count_nonzero(~np.isnan(result.distances), axis=1)
    chains, draws = complete_block(done)
    distances = result.distances[chains, :draws]
    _, trace = estimated(distances, np.zeros_like(distances), 1.0)
    memory = trace.autocorrelation_time * result.settings["num_steps_bw_draws"]
    return 0.0 if result.n / result.settings["batch_size"] < memory else 1.0
