"""Calls that no binding would make: each must return a status, and none may end the process."""

import json
import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import ctypes, json, math
from ctypes import byref, c_double, c_int64, c_void_p, sizeof
from swiftllc import _abi, _signatures
from swiftllc._library import lib

answers = {}

def call(label, function, *arguments):
    # Another failure first, so that its message would show if this call left none of its own.
    lib.sllc_graph_create(7, byref(c_void_p()))
    stale = lib.sllc_last_error()
    status = function(*arguments)
    message = lib.sllc_last_error()
    answers[label] = [status, "" if message == stale else message.decode()]

def shape(*sizes):
    return (c_int64 * len(sizes))(*sizes)

ABSURD = [-1, 2**31, 2**62, 2**63 - 1, -2**63]
node = c_int64()
"""

MODEL = """
graph, model, dataset = c_void_p(), c_void_p(), c_void_p()
assert lib.sllc_graph_create(_abi.SLLC_FLOAT64, byref(graph)) == 0
numbers = []
def add(status):
    assert status == 0, lib.sllc_last_error()
    numbers.append(node.value)
    return node.value
x = add(lib.sllc_graph_add_input(graph, 0, shape(2), 1, byref(node)))
w = add(lib.sllc_graph_add_parameter(graph, b"w", shape(1, 2), 2, byref(node)))
f = add(lib.sllc_graph_add_linear(graph, x, w, -1, byref(node)))
y = add(lib.sllc_graph_add_input(graph, 0, shape(1), 1, byref(node)))
loss = add(lib.sllc_graph_add_mean_squared_error(graph, f, y, byref(node)))
"""

COMPILED = (
    MODEL
    + """
assert lib.sllc_model_compile(graph, loss, f, byref(model)) == 0
samples, targets = (c_double * 8)(*range(8)), (c_double * 4)(1, 1, 1, 1)
arrays = (c_void_p * 2)(ctypes.addressof(samples), ctypes.addressof(targets))
assert lib.sllc_dataset_create(model, 4, arrays, None, 2, byref(dataset)) == 0
params = (c_double * 2)(0.5, 0.5)
"""
)

RUN = (
    COMPILED
    + """
def start(label, sampler={}, run={}, trace={}, parameters=params, on=None):
    s, r, t = _abi.SamplerOptions(), _abi.RunOptions(), _abi.sized(_abi.Trace)
    lib.sllc_sampler_options_init(byref(s), sizeof(s), 0); lib.sllc_run_options_init(byref(r), sizeof(r))
    s.lr, r.num_chains, r.num_draws, r.num_burnin_steps = 1e-3, 1, 4, 0
    losses, baselines = (c_double * 4)(), (c_double * 4)()
    t.losses, t.baselines = ctypes.addressof(losses), ctypes.addressof(baselines)
    for struct, changes in ((s, sampler), (r, run), (t, trace)):
        for name, value in changes.items():
            setattr(struct, name, value)
    handle = c_void_p()
    data = dataset if on is None else on
    call(label, lib.sllc_run_start, model, data, parameters, byref(s), byref(r), byref(t), byref(handle))
    lib.sllc_run_free(handle)
