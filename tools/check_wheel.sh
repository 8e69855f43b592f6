#!/bin/bash
# Builds the wheel of the last commit from a clean clone, and shows that it is what it claims to be:
#  - one wheel, py3-none-linux_x86_64, with the library inside, and a source archive with all sources;
#  - a library that needs only what every glibc system has, and shows only the functions of the header;
#  - a package that works in an empty environment, from another directory, with no Swift on PATH, on the
#    newest numpy and on Debian's own python3 and python3-numpy.
# usage: tools/check_wheel.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { echo "check-wheel: $*"; }
fail() { say "$*" >&2; exit 1; }
pip() { "$work/venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

say "a clean clone of $(git log -1 --format='%h, "%s"')"
[ -z "$(git status --porcelain)" ] || say "what is not committed is not in it"
git clone --quiet . "$work/source"
"$python" -m venv "$work/venv"
pip install build
(cd "$work/source" && "$work/venv/bin/python" -m build --wheel --sdist --outdir "$work/dist" . >"$work/log" 2>&1) ||
  { cat "$work/log"; fail "the build failed"; }

wheels=("$work"/dist/*.whl)
wheel=${wheels[0]}
[[ ${#wheels[@]} = 1 && $wheel = */swiftllc-*-py3-none-linux_x86_64.whl ]] || fail "unexpected: ${wheels[*]}"
"$python" -m zipfile -e "$wheel" "$work/wheel"
grep -qx 'Tag: py3-none-linux_x86_64' "$work"/wheel/*.dist-info/WHEEL || fail "the tag inside is another one"
grep -qx 'Root-Is-Purelib: false' "$work"/wheel/*.dist-info/WHEEL || fail "the wheel calls itself pure"
[ -f "$work/wheel/swiftllc/py.typed" ] || fail "py.typed is missing"
say "$(basename "$wheel"), $(du -h "$wheel" | cut -f1)"

mkdir "$work/archive"
tar -xzf "$work"/dist/*.tar.gz -C "$work/archive" --strip-components 1
for part in Sources Tests Benchmarks/products include Package.swift exports.map setup.py; do
  diff -r "$work/source/$part" "$work/archive/$part" || fail "the source archive lacks the above"
done
say "the source archive has all sources"

library=$work/wheel/swiftllc/libswiftllc.so
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
foreign=$(grep -vxE 'lib(c|m|dl|pthread)\.so\.[0-9]+|libgcc_s\.so\.1|libstdc\+\+\.so\.6|ld-linux-x86-64\.so\.2' <<<"$needed" || true)
[ -z "$foreign" ] || fail "the library needs" $foreign
say "needs only" $needed
search=$(readelf -d "$library" | sed -n 's/.*(\(RUNPATH\|RPATH\)).*\[\(.*\)\]/\2/p')
[[ -z $search || $search = '$ORIGIN' ]] || fail "the library looks for others in $search"
exported=$(nm -D --extern-only --defined-only "$library" | sed 's/.* //')
foreign=$(grep -v '^sllc_' <<<"$exported" || true)
[ -z "$foreign" ] || fail "the library also exports" $foreign
glibc=$(readelf -V "$library" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -1)
[ "$(printf '%s\n' GLIBC_2.36 "$glibc" | sort -V | tail -1)" = GLIBC_2.36 ] ||
  fail "the library needs $glibc, and Debian 12 has GLIBC_2.36"
say "exports $(wc -l <<<"$exported") functions, all sllc_*; newest symbol of glibc: $glibc"

cat >"$work/use.py" <<'P'
import os
import platform
import sys
from fractions import Fraction

import numpy as np

import swiftllc as sl

assert not os.environ.get("PATH"), "not an empty environment"
frameworks = {"jax", "keras", "matplotlib", "tensorflow", "torch"} & set(sys.modules)
assert not frameworks, f"import swiftllc brought {frameworks}"

coefficient = sl.theory.dln(widths=(10, 20, 15, 8, 12), rank=3)
assert (coefficient.value, coefficient.multiplicity) == (Fraction(45), 2), coefficient

# Four orthogonal directions of curvature 2: examples/c/quadratic.c derives the value.
row, column = np.mgrid[0:8, 1:5]
bits = row & column
X = 1.0 - 2.0 * ((bits ^ bits >> 1 ^ bits >> 2) & 1)
model = sl.Model(sl.Sequential(sl.Linear(4, 1, bias=False)), input_shape=(4,), loss="mse", dtype="float64")
params = model.init(seed=0)
result = sl.estimate_llc(
    model, params, (X, model(params, X)), sampler=sl.SGLD(lr=1e-3, localization=0.0),
    num_draws=5000, nbeta=100.0, batch_size=8, seed=0, progress=False,
)
exact = 4 / 2 / (1 - 1e-3 * 200 / 4)
assert abs(result.llc - exact) <= 4 * result.stderr, f"{result.llc} +- {result.stderr}, exact {exact}"
print(f"Python {platform.python_version()}, numpy {np.__version__}: llc {result.llc:.3f} +- {result.stderr:.3f}, "
      f"exact {exact:.3f}")
P

# From another directory, with an environment that is empty but for what is given.
use() {
  local where=$1; shift
  (cd / && env -i "$@" "$work/use.py") >"$work/log" 2>&1 || { cat "$work/log"; fail "$where does not work"; }
  say "$where: $(cat "$work/log")"
}

"$python" -m venv --clear "$work/venv"
pip install "$wheel"
use "alone in a new environment" "$work/venv/bin/python"

# Debian's python3 by its path: the one on PATH may be another.
if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
  pip install --no-deps --target "$work/target" "$wheel"
  use "with the system's numpy" PYTHONPATH="$work/target" /usr/bin/python3
else
  missing="/usr/bin/python3 has no numpy (Debian: apt-get install python3-numpy)"
  [ -z "${CI:-}" ] || fail "$missing"
  say "skipped: $missing"
fi
say "all is well"
