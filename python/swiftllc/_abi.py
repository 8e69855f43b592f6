"""The C interface of ``include/swiftllc.h`` in ctypes: constants and structs. For functions see _signatures.

Nothing here loads a library. ``python/tests/test_abi_header.py`` compares every name, field and type with the
header, so the two cannot drift apart unseen.

Buffers that numpy owns are plain ``c_void_p``; single values that a function writes, and structs, are typed.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import TypeVar

SLLC_ABI_VERSION = 5

SLLC_OK = 0
SLLC_INVALID_ARGUMENT = 1
SLLC_OUT_OF_MEMORY = 2
SLLC_SYSTEM_ERROR = 3

SLLC_FLOAT32 = 0
SLLC_FLOAT64 = 1

SLLC_ELEMENT_FLOAT = 0
SLLC_ELEMENT_INT64 = 1

SLLC_DATA_FLOAT32 = 0
SLLC_DATA_FLOAT64 = 1
SLLC_DATA_FLOAT16 = 2
SLLC_DATA_INT8 = 3
SLLC_DATA_INT16 = 4
SLLC_DATA_INT32 = 5
SLLC_DATA_INT64 = 6
SLLC_DATA_UINT8 = 7
SLLC_DATA_UINT16 = 8
SLLC_DATA_UINT32 = 9
SLLC_DATA_UINT64 = 10
SLLC_DATA_UNCHECKED = 256

SLLC_NODE_SAMPLE = 0
SLLC_NODE_INTEGER = 1
SLLC_NODE_SHARED = 2
SLLC_NODE_LOSS = 3

SLLC_RELU = 0
SLLC_TANH = 1
SLLC_GELU = 2
SLLC_GELU_TANH = 3
SLLC_SILU = 4
SLLC_SIGMOID = 5
SLLC_SOFTPLUS = 6
SLLC_LEAKY_RELU = 7
SLLC_ELU = 8
SLLC_EXP = 9
SLLC_LOG = 10
SLLC_SQRT = 11
SLLC_ERF = 12
SLLC_SIN = 13
SLLC_COS = 14
SLLC_ABS = 15
SLLC_POWER = 16

SLLC_ADD = 0
SLLC_SUBTRACT = 1
SLLC_MULTIPLY = 2
SLLC_DIVIDE = 3
SLLC_MAXIMUM = 4
SLLC_MINIMUM = 5

#: INT64_MIN: no label is ignored.
SLLC_NO_LABEL = -(2**63)
SLLC_NO_NODE = -1

SLLC_SGLD = 0
SLLC_RMSPROP_SGLD = 1
SLLC_ADAM_SGLD = 2
SLLC_SGHMC = 3
SLLC_SGNHT = 4
SLLC_UNDERDAMPED_LANGEVIN = 5
SLLC_MALA = 6
SLLC_HMC = 7

SLLC_MOMENTS_CORRECTED = 0
SLLC_MOMENTS_UNCORRECTED = 1

SLLC_ISOTROPIC = 0
SLLC_PRECONDITIONER = 1

SLLC_INDEPENDENT_BATCHES = 0
SLLC_STEP_BATCHES = 1

SLLC_RUNNING = 0
SLLC_FINISHED = 1
SLLC_CANCELLED = 2
SLLC_DIVERGED = 3

SLLC_SGD = 0
SLLC_ADAM = 1


class SamplerOptions(Structure):
    """``sllc_sampler_options``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("kind", c_int32),
        ("localization_metric", c_int32),
        ("lr", c_double),
        ("localization", c_double),
        ("weight_decay", c_double),
        ("bounding_box", c_double),
        ("preconditioner", c_void_p),
        ("noise_level", c_double),
        ("friction", c_double),
        ("noise_estimate", c_double),
        ("first_moment_decay", c_double),
        ("second_moment_decay", c_double),
        ("epsilon", c_double),
        ("moments", c_int32),
        ("freeze_after_burnin", c_int32),
        ("leapfrog_steps", c_int64),
    )


