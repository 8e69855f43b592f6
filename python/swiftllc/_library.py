"""Finds and loads ``libswiftllc.so``, once, at import."""

from __future__ import annotations

import ctypes
import os

from swiftllc import _abi, _signatures

_NAME = "libswiftllc.so"
_PACKAGE = os.path.dirname(os.path.realpath(__file__))


def _find() -> str:
    """The library's path: ``SWIFTLLC_LIBRARY``, else the package's own, else the source tree's build."""
    named = os.environ.get("SWIFTLLC_LIBRARY")
    if named:
        # No falling back from an explicit choice: it would hide a typing error in the path.
        if not os.path.isfile(named):
            raise ImportError(f"SWIFTLLC_LIBRARY is {named!r}, which is not a file.")
        return named
    bundled = os.path.join(_PACKAGE, _NAME)
    tree = os.path.dirname(os.path.dirname(_PACKAGE))
    built = os.path.join(tree, ".build", "release", _NAME)
    for path in (bundled, built):
        if os.path.isfile(path):
            return path
    raise ImportError(
        f"swiftllc's native library is missing: neither {bundled} nor {built} exists. Install the package "
        "with pip, or run `swift build -c release` in the source tree, or set SWIFTLLC_LIBRARY to its path."
    )


def _load() -> ctypes.CDLL:
    path = _find()
    try:
        # The default mode is RTLD_LOCAL: our BLAS must not answer for anybody else's.
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{path} could not be loaded: {error}") from error
    try:
        library.sllc_abi_version.restype = ctypes.c_int32
        version = library.sllc_abi_version()
    except AttributeError:
        raise ImportError(f"{path} is not swiftllc's native library.") from None
    if version != _abi.SLLC_ABI_VERSION:
        raise ImportError(
            f"{path} speaks version {version} of the C interface, this package version "
            f"{_abi.SLLC_ABI_VERSION}: the two come from different releases. Reinstall swiftllc."
        )
    try:
        _signatures.bind(library)
    except AttributeError as error:
        raise ImportError(f"{path} lacks a function of the C interface: {error}") from None
    return library


#: The loaded library, every function typed.
lib = _load()
