# Entrepot's commands. `make up` starts the hub, `make test` runs the tests; both set up .venv first.
PYTHON ?= python3
BIN    := .venv/bin

.PHONY: setup up test prove test-systems lint lock new golden clean

setup: .venv/.installed

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Entrepot needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: setup
	$(BIN)/entrepot up

# both databases, the flows under Prefect, the running hub in a browser, and a fixed sample of the fault programme
test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not prove"

# the whole fault programme: 2,000 seeded runs with every fault on, 500 markets that sell the same last units, and an order whose
# shipping is killed at each of its boundaries; and a quarter of 100,000 orders whose every cent is explained
prove: setup
	$(BIN)/python -m tests.simulation
	$(BIN)/python -m tests.simulation --market --seeds 500
	$(BIN)/python -m tests.simulation.shared_pool
	$(BIN)/python -m pytest -m prove tests/simulation

# real third-party servers; needs node and npm
test-systems: setup
	$(BIN)/python -m pytest tests/systems --systems

lint: setup
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/basedpyright

# a folder for a new connector, by the smallest one: make new NAME=corner_till
new: setup
	@$(BIN)/python -m connectors._skeleton "$(NAME)"

# what a connector's recordings map to, written anew: make golden NAME=corner_till
golden: setup
	@$(BIN)/python -m tests.contract.golden "$(NAME)"

# versions anew within pyproject's ranges; the lock names no index
lock: setup
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -q -o requirements.lock --upgrade

clean:
	rm -rf .venv build *.egg-info
