# Everything a person does with this project, on a machine with python3, pip, venv and make.
.POSIX:
.SUFFIXES:

PYTHON = python3
VENV = .venv

BIN = $(VENV)/bin

.PHONY: help setup run test proof proof-tools bench peers detector screenshots format lock dev chromium

help:
	@echo 'make run     set up, then serve on http://127.0.0.1:8000  (PORT=9000 make run, for another port)'
	@echo 'make setup   set up only, into $(VENV)'
	@echo 'make test    set up for development, then every check and every test'
	@echo 'make proof   break things on purpose, an hour long, and write docs/reliability.md'
	@echo 'make bench   how fast, beside others: a quarter of an hour, best on a machine that does nothing else'
	@echo 'make detector  train the detector of paraphrased pressure anew'
	@echo 'make screenshots  take the pictures of the README anew, into docs/images'
	@echo 'make format  put the code into its usual form'
	@echo 'make lock    choose the newest versions that pyproject.toml allows, and pin them'

setup: $(VENV)/runtime.stamp

run: setup
	@exec $(BIN)/python -m bot serve

# Three workers on two cores: much of what the proofs do is to wait. The benchmark's own tests need the machine
# to themselves, so `make bench` runs them. Files are handed out in the order of tests/conftest.py.
test: dev chromium proof-tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m bot check
	$(BIN)/python -m pytest -q --numprocesses=3 --dist=loadfile --no-loadscope-reorder \
		--ignore=tests/bench

proof: dev proof-tools
	$(BIN)/python -m tests.proof --write

# The peers have an environment of their own: aiogram does not go with this project's pydantic.
bench: dev $(VENV)-bench/stamp
	$(BIN)/python -m pytest -q tests/bench
	$(BIN)/python -m tests.bench --write

detector: dev
	$(BIN)/python -m tests.wording.train

screenshots: dev chromium
	$(BIN)/python -m tests.secretariat.console.screenshots

format: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dev: $(VENV)/dev.stamp

# Some Pythons come without ensurepip; there the machine's own pip fills the environment.
INSTALL = set -e; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/it' >&2; exit 1; }; \
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
		$(PYTHON) -m venv --clear --without-pip $(VENV); \
	if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
		else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	$$pip install --quiet --disable-pip-version-check --require-hashes --requirement

$(VENV)/runtime.stamp: requirements.lock
	@echo 'Setting up $(VENV) (half a minute the first time)'
	@$(INSTALL) requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements.lock requirements-dev.lock
	@echo 'Setting up $(VENV) for development'
	@$(INSTALL) requirements-dev.lock
	@touch $@ $(VENV)/runtime.stamp

$(VENV)-bench/stamp: requirements-bench.lock
	@echo 'Setting up $(VENV)-bench for the peers'
	@$(MAKE) --no-print-directory VENV=$(VENV)-bench PYTHON='$(PYTHON)' peers
	@touch $@

peers:
	@$(INSTALL) requirements-bench.lock

# The browser in which the web chat is tried.
chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then :; \
	elif test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo 'Installing chromium for the tests of the web chat'; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
			apt-get -qq install --no-install-recommends chromium >/dev/null || \
			echo 'chromium could not be installed: the tests in a browser are skipped'; \
	else \
		echo 'No chromium here: the tests in a browser are skipped (as root: apt-get install chromium)'; \
	fi

# What some proofs put under the bot; without them these say so and are left out.
proof-tools:
	@if command -v strace >/dev/null && command -v fiu-run >/dev/null && command -v faketime >/dev/null; \
		then :; \
	elif test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		echo 'Installing strace, libfiu and libfaketime for the proofs'; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
			apt-get -qq install --no-install-recommends strace fiu-utils faketime >/dev/null || \
			echo 'They could not be installed: the proofs that need them are left out'; \
	else \
		echo 'Some of strace, libfiu and libfaketime are not here: the proofs that need them are left out' \
			'(as root: apt-get install strace fiu-utils faketime)'; \
	fi

# uv resolves for every platform at once; it is a guest in a folder of its own.
RESOLVE = "$$guest/bin/uv" pip compile --quiet --upgrade --universal --generate-hashes \
	--no-header --no-annotate --no-emit-index-url
COMPILE = $(RESOLVE) pyproject.toml
lock:
	@set -e; guest=$$(mktemp -d); trap 'rm -rf "$$guest"' EXIT; \
	$(PYTHON) -m venv "$$guest"; \
	"$$guest/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	$(COMPILE) --output-file requirements.lock; \
	$(COMPILE) --extra research --constraint requirements.lock --output-file requirements-research.lock; \
	$(COMPILE) --extra research --group dev --constraint requirements-research.lock \
		--output-file requirements-dev.lock; \
	$(RESOLVE) --python-version 3.11 --group bench --output-file requirements-bench.lock
