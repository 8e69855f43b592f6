"""The functions of the C interface, ``include/swiftllc.h`` and its parts, in ctypes."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_int32, c_int64, c_void_p
from typing import Any

from swiftllc import _abi

_handle = c_void_p
_array = c_void_p
_new_handle = POINTER(c_void_p)
_int64 = POINTER(c_int64)
_double = POINTER(c_double)
_coefficient = POINTER(_abi.LearningCoefficient)

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
    "sllc_sampler_options_init": (None, (POINTER(_abi.SamplerOptions), c_int64, c_int32)),
    "sllc_run_options_init": (None, (POINTER(_abi.RunOptions), c_int64)),
    "sllc_run_start": (
        c_int32,
        (
            _handle,
            _handle,
            _array,
            POINTER(_abi.SamplerOptions),
            POINTER(_abi.RunOptions),
            POINTER(_abi.Trace),
            _new_handle,
        ),
    ),
    "sllc_run_wait": (c_int32, (_handle, c_int64, POINTER(_abi.Progress))),
    "sllc_run_cancel": (c_int32, (_handle,)),
    "sllc_run_free": (None, (_handle,)),
    "sllc_chain_create": (
        c_int32,
        (
            c_int32,
            c_int64,
            c_int64,
            _array,
            POINTER(_abi.SamplerOptions),
            POINTER(_abi.RunOptions),
            c_int64,
            _new_handle,
        ),
    ),
    "sllc_chain_free": (None, (_handle,)),
    "sllc_chain_restart": (c_int32, (_handle, c_int64)),
    "sllc_chain_look": (c_int32, (_handle, POINTER(_abi.ChainState))),
    "sllc_chain_tell": (c_int32, (_handle, c_double, POINTER(_abi.ChainState))),
    "sllc_chain_leave": (c_int32, (_handle, POINTER(_abi.ChainState))),
    "sllc_chain_draw_batch": (c_int32, (_handle, _array)),
    "sllc_chain_measure": (c_int32, (_handle, POINTER(_abi.ChainMeasures))),
    "sllc_training_options_init": (None, (POINTER(_abi.TrainingOptions), c_int64)),
    "sllc_training_start": (
        c_int32,
        (_handle, _handle, POINTER(_abi.TrainingOptions), _array, _array, _new_handle),
    ),
    "sllc_estimate_compute": (
        c_int32,
        (_array, _array, c_double, c_int64, c_int64, c_double, _array, POINTER(_abi.Estimate)),
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


def bind(library: ctypes.CDLL) -> None:
    """Gives every function of the header its types. AttributeError if the library lacks one."""
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
