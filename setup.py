"""Builds libswiftllc.so with the Swift package manager and bundles it; pyproject.toml says the rest."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Command, Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build
from setuptools.command.sdist import sdist
from setuptools.errors import BaseError

ROOT = Path(__file__).parent.resolve()
LIBRARY = "libswiftllc.so"


def check_prerequisites() -> None:
    """Says in a sentence what the build lacks, before a compiler says it in a hundred lines."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise BaseError(
            f"swiftllc builds on Linux x86-64 only; this is {platform.system()} {platform.machine()}."
        )
    if shutil.which("swift") is None:
        raise BaseError(
            "swiftllc is built with Swift, and there is no `swift` on PATH. Install a toolchain from "
            "https://www.swift.org/install/linux and add its usr/bin to PATH. Only the build needs it."
        )
    target = json.loads(subprocess.check_output(["swift", "-print-target-info"]))
    tools = Path(target["paths"]["runtimeResourcePath"]).parents[1] / "bin"

    first_line = (ROOT / "Package.swift").read_text().splitlines()[0]
    needed = re.findall(r"\d+", first_line)
    found = re.findall(r"\d+", target["compilerVersion"])
    if list(map(int, found[:2])) < list(map(int, needed[:2])):
        raise BaseError(
            f"swiftllc needs Swift {'.'.join(needed)} or newer; `swift` on PATH is "
            f"{target['compilerVersion']} in {tools}."
        )
    # clang prints a path where its linker finds the archive, and repeats the name where it does not.
    archive = "libopenblas.a"
    command = [tools / "clang", f"-print-file-name={archive}"]
    if subprocess.check_output(command, text=True).strip() == archive:
        raise BaseError(
            f"OpenBLAS's static archive ({archive}) was not found. On Debian and Ubuntu: "
            "sudo apt-get install libopenblas-dev"
        )


class BuildSwift(Command):
    """Compiles the library into the build directory, or beside the modules for `pip install -e`."""

    description = "build the native library with `swift build`"
    user_options = []
    editable_mode = False

    def initialize_options(self):
        self.build_lib = None

    def finalize_options(self):
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def run(self):
        check_prerequisites()
        # .build, not a folder of pip's own: the next install compiles only what changed, and
        # `swift build` and `swift test` in the checkout share it.
        swift_build = ["swift", "build", "--configuration", "release", "--product", "swiftllc"]
        try:
            subprocess.run(swift_build, cwd=ROOT, check=True)
        except subprocess.CalledProcessError as error:
            raise BaseError("`swift build` failed; the compiler's messages are above.") from error
        products = subprocess.check_output([*swift_build, "--show-bin-path"], cwd=ROOT, text=True).strip()

        library = Path(self.get_outputs()[0])
        library.parent.mkdir(parents=True, exist_ok=True)
        # Stripped next to its place and then renamed: a running Python keeps the file it has mapped.
        unfinished = library.with_suffix(".unfinished")
        strip = ["strip", "--strip-unneeded", "-o", unfinished, f"{products}/{LIBRARY}"]
        subprocess.run(strip, check=True)
        os.replace(unfinished, library)

    def get_outputs(self):
        base = ROOT / "python" if self.editable_mode else Path(self.build_lib)
        return [str(base / "swiftllc" / LIBRARY)]

    def get_output_mapping(self):
        return {}

    def get_source_files(self):
        return []  # MANIFEST.in lists them


class Wheel(bdist_wheel):
    """The library knows no Python version: one wheel for every Python 3 on this platform."""

    def get_tag(self):
        return "py3", "none", "linux_x86_64"


class SourceArchive(sdist):
    """With every link in Sources as a folder of its own; MANIFEST.in would follow one of the four."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        shutil.copytree(ROOT / "Sources", Path(base_dir, "Sources"))


class NativeDistribution(Distribution):
    """Without an extension module setuptools would call the wheel pure."""

    def has_ext_modules(self):
        return True


build.sub_commands.append(("build_swift", None))

setup(
    distclass=NativeDistribution,
    cmdclass={"build_swift": BuildSwift, "bdist_wheel": Wheel, "sdist": SourceArchive},
)
