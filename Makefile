# What can be done with a checkout. Every target sets up what it needs in .venv; nothing else is touched.
#
#   make PYTHON=python3.12 test    choose the Python (3.11 or newer); it is kept until another one is named

.DEFAULT_GOAL := help
.PHONY: help demo test test-all kernels environments bench truth fuzz lint style types imports spelling docs notebooks lock clean FORCE

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
RUN := $(BIN)/python -m
STAMP := $(VENV)/installed
DEV := $(VENV)/installed-dev

# ARGS="-k lag" chooses tests. JOBS=0 runs them in the process itself, as ARGS=--pdb needs.
ARGS :=
JOBS := 2
PYTEST := $(RUN) pytest --numprocesses $(JOBS) --dist loadfile

help:  ## say what can be made (default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP)  ## make a day of sample data, process it, and name the report to open
	$(RUN) fluxkit demo demo

test test-all: export OPENBLAS_NUM_THREADS := 1  # the workers share the cores already
test: $(DEV)  ## run the tests, but for the slow ones
	$(PYTEST) -m "not slow" $(ARGS)

test-all: $(DEV)  ## run all tests, then some with each Python that is here and with the oldest dependencies
	$(PYTEST) $(ARGS)
	$(RUN) tests.kernels
	$(BIN)/python .ci/environments.py

kernels: $(DEV)  ## run the kernels' tests with bounds checked, uncompiled and compiled
	$(RUN) tests.kernels $(ARGS)

environments: $(DEV)  ## that last part of test-all alone; TRY="3.12 lowest newest" chooses, newest being pre-releases
	$(BIN)/python .ci/environments.py $(TRY)

bench: $(DEV)  ## measure speed
	$(RUN) benchmarks

truth: $(DEV)  ## plant fluxes, recover them, and keep the errors for the docs; some minutes
	$(BIN)/python docs/truth.py
	$(BIN)/python docs/generate.py

# Bounded by numbers, not by time: FILES for each reader, GUIDED of those that coverage chooses.
FILES := 10000
GUIDED := 10000

fuzz: $(DEV) $(VENV)/fuzz-installed  ## have every reader read thousands of damaged files; hours. READERS="tob1 ghg" chooses
	nice $(RUN) tests.fuzz --files $(FILES) $(READERS)
	nice $(RUN) tests.fuzz --planted --files $(FILES) $(READERS)
	nice $(RUN) tests.fuzz --guided --files $(GUIDED) $(READERS)

$(VENV)/fuzz-installed: requirements-fuzz.lock $(DEV)
	PYTHON="$(PYTHON)" sh .ci/setup $(VENV) $(BIN)/python requirements-fuzz.lock
	@touch $(STAMP) $(DEV) $@

lint: style types imports spelling  ## check style, types, who imports whom, and spelling: what the commit hooks run too

style: $(DEV)
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: $(DEV)
	$(RUN) mypy

imports: $(DEV)
	$(BIN)/lint-imports

spelling: $(DEV)
	$(BIN)/typos

docs: $(DEV)  ## generate the tables, execute notebooks that changed, then the pages in docs/_build/html
	$(BIN)/python docs/generate.py
	$(BIN)/python notebooks/execute.py --changed
	$(RUN) sphinx -W --keep-going --quiet -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

notebooks: $(DEV)  ## execute the notebooks; the results are in notebooks/_executed
	$(BIN)/python notebooks/execute.py

lock:  ## pin the newest dependencies in requirements*.lock
	sh .ci/lock

clean:  ## remove what make has made, .venv included
	rm -rf $(VENV) .venv-lock .venv-try fuzz-failures demo build dist docs/_build docs/notebooks notebooks/_executed
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks .coverage
	find fluxkit tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# Another Python than the one .venv was made with: make it anew.
ifdef PYTHON
ifneq ($(PYTHON),$(shell cat $(VENV)/asked-for 2>/dev/null))
$(STAMP): FORCE
endif
endif

$(STAMP): requirements.lock pyproject.toml
	PYTHON="$(PYTHON)" sh .ci/setup $(VENV) $(BIN)/python requirements.lock
	@touch $@

$(DEV): requirements-dev.lock $(STAMP)
	PYTHON="$(PYTHON)" sh .ci/setup $(VENV) $(BIN)/python requirements-dev.lock
	@touch $(STAMP) $@
