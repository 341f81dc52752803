# make demo    the sample production, from nothing to a picture
# make test    every check of the project
# Both share .venv, which .ci/venv.sh makes and keeps up to date. PYTHON=/path/to/python chooses the interpreter.

PYTHON ?=
BIN := .venv/bin

.PHONY: help demo test lint bench venv clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' $(firstword $(MAKEFILE_LIST))

venv:
	@PYTHON="$(PYTHON)" sh .ci/venv.sh

demo: venv
	@$(BIN)/python samples/demo.py

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: venv
	$(BIN)/python -m benchmarks rows --short
	$(BIN)/python -m benchmarks roundtrip --short

test: lint bench
	$(BIN)/pytest

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache samples/.demo
