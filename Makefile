# Everything runs from .venv, which this file makes with nothing but python3 (>= 3.11) and pip.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.bench-installed
PACKAGES := shared/pyproject.toml $(wildcard services/*/pyproject.toml) deploy/local/pyproject.toml
# setuptools warns at length of editable packages that lie beside other folders; ours do, and on purpose.
INSTALL := PYTHONWARNINGS=ignore $(BIN)/python -m pip --quiet --disable-pip-version-check install \
	-c requirements/constraints.txt
# The first interpreter that is new enough; `make PYTHON=/path/to/python3` chooses another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
# Half as many again as there are cores: a test waits for its database for a quarter of its time.
TESTERS = $(shell $(BIN)/python -c 'import os; print(max(1, min(6, (os.cpu_count() or 1) * 3 // 2)))')

# A file stays together, for its fixtures; files start in the order of tests/support/slowest_files.py.
PARTED = $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder

.PHONY: help setup demo demo-reset test lint bench acceptance openapi upgrade-dump

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
		|| sed -n 's/^\([a-z-]*\):.*## /  make \1  /p' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make .venv with the pinned packages (the other targets do it by themselves)

# Ctrl-C is for the demo alone, which takes it as soon as its interpreter has started.
demo: $(STAMP)  ## Start Miernik on this machine with a sample region, until Ctrl-C
	@trap '' INT; exec $(BIN)/miernik demo

demo-reset: $(STAMP)  ## Stop the demo and drop its data
	@exec $(BIN)/miernik demo-reset

test: $(STAMP)  ## Run the tests, all of them even if some fail
	@echo '== tests of parts, divided among the cores'
	@trap 'exit 130' INT; failed=0; \
	$(PARTED) -n $(TESTERS) tests/unit tests/house tests/integration tests/contract || failed=1; \
	echo '== tests of the whole, two at a time: each waits for its processes'; \
	$(PARTED) -n 2 tests/e2e || failed=1; \
	exit $$failed

lint: $(STAMP)  ## Check style, format, types and the borders between packages
	@echo '== ruff check'; $(BIN)/ruff check .
	@echo '== ruff format'; $(BIN)/ruff format --check .
	@echo '== pyright'; $(BIN)/pyright
	@echo '== lint-imports'; $(BIN)/lint-imports

bench: $(BENCH_STAMP)  ## Measure Miernik beside its peers; ARGS="R1 --small" chooses
	@exec $(BIN)/python -m tests.bench $(ARGS)

acceptance: $(STAMP)  ## Build the images, run them with compose and load the region; says what it could not run
	@exec $(BIN)/python -m pytest tests/acceptance -rs

openapi: $(STAMP)  ## Write docs/openapi anew from the code
	@exec $(BIN)/python -m tests.house.openapi_documents --write

upgrade-dump: $(STAMP)  ## Record a dump of this version for the upgrade tests; VERSION=2026-12-05 names it
	@exec $(BIN)/python -m tests.support.upgrade.make_dump $(or $(VERSION),$(shell date +%F))

# Debian splits ensurepip from python3; pip can then install itself into a bare environment.
$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'Making $(VENV) with $(PYTHON)'
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		rm -rf $(VENV); \
		$(PYTHON) -m venv --without-pip $(VENV); \
		$(PYTHON) -m pip --quiet --python $(BIN)/python install pip; }

# setuptools comes first, at its pin, and builds our packages: an isolated build would fetch it once per package.
$(STAMP): $(wildcard requirements/*.txt) $(PACKAGES) | $(BIN)/python
	@echo 'Installing the pinned packages into $(VENV) (a minute or two the first time)'
	@$(INSTALL) setuptools
	@$(INSTALL) --no-build-isolation -r requirements/dev.txt
	@touch $@

$(BENCH_STAMP): requirements/bench.txt $(STAMP)
	@echo 'Installing the peers of the bench'
	@$(INSTALL) -r requirements/bench.txt
	@touch $@
