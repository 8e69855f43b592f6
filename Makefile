# Two commands on a machine that has git, python3, make and a Swift toolchain: `make demo`, `make test`.
# Another Python than the first on PATH: make test PYTHON=/usr/bin/python3.12

PYTHON ?= python3
ifeq ($(origin CC),default)
CC = gcc
endif

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
SWIFT_BUILD := swift build -c release --product swiftllc
BENCH := .venv-bench
BENCHMARK := PYTHONPATH=python $(BENCH)/bin/python Benchmarks

# What Debian brings: asked for only where it is missing.
DEBIAN_PACKAGES := gcc libopenblas-dev python3-dev python3-numpy python3-venv

# All that the installed package is made of: it is built again when one of these changes. Folders are among
# them, since theirs is the date that changes when a file goes.
PACKAGE_SOURCES := Package.swift exports.map pyproject.toml setup.py \
	$(shell find Sources include python/swiftllc ! -name '*.so' ! -name '*.pyc' ! -name __pycache__)

MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.PHONY: help demo test test-interop lint format check-header check-coverage example-c wheel check-wheel system clean \
	bench bench-smoke bench-growth

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.installed-demo ## 40 deep linear networks against their exact learning coefficients
	@echo "==> the demo"
	$(BIN)/swiftllc experiment dln --quick

test: $(VENV)/.installed-test ## all tests: Swift, the C header and example, Python
	@echo "==> Swift tests"
	swift test -c release --disable-testable-imports
	@$(MAKE) check-header example-c
	@echo "==> Python tests"
	$(BIN)/python -m pytest --ignore python/tests/interop

test-interop: $(VENV)/.installed-test-interop ## the tests with PyTorch, JAX, Keras, ONNX and others; installs gigabytes
	@echo "==> Python tests with other libraries"
	$(BIN)/python -m pytest python/tests/interop python/tests/test_readme.py

lint: $(VENV)/.installed-lint ## style and types; changes nothing
	@echo "==> lint"
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks
	swift build -c release --explicit-target-dependency-import-check error
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.installed-lint ## write the style that lint asks for
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

check-header: | system ## the C header against the Swift functions and the library's symbols
	@echo "==> the C header"
	tools/check_header.sh

example-c: | system ## build and run examples/c/quadratic.c
	@echo "==> the C example"
	$(SWIFT_BUILD)
	@mkdir -p build
	$(CC) -std=c11 -Wall -Wextra -pedantic -Werror -O2 -Iinclude examples/c/quadratic.c \
		-L.build/release -lswiftllc -Wl,-rpath,'$(CURDIR)/.build/release' -lm -o build/quadratic
	build/quadratic

bench: $(BENCH)/.installed ## speed against other libraries and the machine; gigabytes to install, an hour or two
	$(SWIFT_BUILD)
	$(BENCHMARK)/run.py

bench-smoke: $(BENCH)/.installed ## three problems of it against JAX; under two minutes
	$(SWIFT_BUILD)
	$(BENCHMARK)/smoke.py

bench-growth: $(BENCH)/.installed ## how speed and memory grow; writes docs/images/growth.png
	$(SWIFT_BUILD)
	$(BENCHMARK)/growth.py

check-coverage: $(VENV)/.installed-test ## whether the error bars are honest, in 800 runs; takes minutes
	$(BIN)/python tools/check_coverage.py

wheel: $(BIN)/python ## dist/swiftllc-*.whl, for this platform and every Python 3
	@echo "==> the wheel"
	@rm -rf build/lib*
	$(PIP) wheel --no-deps --wheel-dir dist .
	@ls dist/*.whl

check-wheel: | system ## what a wheel from a clean clone needs and does on a machine without Swift
	tools/check_wheel.sh $(PYTHON)

clean: ## remove all that make has made
	rm -rf .build build dist $(VENV) $(BENCH) python/*.egg-info python/swiftllc/*.so experiments
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Tests see the library as its users do, so @testable is off. That also gives `swift test` the flags of
# `swift build`: one folder, .build, and nothing in it is compiled twice.

# The stem is the extra of pyproject.toml that brings what is needed beside the package.
$(VENV)/.installed-%: $(PACKAGE_SOURCES) | $(BIN)/python
	@echo "==> swiftllc into $(VENV), with what '$*' needs; the first build takes a few minutes"
	@rm -rf build/lib* # where setuptools would find modules that are gone
	$(PIP) install '.[$*]'
	@touch $@

# devinterp 2 is another version of what devinterp 1 is, and needs nothing else.
$(BENCH)/.installed: Benchmarks/requirements.txt | system
	@echo "==> $(BENCH): PyTorch, JAX, devinterp and others"
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip --quiet --disable-pip-version-check install -r $<
	$(BENCH)/bin/python -m pip --quiet --disable-pip-version-check install --no-deps --upgrade \
		--target $(BENCH)/devinterp2 devinterp==2.0.1
	@touch $@

$(BIN)/python: | system
	@echo "==> $(VENV), by $$(command -v $(PYTHON))"
	@$(PYTHON) -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' || { \
		echo "$(PYTHON) has to be 3.10 or newer, with its venv module (Debian: apt-get install python3-venv)."; \
		echo "Another one can be named: make PYTHON=/path/to/python3"; exit 1; } >&2
	$(PYTHON) -m venv $(VENV)

system:
	@command -v apt-get >/dev/null || { \
		echo "No apt here: OpenBLAS (header and libopenblas.a), gcc and Python's venv are yours to install."; exit 0; }; \
	missing=$$(for package in $(DEBIAN_PACKAGES); do \
		dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || echo $$package; done); \
	[ -n "$$missing" ] || exit 0; \
	echo "==> from Debian:" $$missing; \
	if [ $$(id -u) = 0 ]; then as_root=; \
	elif command -v sudo >/dev/null; then as_root=sudo; \
	else echo "As root, please: apt-get install" $$missing >&2; exit 1; fi; \
	$$as_root apt-get update -q && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing
