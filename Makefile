# Every command of the project; `make` alone lists them.
# The first one makes a virtual environment in .venv from requirements.lock; it needs only Python 3.11 or newer.

PYTHON ?= python3
FAMILY ?= district
BIN := .venv/bin

# Public benchmark data, where it lies beside the checkout and nothing else was asked for.
ifeq ($(origin YIZHAN_DATA),undefined)
ifneq ($(wildcard ../shared/data/.),)
export YIZHAN_DATA := $(abspath ../shared/data)
endif
endif

.DEFAULT_GOAL := help
.PHONY: help demo test check bench quality smoke serve lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

demo: .venv/.ready  ## plan one day of a district and write plan, map and sheets to out/demo
	$(BIN)/yizhan demo

test: .venv/.ready  ## run the tests
	$(BIN)/yizhan warmup
	$(BIN)/pytest -n 2

check: .venv/.ready  ## lint, format, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/.bench  ## measure speed on fixed work, with the peers installed
	$(BIN)/pytest benchmarks --benchmark-only

quality: .venv/.bench  ## compare with other solvers: make quality FAMILY=vrptw OPTIONS="--time 5"
	$(BIN)/python -m benchmarks.quality $(FAMILY) $(OPTIONS)

smoke: .venv/.ready  ## run every benchmark once in a small size, without measuring
	$(BIN)/pytest benchmarks --benchmark-disable -q -n 2 --dist loadfile

serve: .venv/.ready  ## start API and console; the first start makes a demo district and prints its key
	$(BIN)/yizhan serve

lock: .venv/.ready  ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:  ## remove the virtual environment, caches and output (saved benchmark runs stay)
	rm -rf .venv out dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

.venv/.bench: .venv/.ready
	$(BIN)/uv pip install --quiet --python $(BIN)/python --constraints requirements.lock --editable '.[bench]'
	touch $@
