# make demo    the sample production, from nothing to a picture
# make test    every check of the project
# Both share .venv, which .ci/venv.sh makes and keeps up to date. PYTHON=/path/to/python chooses the interpreter.

PYTHON ?=
BIN := .venv/bin

# make fuzz    ten million mutated buffers through the C of the codec, under ASan and UBSan
# make storm   300 rounds of kill -9 under load on SQLite, 100 on PostgreSQL
# make load    1,000,000 messages through service, process and operation: memory, speed, each ends once
# make scale   the cost of a row and the memory of a stream from 10^4 to 10^7 rows (some minutes, 2 GB of disk)
# make soak    memory over ten million calls, rows and rounds, also in a C host; 100,000 random lists beside the vendor's codec

# make kill    200 rounds of writers and readers of one namespace that are killed at random (the suite does 10)

FUZZ := build/fuzz_dollar_list
FUZZ_SOURCES := $(addprefix iscpython_c/,dollar_list.c numerals.c columns.c column_values.c column_decimals.c subscripts.c) tests/fault/fuzz_dollar_list.c

# make ways    200 families of classes drawn anew: one row set, five ways (the suite has 15, the same in every run)

# make random  the properties of the suite with examples drawn anew (the suite's own are the same in every run)

# make python314    the library with CPython 3.14, taken from Debian unstable into build/ (needs the network)

.PHONY: help demo test lint bench venv clean fuzz fuzz-build soak storm load kill python314 scale random ways

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
	$(BIN)/python -m benchmarks callout codec load rows roundtrip scale startup templates --short

test: lint bench
	$(BIN)/pytest -n auto --dist loadfile

fuzz-build:
	@mkdir -p $(dir $(FUZZ))
	$(CC) -std=c11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Iiscpython_c $(FUZZ_SOURCES) -lm -pthread -o $(FUZZ)

fuzz: fuzz-build
	$(FUZZ) 10000000

soak: venv
	ISCPY_SOAK=1 $(BIN)/pytest -rP tests/fault/test_leaks.py tests/unit/iscpython_c/test_dollar_list.py \
		tests/unit/iscpython_c/test_library.py -k "flat or vendors"

python314: venv
	sh .ci/newer_python.sh build/python3.14 3.14
	ISCPY_NEWER_PYTHON=build/python3.14/root $(BIN)/pytest tests/unit/iscpython_c/test_newer_python.py

kill: venv
	ISCPY_KILL_ROUNDS=200 $(BIN)/pytest -s tests/fault/test_kill.py

load: venv
	ISCPY_LOAD=1 $(BIN)/pytest -rP tests/fault/test_load.py

storm: venv
	ISCPY_STORM=1 $(BIN)/pytest -rP tests/fault/test_storm.py

scale: venv
	$(BIN)/python -m benchmarks scale

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache samples/.demo

random: venv
	ISCPY_RANDOM=1 $(BIN)/pytest -n auto $$(grep -rl '^from hypothesis' tests --include='test_*.py')

ways: venv
	ISCPY_RANDOM=1 ISCPY_FIVE_WAYS=200 $(BIN)/pytest -q tests/property/test_five_ways.py
