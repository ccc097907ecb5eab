# What can be done here; `make help` lists it. Needs Python 3.11 with venv, and for `make test` root or sudo.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_TESTS := tests/browser/node
N ?= 1000000
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Where this is set, every one of the processes that make up a start, hundreds in `make test`, compiles all modules
# again: 0.3 to 1 s of CPU each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test lint soak bench clean browser

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-6s %s\n", $$1, $$2}' Makefile

run: $(VENV)/runtime.stamp ## start the page and the collector
	@exec $(BIN)/python app.py

demo: $(VENV)/demo.stamp ## send the order service's calls to a started Flowglass; DEMO_SECONDS bounds it
	@exec $(BIN)/python -m demo

test: $(VENV)/dev.stamp $(NODE_TESTS)/node_modules/.stamp browser lint ## prove everything: format, lint, types, tests, coverage
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(PYTEST)

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

soak: $(VENV)/dev.stamp browser ## tests that take minutes to hours
	@$(BIN)/python -m pytest -m soak $(PYTEST)

bench: $(VENV)/dev.stamp ## measure, and write docs/benchmarks.md; N spans, 1000000 by default, FULL=1: 10000000
	@N=$(if $(FULL),10000000,$(N)) $(BIN)/python -m bench

clean: ## remove what was built and installed; stored telemetry stays
	@rm -rf $(VENV) build dist *.egg-info htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@rm -rf $(NODE_TESTS)/node_modules tests/artifacts
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "missing: Python 3.11 or later; on Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "missing: Python 3.11 or later, $(PYTHON) is `$(PYTHON) -V`; set PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "missing: python3-venv; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "making the virtual environment"
	@$(PYTHON) -m venv $(VENV)

# Each stamp stands for one set of pinned packages; a second run finds it and starts at once.
$(VENV)/runtime.stamp: requirements.txt constraints.txt | $(BIN)/python
	@echo "installing the pinned requirements"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements.txt constraints.txt | $(BIN)/python
	@echo "installing the pinned requirements of tests and checks"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt
	@touch $@ $(VENV)/runtime.stamp

$(VENV)/demo.stamp: demo/requirements.txt constraints.txt | $(BIN)/python
	@echo "installing the demo's pinned requirements"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r demo/requirements.txt
	@touch $@

$(NODE_TESTS)/node_modules/.stamp: $(NODE_TESTS)/package-lock.json | browser
	@cd $(NODE_TESTS) && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# Chromium drives the browser tests, Node sends with its own SDK, Alertmanager receives alerts; all from Debian.
browser:
	@missing=""; \
	command -v chromium-headless-shell >/dev/null || missing="$$missing chromium-headless-shell"; \
	command -v chromedriver >/dev/null || missing="$$missing chromium-driver"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v prometheus-alertmanager >/dev/null || missing="$$missing prometheus-alertmanager"; \
	[ -z "$$missing" ] && exit 0; \
	[ -z "$(SUDO)" ] || command -v sudo >/dev/null || { echo "missing:$$missing; run as root: apt-get install$$missing" >&2; exit 1; }; \
	echo "installing$$missing"; \
	$(SUDO) env $(APT) update && $(SUDO) env $(APT) install -y --no-install-recommends $$missing >/dev/null
