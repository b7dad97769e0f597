# run: start the playground   test: checks and tests   wide: the long ones   lint: mend what can be   bench: figures   crash: 200 kills
# strace: each system call of a start after a crash fails once
# fuzz: ten thousand inputs that nobody thought of, for each property   load: 100 users for 3 minutes
# acceptance: several machines at full size, some minutes
# soak: 2 images a second for half an hour   sd-server: build a real Stable Diffusion server for the tests, once, in minutes
# lock: choose anew the exact versions that all of these install   picture: draw ARCHITECTURE.md's anew   pictures: those of the examples page   icons: those of the installed page
# help-pictures: those of the help page, out of the running program, in a minute
# Everything lives in .venv and node_modules, made here from the project's own files.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
ARGS ?=
NODE := $(and $(shell command -v node 2>/dev/null),$(shell command -v npm 2>/dev/null))

.PHONY: always run test checks wide wide-here wide-machines lint scripts facts words lock bench crash strace fuzz load soak acceptance sd-server clean picture pictures icons help-pictures

# Another program's packages are not what was tested.
unexport PYTHONHOME PYTHONPATH

# Where the environment forbids bytecode, each worker and each program of a test compiles all of it.
test wide wide-here wide-machines: export PYTHONDONTWRITEBYTECODE :=

# Ctrl+C, by which it ends with 130, is no error.
run: .venv/run.stamp
	@trap : INT; $(BIN)/python app.py $(ARGS) || [ $$? -eq 130 ]

test: .venv/dev.stamp
	@$(MAKE) --no-print-directory -j 2 checks scripts
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not wide" $(ARGS)

checks: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What takes long: browsers of every kind of visitor, hostile files, other programs in front. Beside
# them those of several machines, which wait for servers most of the time.
wide: .venv/dev.stamp
ifeq ($(ARGS),)
	@$(MAKE) --no-print-directory -j 2 wide-here wide-machines
else
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m wide $(ARGS)
endif

wide-here: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m wide --ignore tests/cluster

# As a third worker: its programs have ports of their own.
wide-machines: .venv/dev.stamp
	PYTEST_XDIST_WORKER=gw2 $(BIN)/python -m pytest -m wide tests/cluster

lint: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/mypy
	$(if $(NODE),$(MAKE) --no-print-directory node_modules/.stamp && npm run --silent lint)

scripts: $(if $(NODE),node_modules/.stamp)
ifdef NODE
	npm run --silent check
else ifeq ($(REQUIRE_NODE),1)
	$(error REQUIRE_NODE=1, but there is no Node.js with npm on this machine)
else
	@echo "The checks of the scripts are skipped: there is no Node.js with npm on this machine."
endif

# What scripts and server agree on, for the scripts.
facts: .venv/dev.stamp
	$(BIN)/python -m ui.present.facts

# The languages' tables, with all that the code says; then people translate what is new.
words: .venv/dev.stamp
	$(BIN)/python -m ui.language.tables

bench: .venv/dev.stamp
	$(BIN)/python -m tests.bench $(ARGS)

crash: .venv/dev.stamp
	$(BIN)/python -m tests.crash.harness --kills 200 $(ARGS)

strace: .venv/dev.stamp
	$(BIN)/python -m tests.crash.syscalls $(ARGS)

# A short run of both is part of `make test`.
fuzz: export FUZZ_EXAMPLES ?= 10000
fuzz: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2 --timeout 7200 tests/fuzz $(ARGS)

load: .venv/dev.stamp
	$(BIN)/python -m tests.load $(ARGS)

soak: .venv/dev.stamp
	$(BIN)/python -m tests.soak $(ARGS)

# `make wide` has these with fewer users, restarts and pairs.
acceptance: export ACCEPTANCE := full
acceptance: .venv/dev.stamp
	$(BIN)/python -m pytest tests/cluster/test_acceptance.py tests/e2e/test_several_machines.py $(ARGS)

# Kept beside the checkout, in ../.sd-server; needs a C++ compiler, CMake and Ninja.
sd-server: .venv/dev.stamp
	$(BIN)/python -m tests.sd_server.build

clean:
	rm -rf .venv node_modules build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

picture: .venv/dev.stamp
	$(BIN)/python -m tests.architecture_picture

# Of the installed page, from assets/logo.svg, by the system's Chromium.
icons: .venv/dev.stamp
	$(BIN)/python -m tests.icons

# Of the examples page, by the sample engine.
pictures: .venv/dev.stamp
	$(BIN)/python -m tests.example_pictures

# Of the help page, by the program itself in Chromium; look at them.
help-pictures: .venv/dev.stamp
	$(BIN)/python -m tests.help_pictures $(ARGS)

# Exact versions with their hashes, for all systems: a release of somebody else changes nothing here.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: .venv/dev.stamp
	$(COMPILE) requirements.txt -o requirements.lock
	$(COMPILE) -c requirements.lock requirements-dev.txt -o requirements-dev.lock

# Always asked: it knows better than times of files whether all is there, and says nothing then.
.venv/run.stamp: always
	@$(PYTHON) install.py

.venv/dev.stamp: always
	@$(PYTHON) install.py dev

node_modules/.stamp: package-lock.json
	@npm ci --silent
	@touch $@
