# make demo    simulated people from nothing to kura-demo/report.html
# make setup   build .venv from requirements.lock (needs python3 >= 3.11 with pip)
# make test    checks and the whole suite, on SQLite and on a PostgreSQL server that it starts
# make check   format, lint, types, import contract
# make fuzz    try every parser for SECONDS (60) each; what breaks one is left in fuzz/
# make lock    resolve requirements.lock anew from pyproject.toml

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
RECORD_TESTS := tests/registry tests/enrollment tests/api tests/journeys
# What has to do with devices keeps no records.
NO_RECORDS := --ignore=tests/enrollment/capture --ignore=tests/api/devices

.PHONY: demo setup test check fuzz format lock clean

demo: setup
	@$(BIN)/kura demo

setup: $(VENV)/ready

$(VENV)/ready: requirements.lock pyproject.toml setup.sh
	PYTHON="$(PYTHON)" VENV="$(VENV)" sh setup.sh
	@touch $@

# What keeps records runs once per kind of database, the rest once.
test: check
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --database postgresql $(NO_RECORDS) $(RECORD_TESTS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# TARGETS="wsq cbeff" names some; python -m tests.fuzz --reproduce FILE TARGET tries one file again.
fuzz: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(TARGETS)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup
	$(PYTHON) -m pip --python $(BIN)/python install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--python-version 3.11 pyproject.toml --extra demo --group dev --output-file requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
