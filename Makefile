# Everything that is done with this repository by name: `make help` lists it.
# Needed: make, Python 3.11 or newer with venv, and for the browser Debian's or Ubuntu's Chromium.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
STORE ?= $(or $(EXPLAINER_STORE),store)
WORKERS ?= 2

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadfile
export PYTHONUNBUFFERED := 1
# Options of pip, and a filter of its output: one line per download, and errors.
PIP_INSTALL := -m pip install --disable-pip-version-check --no-input
DOWNLOADS := sed -u -n 's/^ *Downloading /  downloading /p'

# The lock file works on every machine: it leaves out builds of torch for one kind of processor, drivers, and packages
# that only old Python versions need.
PORTABLE := sed -E -e '/^(nvidia-|cuda-|triton=)/d' -e 's/\+[a-z0-9.]+$$//' \
	-e '/^backports.zstd=/s/$$/; python_version < "3.14"/'

DEMO_STAMP := $(VENV)/.installed-demo
DEV_STAMP := $(VENV)/.installed-dev
# pip installs node, and npm installs Biome; npm writes this file when it has finished.
NODE_STAMP := node_modules/.package-lock.json
NPM := PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm --no-audit --no-fund --no-update-notifier --loglevel=error
BIOME := $(VENV)/bin/node node_modules/@biomejs/biome/bin/biome

.PHONY: help demo demo-hub serve check test bench screenshots lint format lock chromium

help: ## list the targets
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

demo: $(DEMO_STAMP) ## make a tagger and a corpus, analyse them, serve the dashboard (offline, once installed)
	@$(PY) -m analysis.demo
	@EXPLAINER_STORE=.demo/store exec $(PY) -m gunicorn app.wsgi:server

demo-hub: $(DEMO_STAMP) ## the same with dslim/bert-base-NER on CoNLL-2003, both downloaded from the hub
	@$(PY) -m analysis.demo --hub
	@EXPLAINER_STORE=.demo/hub-store exec $(PY) -m gunicorn app.wsgi:server

serve: $(DEMO_STAMP) ## serve the dashboard over a folder of runs: make serve STORE=path
	@[[ -d "$(STORE)" ]] || { echo "There is no folder $(STORE): say where the runs are, make serve STORE=path." >&2; exit 1; }
	@EXPLAINER_STORE="$(STORE)" exec $(PY) -m gunicorn app.wsgi:server

check: $(DEV_STAMP) ## lint, and run the tests that need neither a browser nor minutes
	@$(MAKE) --no-print-directory lint
	@echo "Running the quick tests ..."
	@$(PYTEST) -m "not browser and not slow"

test: $(DEV_STAMP) chromium ## lint, check types and imports, run every test and measure coverage
	@$(MAKE) --no-print-directory lint
	@echo "Running the tests ..."
	@$(PYTEST) --cov --cov-report=term

bench: $(DEV_STAMP) chromium ## measure the speed against public libraries and print the table of the README
	@$(PY) -m benchmarks

screenshots: $(DEV_STAMP) chromium ## draw the documents' pictures from the demo
	@$(PY) -m analysis.demo
	@$(PY) -m docs.screenshots

lint: $(DEV_STAMP) $(NODE_STAMP) ## check style, formatting, types and import rules
	@echo "Checking style (ruff) ..."
	@$(PY) -m ruff check --quiet --output-format concise .
	@$(PY) -m ruff format --check --quiet --output-format concise . || { echo "The files above are not formatted: make format." >&2; exit 1; }
	@echo "Checking scripts and style sheets (biome) ..."
	@checked=$$($(BIOME) check --error-on-warnings 2>&1) || { echo "$$checked"; \
		echo "Biome's findings are above: make format fixes what it can." >&2; exit 1; }
	@echo "Checking types (mypy) ..."
	@$(PY) -m mypy
	@echo "Checking the import rules (import-linter) ..."
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

format: $(DEV_STAMP) $(NODE_STAMP) ## format the code and fix what can be fixed automatically
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .
	@$(BIOME) check --write --log-level=error || true

lock: ## write requirements.lock and package-lock.json anew, from the newest versions that the ranges allow
	@echo "Making a clean environment (some minutes) ..."
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT; \
		$(PYTHON) -m venv "$$folder"; \
		"$$folder/bin/python" $(PIP_INSTALL) -r requirements-dev.txt | $(DOWNLOADS); \
		"$$folder/bin/python" -m pip freeze --quiet | $(PORTABLE) > requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@$(MAKE) --no-print-directory $(DEV_STAMP)
	@rm -f package-lock.json; $(NPM) install --package-lock-only --omit-lockfile-registry-resolved

chromium:
	@command -v chromium chromium-browser google-chrome > /dev/null && exit 0; \
	install="apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium"; \
	if [[ $$(id -u) == 0 ]]; then as_root=(bash -c); \
	elif sudo -n true 2> /dev/null; then as_root=(sudo -n bash -c); \
	else echo "The browser tests need Chromium; install it with: sudo apt-get install chromium" >&2; exit 1; fi; \
	echo "Installing Chromium from the system's packages ..."; \
	"$${as_root[@]}" "$$install" > /dev/null \
		|| { echo "Chromium could not be installed; try: sudo apt-get install chromium" >&2; exit 1; }

# The environment. Every installation keeps to the versions of the lock; a stamp says what is installed.

$(VENV)/bin/pip:
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON): install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1): make PYTHON=python3.11 ..." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv is missing; install it with: sudo apt-get install python3-venv" >&2; exit 1; }

$(DEMO_STAMP): requirements.txt requirements-demo.txt requirements.lock | $(VENV)/bin/pip
	@echo "Installing the packages (1-3 minutes the first time, more on a slow line) ..."
	@$(PY) $(PIP_INSTALL) -r requirements.txt -r requirements-demo.txt -c requirements.lock | $(DOWNLOADS)
	@touch $@

$(DEV_STAMP): requirements.txt requirements-demo.txt requirements-spacy.txt requirements-dev.txt requirements.lock | $(VENV)/bin/pip
	@echo "Installing the packages for development (2-4 minutes the first time, more on a slow line) ..."
	@$(PY) $(PIP_INSTALL) -r requirements.lock | $(DOWNLOADS)
	@touch $@ $(DEMO_STAMP)

$(NODE_STAMP): package.json package-lock.json | $(DEV_STAMP)
	@echo "Installing Biome (seconds) ..."
	@$(NPM) ci > /dev/null
	@touch $@
