"""The C interface of ``include/swiftllc.h`` in ctypes: constants, structs and function signatures.

Nothing here loads a library. ``python/tests/test_abi_header.py`` compares every name, field and type with the
header, so the two cannot drift apart unseen.

Buffers that numpy owns are plain ``c_void_p``; single values that a function writes, and structs, are typed.
"""

from __future__ import annotations

import ctypes
from ctypes import (
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_int32,
    c_int64,
    c_uint64,
    c_void_p,
    sizeof,
)
from typing import Any, TypeVar

SLLC_ABI_VERSION = 3

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
        ("with_replacement", c_int32),
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

_handle = c_void_p
_array = c_void_p
_new_handle = POINTER(c_void_p)
_int64 = POINTER(c_int64)
_double = POINTER(c_double)
_coefficient = POINTER(LearningCoefficient)

#: Result type and argument types of every function in the header.
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "sllc_abi_version": (c_int32, ()),
    "sllc_version": (c_char_p, ()),
    "sllc_hardware": (c_char_p, ()),
    "sllc_last_error": (c_char_p, ()),
    "sllc_graph_create": (c_int32, (c_int32, _new_handle)),
    "sllc_graph_free": (None, (_handle,)),
    "sllc_graph_add_input": (c_int32, (_handle, c_int32, _int64, c_int64, _int64)),
    "sllc_graph_add_parameter": (c_int32, (_handle, c_char_p, _int64, c_int64, _int64)),
    "sllc_graph_node_shape": (c_int32, (_handle, c_int64, POINTER(c_int32), _int64, c_int64, _int64)),
    "sllc_graph_add_constant": (c_int32, (_handle, _array, _int64, c_int64, _int64)),
    "sllc_graph_add_activation": (c_int32, (_handle, c_int32, c_double, c_int64, _int64)),
    "sllc_graph_add_arithmetic": (c_int32, (_handle, c_int32, c_int64, c_int64, _int64)),
    "sllc_graph_add_reshape": (c_int32, (_handle, c_int64, _int64, c_int64, _int64)),
    "sllc_graph_add_permute": (c_int32, (_handle, c_int64, _int64, c_int64, _int64)),
    "sllc_graph_add_slice": (c_int32, (_handle, c_int64, c_int64, c_int64, c_int64, c_int64, _int64)),
    "sllc_graph_add_expand": (c_int32, (_handle, c_int64, _int64, c_int64, _int64)),
    "sllc_graph_add_concatenation": (c_int32, (_handle, _int64, c_int64, c_int64, _int64)),
    "sllc_graph_add_sum": (c_int32, (_handle, c_int64, _int64, c_int64, c_double, _int64)),
    "sllc_graph_add_maximum": (c_int32, (_handle, c_int64, _int64)),
    "sllc_graph_add_softmax": (c_int32, (_handle, c_int64, c_int32, _int64)),
    "sllc_graph_add_linear": (c_int32, (_handle, c_int64, c_int64, c_int64, _int64)),
    "sllc_graph_add_matrix_product": (c_int32, (_handle, c_int64, c_int32, c_int64, c_int32, _int64)),
    "sllc_graph_add_convolution": (
        c_int32,
        (_handle, c_int64, c_int64, c_int64, _int64, _int64, _int64, c_int64, _int64),
    ),
    "sllc_graph_add_attention": (
        c_int32,
        (_handle, c_int64, c_int64, c_int64, c_int64, c_int32, c_double, _int64),
    ),
    "sllc_graph_add_max_pool": (c_int32, (_handle, c_int64, _int64, _int64, _int64, _int64, _int64)),
    "sllc_graph_add_average_pool": (c_int32, (_handle, c_int64, _int64, _int64, _int64, c_int32, _int64)),
    "sllc_graph_add_normalization": (
        c_int32,
        (_handle, c_int64, c_int64, c_int64, c_int64, c_int32, c_double, _int64),
    ),
    "sllc_graph_add_channel_affine": (c_int32, (_handle, c_int64, c_int64, c_int64, _int64)),
    "sllc_graph_add_rotary": (c_int32, (_handle, c_int64, c_int64, c_int64, c_int32, _int64)),
    "sllc_graph_add_embedding": (c_int32, (_handle, c_int64, c_int64, _int64)),
    "sllc_graph_add_pick": (c_int32, (_handle, c_int64, c_int64, c_int64, _int64)),
    "sllc_graph_add_mean_squared_error": (c_int32, (_handle, c_int64, c_int64, _int64)),
    "sllc_graph_add_squared_error": (c_int32, (_handle, c_int64, c_int64, c_double, c_double, _int64)),
    "sllc_graph_add_binary_cross_entropy": (c_int32, (_handle, c_int64, c_int64, _int64)),
    "sllc_graph_add_cross_entropy": (c_int32, (_handle, c_int64, c_int64, c_int64, c_double, _int64)),
    "sllc_graph_add_loss": (c_int32, (_handle, c_int64, _int64)),
    "sllc_model_compile": (c_int32, (_handle, c_int64, c_int64, _new_handle)),
    "sllc_model_free": (None, (_handle,)),
    "sllc_model_parameter_count": (c_int32, (_handle, _int64)),
    "sllc_model_parameter_slice": (c_int32, (_handle, c_int64, _int64, _int64)),
    "sllc_dataset_create": (
        c_int32,
        (_handle, c_int64, POINTER(c_void_p), POINTER(c_int32), c_int64, _new_handle),
    ),
    "sllc_dataset_free": (None, (_handle,)),
    "sllc_array_first_nonfinite": (c_int32, (_array, c_int32, c_int64, _int64)),
    "sllc_model_losses": (c_int32, (_handle, _handle, _array, _array, _double)),
    "sllc_model_gradient": (c_int32, (_handle, _handle, _array, _array, _double)),
    "sllc_model_outputs": (c_int32, (_handle, _handle, _array, _array)),
    "sllc_sampler_options_init": (None, (POINTER(SamplerOptions), c_int64, c_int32)),
    "sllc_run_options_init": (None, (POINTER(RunOptions), c_int64)),
    "sllc_run_start": (
        c_int32,
        (
            _handle,
            _handle,
            _array,
            POINTER(SamplerOptions),
            POINTER(RunOptions),
            POINTER(Trace),
            _new_handle,
        ),
    ),
    "sllc_run_wait": (c_int32, (_handle, c_int64, POINTER(Progress))),
    "sllc_run_cancel": (c_int32, (_handle,)),
    "sllc_run_free": (None, (_handle,)),
    "sllc_chain_create": (
        c_int32,
        (
            c_int32,
            c_int64,
            c_int64,
            _array,
            POINTER(SamplerOptions),
            POINTER(RunOptions),
            c_int64,
            _new_handle,
        ),
    ),
    "sllc_chain_free": (None, (_handle,)),
    "sllc_chain_restart": (c_int32, (_handle, c_int64)),
    "sllc_chain_look": (c_int32, (_handle, POINTER(ChainState))),
    "sllc_chain_tell": (c_int32, (_handle, c_double, POINTER(ChainState))),
    "sllc_chain_leave": (c_int32, (_handle, POINTER(ChainState))),
    "sllc_chain_draw_batch": (c_int32, (_handle, _array)),
    "sllc_chain_measure": (c_int32, (_handle, POINTER(ChainMeasures))),
    "sllc_training_options_init": (None, (POINTER(TrainingOptions), c_int64)),
    "sllc_training_start": (
        c_int32,
        (_handle, _handle, POINTER(TrainingOptions), _array, _array, _new_handle),
    ),
    "sllc_estimate_compute": (
        c_int32,
        (_array, _array, c_double, c_int64, c_int64, c_double, _array, POINTER(Estimate)),
    ),
    "sllc_burnin_choose": (c_int32, (_array, _array, c_int64, c_int64, _int64)),
    "sllc_theory_deep_linear": (c_int32, (_int64, c_int64, c_int64, _coefficient)),
    "sllc_theory_deep_linear_local_bound": (
        c_int32,
        (_int64, c_int64, c_int64, _int64, _int64, _coefficient),
    ),
    "sllc_theory_reduced_rank": (c_int32, (c_int64, c_int64, c_int64, c_int64, _coefficient)),
    "sllc_theory_monomial": (c_int32, (_int64, _int64, c_int64, _coefficient)),
    "sllc_theory_sum": (c_int32, (_coefficient, c_int64, _coefficient)),
    "sllc_theory_product": (c_int32, (_coefficient, c_int64, _coefficient)),
}

_S = TypeVar("_S", bound=Structure)


def sized(struct: type[_S]) -> _S:
    """A zeroed struct that carries its own size, as every call that reads or fills one expects."""
    return struct(struct_size=sizeof(struct))


def int64s(values: tuple[int, ...]) -> ctypes.Array[c_int64]:
    """A C array of int64 from Python integers."""
    return (c_int64 * len(values))(*values)


def bind(library: ctypes.CDLL) -> None:
    """Gives every function of the header its types. AttributeError if the library lacks one."""
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
