"""The ctypes declarations against the text of the header."""

import ctypes
import re
from pathlib import Path

import pytest

from swiftllc import _abi, _signatures
from swiftllc._library import lib

HEADER = Path(__file__).parents[2] / "include" / "swiftllc.h"
pytestmark = pytest.mark.skipif(not HEADER.is_file(), reason="the header is in the source tree only")

SCALARS = {
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "double": ctypes.c_double,
    "sllc_status": ctypes.c_int32,
}


def header() -> str:
    parts = [HEADER, *sorted((HEADER.parent / "swiftllc").glob("*.h"))]
    return re.sub(r"/\*.*?\*/", "", "\n".join(part.read_text() for part in parts), flags=re.DOTALL)


def acceptable(declaration: str) -> list[object]:
    """The ctypes types that a C type such as ``const double *`` may be bound as."""
    words = declaration.replace("*", " * ").split()
    depth = words.count("*")
    base = next(word for word in words if word not in ("const", "*"))
    if depth == 0:
        return [SCALARS[base]] if base in SCALARS else [_abi.STRUCTS[base]]
    if base == "char":
        return [ctypes.c_char_p]
    if depth == 2:
        return [ctypes.POINTER(ctypes.c_void_p)]
    pointed = SCALARS.get(base) or _abi.STRUCTS.get(base)
    return [ctypes.c_void_p] if pointed is None else [ctypes.c_void_p, ctypes.POINTER(pointed)]


def functions() -> dict[str, tuple[str, list[str]]]:
    found = re.findall(r"^([\w ]+?[ *]+)(sllc_\w+)\(([^)]*)\);", header(), flags=re.MULTILINE)
    # The last word of a parameter is its name.
    return {
        name: (
            result.strip(),
            [re.sub(r"\w+$", "", p.strip()) for p in parameters.split(",") if p.strip() != "void"],
        )
        for result, name, parameters in found
    }


def structs() -> dict[str, list[tuple[str, str]]]:
    found = re.findall(r"typedef struct (\w+) \{(.*?)\}", header(), flags=re.DOTALL)
    return {
        name: [
            re.fullmatch(r"(.*?[ *])(\w+)", field.strip()).groups()
            for field in body.split(";")
            if field.strip()
        ]
        for name, body in found
    }


def constants() -> dict[str, int]:
    text = header().replace("INT64_MIN", str(-(2**63)))
    pairs = re.findall(r"\b(SLLC_\w+) = (-?\d+)", text)
    pairs += re.findall(r"#define (SLLC_\w+) (-?\d+)", text)
    return {name: int(value) for name, value in pairs}


def test_every_function_of_the_header_is_bound_with_its_types():
    declared = functions()
    assert len(declared) > 30
    assert declared.keys() == _signatures.FUNCTIONS.keys()
    for name, (result, parameters) in declared.items():
        bound_result, bound = _signatures.FUNCTIONS[name]
        assert bound_result is None if result == "void" else bound_result in acceptable(result), name
        assert len(bound) == len(parameters), name
        for argument, declaration in zip(bound, parameters, strict=True):
            assert argument in acceptable(declaration), (name, declaration)


def test_every_struct_has_the_fields_of_the_header_in_order():
    declared = structs()
    assert declared.keys() == _abi.STRUCTS.keys()
    for name, fields in declared.items():
        bound = _abi.STRUCTS[name]._fields_
        assert [field for _, field in fields] == [field for field, _ in bound], name
        for (declaration, field), (_, bound_type) in zip(fields, bound, strict=True):
            assert bound_type in acceptable(declaration), (name, field)


def test_every_constant_has_the_value_of_the_header():
    declared = constants()
    assert len(declared) > 20
    assert declared == {name: value for name, value in vars(_abi).items() if name.startswith("SLLC_")}


@pytest.mark.parametrize("name", ["sampler_options", "run_options", "training_options"])
def test_the_library_fills_in_no_more_than_the_struct_it_is_given(name):
    struct = _abi.STRUCTS[f"sllc_{name}"]
    init = getattr(lib, f"sllc_{name}_init")
    whole = ctypes.sizeof(struct)
    for size in (0, 8, 24, whole):
        options = struct()
        ctypes.memset(ctypes.byref(options), 0xAA, whole)
        kind = (_abi.SLLC_HMC,) if name == "sampler_options" else ()
        init(ctypes.byref(options), size, *kind)
        written = bytes(options)
        assert written[size:] == b"\xaa" * (whole - size)
        assert size == 0 or options.struct_size == size


def test_the_defaults_are_those_that_the_header_documents():
    run, sgld, training = _abi.RunOptions(), _abi.SamplerOptions(), _abi.TrainingOptions()
    lib.sllc_run_options_init(run, ctypes.sizeof(run))
    lib.sllc_sampler_options_init(sgld, ctypes.sizeof(sgld), _abi.SLLC_SGLD)
    lib.sllc_training_options_init(training, ctypes.sizeof(training))
    assert run.nbeta != run.nbeta
    assert (run.num_chains, run.num_draws, run.num_burnin_steps, run.num_steps_bw_draws) == (4, 500, 200, 1)
    assert (run.batch_size, run.seed, run.threads, run.num_acceptance_checks) == (0, 0, 0, 100)
    assert sgld.lr != sgld.lr
    assert (sgld.localization, sgld.noise_level, sgld.weight_decay) == (1, 1, 0)
    assert (sgld.preconditioner, sgld.localization_metric) == (None, _abi.SLLC_ISOTROPIC)
    assert training.lr != training.lr
    assert (training.optimizer, training.momentum, training.weight_decay) == (_abi.SLLC_SGD, 0, 0)
    assert (training.beta1, training.beta2, training.epsilon) == (0.9, 0.999, 1e-8)
    assert (training.num_steps, training.batch_size, training.seed) == (1000, 0, 0)
