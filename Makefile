# Every command makes its own environment first: .venv, from the locked and hash-checked requirements.
# `make demo` needs Python 3.11 or newer, make and the package registry; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
WORKERS ?= 2

.PHONY: help demo test test-all check format bench lock clean browser

help:
	@echo "make demo [ARGS=--once]   the main job, with simulated phones, nothing to configure"
	@echo "make test                 all tests but the slow ones, on SQLite, PostgreSQL and in a browser"
	@echo "make test-all             the slow ones too"
	@echo "make check                linters, types, dependency rule"
	@echo "make bench                benchmarks"
	@echo "make lock                 renew the locked requirements from pyproject.toml"

demo: $(VENV)/.installed
	@$(BIN)/vakttelefon demo $(ARGS)

# The browser is looked for first: a test run that lacks one ends at once and says what to install.
test: browser $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

test-all: browser $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) -m "slow or not slow" $(ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench.roster $(ARGS)
	$(BIN)/python -m bench.planning
	$(BIN)/python -m bench.webhook $(ARGS)

# `make lock` keeps the versions that are locked where it can; `make lock ARGS=--upgrade` takes the newest.
# Setuptools is locked too, so that building the project itself fetches nothing unchecked.
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11

lock: $(VENV)/.python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	echo 'setuptools>=77' | $(COMPILE) $(ARGS) --output-file requirements.lock pyproject.toml -
	echo 'setuptools>=77' | $(COMPILE) $(ARGS) --extra test --extra lint --extra planner --extra bench --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml -

browser:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
		|| command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	else \
		echo "make test: no browser: install chromium (Debian: sudo apt install chromium), then run it again" >&2; \
		exit 1; \
	fi

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make: $(PYTHON) is missing or older than 3.11: install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } || { \
		echo "make: $(PYTHON) cannot make environments: install its venv package (Debian: sudo apt install python3-venv)" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The two environments are one folder: the development one holds the other. Installing the project itself
# needs setuptools alone, which is locked with everything else.
$(VENV)/.installed: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Installing the locked requirements into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.python requirements-dev.lock pyproject.toml
	@echo "Installing the locked requirements into $(VENV) (a few minutes, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed
