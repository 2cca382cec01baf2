# Each target sets up what it needs on a machine with Python 3.11+ and make, and repeats no work that is done.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
LAB    := extension/lab
BUNDLE := extension/pressrun/static/panels.js

export UV_PYTHON_DOWNLOADS := never
# Trust what the machine trusts: many institutions' networks have a certificate of their own.
export UV_SYSTEM_CERTS := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export SKIP_JUPYTER_BUILDER := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check format bench pictures lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMPS)/environment $(BUNDLE) ## make .venv with everything, the front end built

demo: setup ## run the example paper's experiments, build it to HTML and PDF
	@$(BIN)/python papers/digits/experiments/sweep.py
	@$(BIN)/pressrun build papers/digits --to html,pdf

test: setup ## the tests, but for those marked slow
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadgroup

test-all: setup ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: setup ## format, lint, types, layers, docs; zero warnings
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@cd $(LAB) && npm run --silent check
	@$(BIN)/python -m pytest -q tests/test_layers.py tests/test_public_api.py tests/test_docs.py tests/test_repository.py

format: setup ## put everything into its format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@cd $(LAB) && npm run --silent format

bench: setup ## measure beside the named peers and write docs/benchmarks.md
	@$(BIN)/python tests/bench/report.py

pictures: demo ## make the README's picture from the published example paper (needs Chromium)
	@$(BIN)/python tests/browser/pictures.py

lock: $(STAMPS)/venv ## pin every dependency again
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o $(STAMPS)/requirements
	@{ echo "# Every package that a developer, CI and Binder install, pinned with its hashes. Written by \`make lock\`."; cat $(STAMPS)/requirements; } > binder/requirements.txt
	@cd $(LAB) && npm install --package-lock-only --silent

clean: ## remove what the other targets made, but for the recorded runs
	rm -rf $(VENV) $(LAB)/node_modules extension/pressrun/static site .pressrun dist

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit("pressrun needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv
	@mkdir -p $(STAMPS) && touch $@

# uv takes seconds where pip takes minutes; pip is there for networks that only its own settings know the way through.
$(STAMPS)/packages: binder/requirements.txt $(STAMPS)/venv
	@echo "installing Python packages into $(VENV)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes binder/requirements.txt \
	  || $(BIN)/python -m pip install --quiet --require-hashes -r binder/requirements.txt
	@touch $@

$(STAMPS)/environment: pyproject.toml $(STAMPS)/packages
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable . \
	  || $(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(LAB)/node_modules/.package-lock.json: $(LAB)/package.json $(LAB)/package-lock.json $(STAMPS)/packages
	@echo "installing the front end's packages"
	@cd $(LAB) && npm ci --silent --no-audit --no-fund
	@touch $@

$(BUNDLE): $(shell find $(LAB) -name node_modules -prune -o -type f -print 2>/dev/null) $(LAB)/node_modules/.package-lock.json
	@echo "building the front end"
	@cd $(LAB) && npm run --silent build
	@touch $@
