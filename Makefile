# Entrepot's commands. `make up` starts the hub, `make test` runs the tests; both set up .venv first.
PYTHON ?= python3
BIN    := .venv/bin

.PHONY: setup up test prove test-systems lint lock clean

setup: .venv/.installed

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Entrepot needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: setup
	$(BIN)/entrepot up
