.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock docs capabilities clean
SHELL := /bin/bash
unexport PYTHONDONTWRITEBYTECODE
# Two workers share two cores: threads of linear algebra would wait for each other.
export OPENBLAS_NUM_THREADS := 1
BIN := .venv/bin
# One more than cores: tests that kill processes, and Spark's, mostly wait.
WORKERS := -n 3 --dist loadfile
# Pages that ask the lake and nothing of the desk's database are not looked at twice.
OF_THE_LAKE := measures understanding
QUICK := house schema measure demo testing connectors/test_files.py connectors/test_recognition.py test_config.py

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "make %-13s %s\n", $$1, $$2}'

demo: ## set everything up, invent a company and open its desk in the browser; the sign-in is printed
	@scripts/setup requirements.lock
	@$(BIN)/keepwell demo --no-report --serve

test: ## set everything up and run every test
	@scripts/setup requirements-dev.lock
	@scripts/system-packages
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check . && $(BIN)/lint-imports && $(BIN)/mypy
	@$(BIN)/pytest -q $(WORKERS)
	@$(BIN)/python scripts/with_postgresql.py $(BIN)/pytest -q $(WORKERS) tests/web $(OF_THE_LAKE:%=--ignore=tests/web/test_%.py)

check: ## the quick checks, under a minute: style, arrows, types, fast tests of the rooms that start no whole shop
	@scripts/setup requirements-dev.lock
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check . && $(BIN)/lint-imports
	@$(BIN)/mypy & types=$$!; \
	 $(BIN)/pytest -q -n 2 --dist loadfile -m "not slow and not spark and not faults and not browser" $(QUICK:%=tests/%); tests=$$?; \
	 wait $$types && exit $$tests

bench: ## measure speed beside peers and write the tables into the docs
	@scripts/setup requirements-dev.lock
	@$(BIN)/python benchmarks/measure.py

docs: ## write the generated reference pages anew
	@scripts/setup requirements-dev.lock
	@$(BIN)/python scripts/reference.py

capabilities: docs ## show which of the 124 asks are done, with their tests
	@cat docs/reference/capabilities.md

lock: ## resolve the locks anew (names, versions, hashes; no addresses)
	@scripts/setup requirements-dev.lock
	@PATH=".uv/bin:$$PATH" uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml --group dev -o requirements-dev.lock
	@PATH=".uv/bin:$$PATH" uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml -c requirements-dev.lock -o requirements.lock

clean: ## remove what the commands made
	rm -rf .venv .uv demo report build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
