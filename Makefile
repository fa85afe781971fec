# Everything here works on a fresh clone: each target first prepares what it needs inside the project's folder.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
READY := .venv/ready
LOCK := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

.PHONY: help setup run demo test faults fuzz check format bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## prepare .venv, run nothing

run: $(READY) ## collect, process and serve on http://127.0.0.1:8765
	$(BIN)/trend up

demo: $(READY) ## the same on a made-up world, without network
	$(BIN)/trend demo

test: $(READY) ## all tests
	$(BIN)/pytest -n 3 --dist loadfile

faults: $(READY) ## the long runs in which things are broken: 2,000 kills over 100,000 items, planted bugs, brokers
	PYTHONPATH=tests/faults:tests $(BIN)/python -m harness --keep
	$(BIN)/pytest -m faults

fuzz: $(READY) ## try all that the OpenAPI document promises, 20,000 times
	$(BIN)/python -m bench.schemathesis

check: $(READY) ## format, lint, types, import order, house tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/house

format: $(READY) ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## measure quality and speed (DATA=folder), keep the results in bench/results
	$(UV) pip install --quiet --require-hashes -r requirements/bench.txt
	$(BIN)/python -m bench $(DATA)

lock: $(READY) ## renew requirements/ from pyproject.toml
	$(LOCK) pyproject.toml -o requirements/run.txt
	$(LOCK) pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --all-extras --group dev --group bench -o requirements/bench.txt

clean: ## remove what was built
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(READY): pyproject.toml requirements/dev.txt requirements/uv.txt requirements/prepare
	PYTHON=$(PYTHON) sh requirements/prepare
	@touch $@