class RunOptions(Structure):
    """``sllc_run_options``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("nbeta", c_double),
        ("num_chains", c_int64),
        ("num_draws", c_int64),
        ("num_burnin_steps", c_int64),
        ("num_steps_bw_draws", c_int64),
        ("batch_size", c_int64),
        ("seed", c_uint64),
        ("threads", c_int64),
        ("num_acceptance_checks", c_int64),
        ("draw_batches", c_int32),
        ("microbatch_size", c_int64),
        ("mask", c_void_p),
        ("lr_factors", c_void_p),
        ("lr_factor_count", c_int64),
        ("stop_at_relative_error", c_double),
        ("num_stop_checks", c_int64),
        ("num_draws_before_stop", c_int64),
        ("stop_below_acceptance", c_double),
        ("with_replacement", c_int32),
        ("keep_path", c_char_p),
        ("keep_tag", c_char_p),
    )


class Trace(Structure):
    """``sllc_trace``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("chains", c_int64),
        ("draws", c_int64),
        ("losses", c_void_p),
        ("baselines", c_void_p),
        ("draws_done", c_void_p),
        ("diverged_steps", c_void_p),
        ("distances", c_void_p),
        ("acceptance", c_void_p),
        ("drift_norms", c_void_p),
        ("noise_norms", c_void_p),
        ("temperatures", c_void_p),
        ("gradient_noise", c_void_p),
        ("stiffness", c_void_p),
    )


class Progress(Structure):
    """``sllc_progress``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("steps_done", c_int64),
        ("steps_total", c_int64),
        ("state", c_int32),
        ("nbeta", c_double),
        ("batch_size", c_int64),
        ("threads", c_int64),
        ("init_loss", c_double),
        ("gradient_norm", c_double),
        ("microbatch_size", c_int64),
        ("init_loss_samples", c_int64),
        ("keep_error", c_int32),
    )


class ChainState(Structure):
    """``sllc_chain_state``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("parameters", c_void_p),
        ("gradient", c_void_p),
        ("batch", c_void_p),
        ("batch_count", c_int64),
        ("batch_size", c_int64),
        ("nbeta", c_double),
        ("step", c_int64),
        ("has_arrived", c_int32),
        ("loss", c_double),
        ("acceptance", c_double),
    )


class ChainMeasures(Structure):
    """``sllc_chain_measures``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("distance", c_double),
        ("acceptance", c_double),
        ("drift_norm", c_double),
        ("noise_norm", c_double),
        ("temperature", c_double),
        ("gradient_noise", c_double),
        ("stiffness", c_double),
    )


class TrainingOptions(Structure):
    """``sllc_training_options``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("optimizer", c_int32),
        ("lr", c_double),
        ("momentum", c_double),
        ("beta1", c_double),
        ("beta2", c_double),
        ("epsilon", c_double),
        ("weight_decay", c_double),
        ("num_steps", c_int64),
        ("batch_size", c_int64),
        ("seed", c_uint64),
    )


class Estimate(Structure):
    """``sllc_estimate``."""

    _fields_ = (
        ("struct_size", c_int64),
        ("llc", c_double),
        ("standard_error", c_double),
        ("llc_std", c_double),
        ("effective_sample_size", c_double),
        ("split_rhat", c_double),
        ("below_baseline", c_double),
        ("rank_rhat", c_double),
        ("bulk_ess", c_double),
        ("tail_ess", c_double),
        ("autocorrelation_time", c_double),
        ("tail_rise", c_double),
        ("tail_rise_stderr", c_double),
        ("monte_carlo_error", c_double),
    )


class LearningCoefficient(Structure):
    """``sllc_learning_coefficient``."""

    _fields_ = (
        ("numerator", c_int64),
        ("denominator", c_int64),
        ("multiplicity", c_int64),
    )


STRUCTS: dict[str, type[Structure]] = {
    "sllc_sampler_options": SamplerOptions,
    "sllc_run_options": RunOptions,
    "sllc_trace": Trace,
    "sllc_progress": Progress,
    "sllc_chain_state": ChainState,
    "sllc_chain_measures": ChainMeasures,
    "sllc_training_options": TrainingOptions,
    "sllc_estimate": Estimate,
    "sllc_learning_coefficient": LearningCoefficient,
}

_S = TypeVar("_S", bound=Structure)


def sized(struct: type[_S]) -> _S:
    """A zeroed struct that carries its own size, as every call that reads or fills one expects."""
    return struct(struct_size=sizeof(struct))


def int64s(values: tuple[int, ...]) -> ctypes.Array[c_int64]:
    """A C array of int64 from Python integers."""
    return (c_int64 * len(values))(*values)
