# Each target sets up what it needs on a machine with Python 3.11+ and make, and repeats no work that is done.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/stamps
LAB    := extension/lab
BUNDLE := extension/pressrun/static/panels.js
LABEXT := extension/pressrun/labextension/package.json
FRONT  := $(shell find $(LAB) \( -name node_modules -o -name lib \) -prune -o -type f -print 2>/dev/null)

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

setup: $(STAMPS)/environment $(STAMPS)/extension $(BUNDLE) ## make .venv with everything, the front end built

# A paper needs the panels alone, not the hundreds of megabytes that JupyterLab's builder takes.
demo: $(STAMPS)/environment $(BUNDLE) ## run the example paper's experiments, build it to HTML and PDF
	@$(BIN)/python papers/digits/experiments/sweep.py
	@$(BIN)/pressrun build papers/digits --to html,pdf

test: setup ## the tests, but for those marked slow
	@$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

test-all: setup ## all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

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

pictures: setup demo ## make the documentation's pictures: the published example paper, an author's day (needs Chromium)
	@PYTHONPATH=. $(BIN)/python tests/browser/pictures.py
	@PRESSRUN_PICTURES=$(CURDIR)/docs/images $(BIN)/python -m pytest -q tests/browser/test_author_day.py

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
# Compiled once here: where Python may write no bytecode, as in many containers, every start would compile again.
$(STAMPS)/packages: binder/requirements.txt $(STAMPS)/venv
	@echo "installing Python packages into $(VENV)"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes binder/requirements.txt \
	  || $(BIN)/python -m pip install --quiet --require-hashes -r binder/requirements.txt
	@touch $@

# What is installed of the front end may be older than what stands here: it must not be written through the link.
$(STAMPS)/environment: pyproject.toml $(STAMPS)/packages
	@mkdir -p $(dir $(LABEXT))
	@rm -rf $(VENV)/share/jupyter/labextensions/@pressrun/lab
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable . \
	  || $(BIN)/python -m pip install --quiet --no-deps --editable .
	@$(BIN)/python -m compileall -q extension/pressrun
	@rm -f $(STAMPS)/extension
	@touch $@

# The panels' few packages, unless all are there already.
$(LAB)/node_modules/.panels: $(LAB)/package.json $(LAB)/panels/package.json $(LAB)/package-lock.json $(STAMPS)/packages
	@echo "installing the panels' packages"
	@cd $(LAB) && npm ci --silent --no-audit --no-fund --workspace panels --include-workspace-root=false
	@touch $@

$(LAB)/node_modules/.whole: $(LAB)/package.json $(LAB)/panels/package.json $(LAB)/package-lock.json $(STAMPS)/packages
	@echo "installing the front end's packages"
	@cd $(LAB) && npm ci --silent --no-audit --no-fund
	@touch $@ $(LAB)/node_modules/.panels

$(BUNDLE): $(FRONT) | $(LAB)/node_modules/.panels
	@echo "building the panels"
	@cd $(LAB) && npm run --silent build
	@touch $@

$(LABEXT): $(FRONT) | $(LAB)/node_modules/.whole
	@echo "building the JupyterLab extension"
	@cd $(LAB) && npm run --silent build:lab
	@touch $@

# An editable install copies the extension; a link follows every build.
$(STAMPS)/extension: $(LABEXT) $(STAMPS)/environment
	@mkdir -p $(VENV)/share/jupyter/labextensions/@pressrun
	@rm -rf $(VENV)/share/jupyter/labextensions/@pressrun/lab
	@ln -s $(CURDIR)/extension/pressrun/labextension $(VENV)/share/jupyter/labextensions/@pressrun/lab
	@touch $@
