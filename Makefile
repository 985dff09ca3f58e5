# Every target does the set-up it needs; `make` alone lists them.

PYTHON ?= python3
JOBS ?= 2

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
PYTEST := $(BIN)/pytest -n $(JOBS) --dist worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-all lint bench docs train clean

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.stamp ## make .venv with everything but the training script's needs

run: .venv/.stamp ## simulate the digits network, then a layer of a language model's size
	$(BIN)/macsmith simulate digits
	$(BIN)/macsmith simulate ternary-int8-32x32

test: .venv/.stamp ## run the quick tests
	$(PYTEST)

test-all: .venv/.stamp ## run all tests, the long ones too
	$(PYTEST) -m "long or not long"

lint: .venv/.stamp ## check style, types, spelling and the direction of imports
	$(BIN)/ruff check --ignore-noqa
	$(BIN)/ruff format --check
	$(BIN)/pyright --warnings
	$(BIN)/codespell
	$(BIN)/lint-imports --no-logo

bench: .venv/.stamp ## measure how fast macsmith itself is
	$(BIN)/python -m benchmarks

docs: .venv/.stamp ## make the documentation's figures and pages
	$(BIN)/python -m docs.make

train: .venv/.stamp-train ## train the digits network anew
	$(BIN)/python designs/digits/train.py

clean: ## remove .venv and everything else that these targets made here
	rm -rf .venv build dist .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "macsmith needs Python 3.11 or later, which '$(PYTHON)' is not:" \
	    "name another one with 'make setup PYTHON=...'." >&2; exit 1; }
	@missing=; for tool in c++ make perl; do \
	    command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	  test -z "$$missing" || { \
	  echo "Building simulators needs a C++ compiler (c++), make and perl," \
	    "and these are not on the path:$$missing." >&2; exit 1; }
	@echo "Setting up .venv; the first time takes a minute or two."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(PIP) --editable '.[dev,docs]'
	@touch $@

.venv/.stamp-train: .venv/.stamp
	@$(PIP) --editable '.[train]'
	@touch $@
