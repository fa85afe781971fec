# Everything here works on a fresh clone: each target first prepares what it needs inside the project's folder.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
READY := .venv/ready
PAGES := src/trend_agent/web/app/built-from
WEB := $(shell find web -name node_modules -prune -o -type f -print)
LOCK := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

.PHONY: help setup run demo test faults fuzz check format client bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(PAGES) ## prepare .venv, run nothing

run: $(READY) $(PAGES) ## collect, process and serve on http://127.0.0.1:8765
	$(BIN)/trend up

demo: $(READY) $(PAGES) ## the same on a made-up world, without network
	$(BIN)/trend demo

test: $(READY) $(PAGES) ## all tests
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

faults: $(READY) ## the long runs in which things are broken: 2,000 kills over 100,000 items, planted bugs, brokers
	PYTHONPATH=tests/faults:tests $(BIN)/python -m harness --keep
	$(BIN)/pytest -m faults

fuzz: $(READY) ## try all that the OpenAPI document promises, 20,000 times
	$(BIN)/python -m bench.schemathesis

check: $(READY) $(PAGES) ## format, lint, types, import order, house tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/house
	$(BIN)/python web/client.py --check
	$(BIN)/python web/build.py check

client: $(READY) ## renew what the pages know of the API, from its OpenAPI document
	$(BIN)/python web/client.py

format: $(READY) ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python web/build.py format

bench: $(READY) ## measure quality and speed (DATA=folder), keep the results in bench/results
	$(UV) pip install --quiet --require-hashes -r requirements/bench.txt
	$(BIN)/python -m bench $(DATA)

lock: $(READY) ## renew requirements/ from pyproject.toml
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --all-extras --group dev --group bench -o requirements/bench.txt
	$(LOCK) --group node -o requirements/node.txt
	$(BIN)/python web/build.py lock

clean: ## remove what was built
	rm -rf .venv .tools dist src/trend_agent/web/app web/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(READY): pyproject.toml requirements/dev.txt requirements/uv.txt requirements/prepare
	PYTHON=$(PYTHON) sh requirements/prepare
	@touch $@

$(PAGES): $(READY) $(WEB)
	$(BIN)/python web/build.py
	@touch $@