"""
)


def answers(*scripts: str) -> dict[str, list]:
    script = "\n".join(map(textwrap.dedent, (PRELUDE, *scripts, "print(json.dumps(answers))")))
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)


def assert_all_refused(found: dict[str, list], status: tuple[int, ...] = (1,)) -> None:
    assert found
    for label, (code, message) in found.items():
        assert code in status, f"{label}: status {code}, {message!r}"
        assert message, f"{label}: no message"


def test_every_function_refuses_nothing_but_nulls_and_zeros():
    found = answers("""
    for name, (result, arguments) in _signatures.FUNCTIONS.items():
        numbers = (ctypes.c_int32, c_int64, c_double)
        zeros = [0 if argument in numbers else None for argument in arguments]
        if result is ctypes.c_int32 and arguments:
            call(name, getattr(lib, name), *zeros)
    """)
    # Looking for what is not finite among no numbers finds nothing.
    found.pop("sllc_array_first_nonfinite", None)
    assert_all_refused(found)
    assert len(found) > 20


def test_freeing_null_and_initialising_null_do_nothing():
    assert (
        answers("""
    for name in ("graph", "model", "dataset", "run"):
        getattr(lib, f"sllc_{name}_free")(None)
    for name in ("run_options", "training_options"):
        getattr(lib, f"sllc_{name}_init")(None, 2**62)
    lib.sllc_sampler_options_init(None, 2**62, 0)
    """)
        == {}
    )


def test_absurd_shapes_and_ranks_are_refused():
    assert_all_refused(
        answers("""
    graph = c_void_p()
    call("precision", lib.sllc_graph_create, -1, byref(graph))
    assert lib.sllc_graph_create(0, byref(graph)) == 0
    call("element", lib.sllc_graph_add_input, graph, 9, shape(2), 1, byref(node))
    call("nameless", lib.sllc_graph_add_parameter, graph, None, shape(2), 1, byref(node))
    call("no node out", lib.sllc_graph_add_input, graph, 0, shape(2), 1, None)
    call("null shape", lib.sllc_graph_add_input, graph, 0, None, 1, byref(node))
    for rank in (-1, 2**62, -2**63, 2**63 - 1):
        call(f"rank {rank}", lib.sllc_graph_add_input, graph, 0, shape(2, 2), rank, byref(node))
    for size in (0, -1, -2**63):
        call(f"size {size}", lib.sllc_graph_add_parameter, graph, b"w", shape(size), 1, byref(node))
    for size in (2**62, 2**63 - 1):
        call(f"product {size}", lib.sllc_graph_add_parameter, graph, b"w", shape(size, size), 2, byref(node))
    """)
    )


def test_nodes_that_do_not_exist_or_do_not_fit_are_refused():
    assert_all_refused(
        answers(
            MODEL,
            """
    for n in (-2, -1, 99, 2**62, -2**63, 2**63 - 1):
        call(f"linear input {n}", lib.sllc_graph_add_linear, graph, n, w, -1, byref(node))
        call(f"linear weight {n}", lib.sllc_graph_add_linear, graph, x, n, -1, byref(node))
        if n != -1:
            call(f"linear bias {n}", lib.sllc_graph_add_linear, graph, x, w, n, byref(node))
            call(f"output {n}", lib.sllc_model_compile, graph, loss, n, byref(c_void_p()))
        call(f"activation {n}", lib.sllc_graph_add_activation, graph, 0, 0.0, n, byref(node))
        call(f"loss {n}", lib.sllc_model_compile, graph, n, -1, byref(c_void_p()))
        call(f"target {n}", lib.sllc_graph_add_mean_squared_error, graph, f, n, byref(node))
        call(f"label {n}", lib.sllc_graph_add_cross_entropy, graph, f, n, -100, 0.0, byref(node))
    call("kind", lib.sllc_graph_add_activation, graph, 42, 0.0, x, byref(node))
    call("float label", lib.sllc_graph_add_cross_entropy, graph, f, y, -100, 0.0, byref(node))
    call("shapes", lib.sllc_graph_add_mean_squared_error, graph, x, y, byref(node))
    call("no loss", lib.sllc_model_compile, graph, x, -1, byref(c_void_p()))
    """,
        )
    )


def test_data_sets_of_absurd_sizes_are_refused():
    assert_all_refused(
        answers(
            COMPILED,
            """
    for count in (-1, 0, 1, 3, 2**62, -2**63):
        call(f"arrays {count}", lib.sllc_dataset_create, model, 4, arrays, None, count, byref(c_void_p()))
    for count in (-1, 0, 2**62, 2**63 - 1, -2**63):
        call(f"samples {count}", lib.sllc_dataset_create, model, count, arrays, None, 2, byref(c_void_p()))
    call("no arrays", lib.sllc_dataset_create, model, 4, None, None, 2, byref(c_void_p()))
    call("finite precision", lib.sllc_array_first_nonfinite, samples, 5, 1, byref(node))
    call("finite count", lib.sllc_array_first_nonfinite, samples, 1, -1, byref(node))
    call("no parameters", lib.sllc_model_losses, model, dataset, None, samples, None)
    call("no gradient", lib.sllc_model_gradient, model, dataset, params, None, None)
    call("no outputs", lib.sllc_model_outputs, model, dataset, params, None)
    call("slice", lib.sllc_model_parameter_slice, model, x, byref(node), byref(node))
    """,
        )
    )


def test_missing_targets_are_refused_where_they_are_needed():
    found = answers(
        RUN,
        """
    half = (c_void_p * 2)(ctypes.addressof(samples), None)
    untargeted = c_void_p()
    assert lib.sllc_dataset_create(model, 4, half, None, 2, byref(untargeted)) == 0
    outputs = (c_double * 4)()
    assert lib.sllc_model_outputs(model, untargeted, params, outputs) == 0
    call("losses", lib.sllc_model_losses, model, untargeted, params, outputs, None)
    call("gradient", lib.sllc_model_gradient, model, untargeted, params, outputs, None)
    start("run", on=untargeted)
    """,
    )
    assert_all_refused(found)


def test_labels_out_of_range_are_refused():
    assert_all_refused(
        answers("""
    graph, model = c_void_p(), c_void_p()
    assert lib.sllc_graph_create(0, byref(graph)) == 0
    lib.sllc_graph_add_input(graph, 0, shape(2), 1, byref(node)); x = node.value
    lib.sllc_graph_add_parameter(graph, b"w", shape(3, 2), 2, byref(node)); w = node.value
    lib.sllc_graph_add_linear(graph, x, w, -1, byref(node)); f = node.value
    lib.sllc_graph_add_input(graph, 1, None, 0, byref(node)); y = node.value
    assert lib.sllc_graph_add_cross_entropy(graph, f, y, -(2**63), 0.0, byref(node)) == 0
    assert lib.sllc_model_compile(graph, node.value, -1, byref(model)) == 0
    samples = (ctypes.c_float * 4)()
    for label in (3, -1, -100, 2**62, -2**63):
        labels = (c_int64 * 2)(0, label)
        arrays = (c_void_p * 2)(ctypes.addressof(samples), ctypes.addressof(labels))
        call(f"label {label}", lib.sllc_dataset_create, model, 2, arrays, None, 2, byref(c_void_p()))
    """)
    )


def test_run_options_that_cannot_be_are_refused():
    assert_all_refused(
        answers(
            RUN,
            """
    for value in (math.nan, math.inf, -1.0, 0.0):
        start(f"lr {value}", sampler={"lr": value})
    for value in (math.nan, math.inf, -1.0):
        for name in ("localization", "noise_level", "weight_decay"):
            start(f"{name} {value}", sampler={name: value})
    for value in (math.inf, -1.0, 0.0):
        start(f"nbeta {value}", run={"nbeta": value})
    start("metric", sampler={"localization_metric": 5})
    zeros = (c_double * 2)()
    start("preconditioner", sampler={"preconditioner": ctypes.addressof(zeros)})
    for value in (0, -1, -2**63):
        for name in ("num_chains", "num_draws", "num_steps_bw_draws"):
            start(f"{name} {value}", run={name: value})
    for name in ("num_burnin_steps", "num_acceptance_checks", "batch_size", "threads"):
        start(f"{name} -1", run={name: -1})
    start("batch", run={"batch_size": 5})
    start("no losses", trace={"losses": None})
    start("no baselines", trace={"baselines": None})
    start("no parameters", parameters=None)
    start("options size", run={"struct_size": 3})
    start("sampler size", sampler={"struct_size": -8})
    start("trace size", trace={"struct_size": 0})
    """,
        )
    )


@pytest.mark.parametrize("name", ["num_chains", "num_draws", "num_burnin_steps", "num_steps_bw_draws"])
def test_counts_whose_product_overflows_are_refused(name):
    # The buffers are the caller's word; these sizes no buffer can have.
    assert_all_refused(answers(RUN, f"start('{name}', run={{'{name}': 2**63 - 1}})"), (1, 2))


def test_absurd_estimates_and_theories_are_refused():
    assert_all_refused(
        answers("""
    out, estimate = _abi.LearningCoefficient(), _abi.sized(_abi.Estimate)
    losses, dln = (c_double * 4)(), lib.sllc_theory_deep_linear
    def compute(label, traces, chains, draws, function=lib.sllc_estimate_compute):
        call(label, function, traces, traces, 0.0, chains, draws, 1.0, None, byref(estimate))
    for chains, draws in ((0, 4), (4, 0), (-1, 4), (2**62, 2**62), (-2**63, 1)):
        compute(f"estimate {chains} {draws}", losses, chains, draws)
    compute("no losses", None, 1, 4)
    for widths, rank in (((2,), 0), ((2, 0), 0), ((2, 2), -1), ((2, 2), 3), ((-2**63, 2), 0)):
        call(f"dln {widths} {rank}", dln, shape(*widths), len(widths), rank, byref(out))
    for count in (0, -1, 2**62):
        call(f"dln count {count}", dln, shape(2, 2), count, 0, byref(out))
        call(f"monomial count {count}", lib.sllc_theory_monomial, shape(1), None, count, byref(out))
        call(f"sum count {count}", lib.sllc_theory_sum, byref(out), count, byref(out))
    big = 2**62
    call("dln overflow", dln, shape(big, big, big), 3, 0, byref(out))
    call("reduced rank overflow", lib.sllc_theory_reduced_rank, big, big, big, 0, byref(out))
    call("reduced rank", lib.sllc_theory_reduced_rank, 2, 2, 2, 3, byref(out))
    call("monomial zeros", lib.sllc_theory_monomial, shape(0, 0), None, 2, byref(out))
    call("monomial negative", lib.sllc_theory_monomial, shape(-1), None, 1, byref(out))
    nothing = _abi.LearningCoefficient(1, 0, 1)
    call("denominator 0", lib.sllc_theory_sum, byref(nothing), 1, byref(out))
    """)
    )
