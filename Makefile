# Every command of the house. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
RUN := .venv/bin/python manage.py
BESIDE_SERVICES := $(RUN) services run --
INSTALLED := .venv/installed
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/*/LC_MESSAGES/django.po))
ROOMS := exchange timetable counter accounts ledger marketplace contracts delivery billing \
         oversight desk config sandbox
READY := $(INSTALLED) $(CATALOGUES)
# What only `check --deploy` needs: the settings of production, without its secrets.
AS_PRODUCTION := GRIDHOUR_MODE=production ALLOWED_HOSTS=gridhour.example \
                 SECRET_KEY=$(shell head -c 48 /dev/urandom | base64 | tr -d '\n') \
                 DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost/0
ARGS ?=
FAULTS ?= short

.PHONY: help setup demo test test-full check check-style check-types check-templates \
        check-django check-house check-agent check-pure nightly journey compile bench bench-auction screenshots messages \
        faults test-slurm lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## start the whole market on this machine; Ctrl-C stops it
	@exec $(RUN) demo $(ARGS)

test: $(READY) ## run the whole suite, with a browser where there is one
	@deploy/browser.sh
	$(BESIDE_SERVICES) .venv/bin/pytest -n 2 --dist loadgroup $(ARGS)

test-full: $(READY) ## the same with every browser combination, more examples, faults
	@deploy/browser.sh
	GRIDHOUR_TEST_FULL=1 $(BESIDE_SERVICES) .venv/bin/pytest -n 2 --dist loadgroup $(ARGS)

# Three clusters beside each other: most of the time Slurm waits, not the processor.
test-slurm: $(READY) ## a real Slurm cluster from Debian's packages in a throw-away folder, and its tests (root)
	@deploy/slurm.sh || exit 0; \
	  GRIDHOUR_SLURM=1 $(BESIDE_SERVICES) .venv/bin/pytest -n 3 tests/slurm $(ARGS)

check: check-style check-types check-templates check-django check-house check-agent check-pure ## style, types, import contracts, templates, migrations, house rules, coverage of the agent and of the pure machine

check-style: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --quiet .

check-types: $(READY)
	.venv/bin/mypy $(ROOMS)
	cd agent && ../.venv/bin/mypy --config-file mypy.ini gridhour_agent

check-templates: $(READY)
	.venv/bin/djlint templates --quiet --lint

check-django: $(READY)
	.venv/bin/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, as in production"
	@$(AS_PRODUCTION) $(RUN) check --deploy --fail-level WARNING

check-house: $(READY)
	.venv/bin/lint-imports --no-cache
	.venv/bin/pytest -q tests/architecture

# The agent is covered by its own tests, which know nothing of the platform.
check-agent: $(READY)
	.venv/bin/pytest -q tests/unit/agent --cov=gridhour_agent --cov-branch \
		--cov-report=term:skip-covered --cov-fail-under=90

# The pure machine is covered to the last branch, by its own tests alone.
check-pure: $(READY)
	.venv/bin/pytest -q tests/unit/exchange tests/property --cov=exchange --cov-branch \
		--cov-report=term:skip-covered --cov-fail-under=100

journey: $(READY) ## one market day from listing to payout, on real data
	@PROCESS_UNISOLATED=$${PROCESS_UNISOLATED-true} $(BESIDE_SERVICES) $(RUN) journey $(ARGS)

compile: $(READY) ## compile the book (needs a C compiler) and the clearing's loops ahead of time
	@$(RUN) compile

# Without a compiler the plain source is measured, and every figure of the book says so.
bench: $(READY) ## measure against known peers; writes bench/results/latest.json
	@$(RUN) compile || true
	@$(BESIDE_SERVICES) .venv/bin/python -m bench $(ARGS)

bench-auction: $(READY) ## measure the call auction against MILP and a known clearing; ARGS="--only S" a part
	@.venv/bin/python -m bench.auction $(ARGS)

screenshots: $(READY) ## picture every page, both languages and themes
	@deploy/browser.sh
	$(BESIDE_SERVICES) $(RUN) screenshots $(ARGS)

messages: $(READY) ## extract messages and list those without Chinese
	@$(RUN) room_messages

nightly: $(READY) ## a million commands to the book and its slow reference; ARGS="--begin N" repeats a night
	.venv/bin/python -m tests.property.nightly $(ARGS)

faults: $(READY) ## kill -9, a full disk and races under load; nothing is lost or doubled (FAULTS=long: all night)
	GRIDHOUR_FAULTS=1 FAULTS=$(FAULTS) $(BESIDE_SERVICES) .venv/bin/pytest --durations=8 tests/faults $(ARGS)

setup: $(READY) ## install packages and compile messages (the others do it when needed)

# Universal: Debian's Python 3.11.2 needs async-timeout, later ones do not.
lock: $(INSTALLED) ## resolve pyproject.toml into requirements.lock
	.venv/bin/uv pip compile --universal --python-version 3.11 --all-extras --group dev \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  pyproject.toml -o requirements.lock

clean: ## remove what was made here: data, caches, catalogues (not the environment)
	@! { [ -x .venv/bin/python ] && $(RUN) services status | grep -q ': up'; } \
	  || { echo "the servers are up; stop them first"; exit 1; }
	rm -rf var staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find locale -name '*.mo' -delete 2>/dev/null || true

$(INSTALLED): requirements.lock agent/pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 13) else \
	  f"Gridhour needs Python 3.11 or 3.12; {sys.executable} is {v.major}.{v.minor} (set PYTHON)")'
	@echo "Making the environment in .venv ..."
	@[ -x .venv/bin/python ] || $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Gridhour needs Python's venv module (Debian and Ubuntu: apt-get install python3-venv)"; \
	  exit 1; }
	@[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@echo "Installing packages (half a minute the first time) ..."
	@UV_COMPILE_BYTECODE=1 .venv/bin/uv pip sync --quiet --python .venv/bin/python requirements.lock
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --offline -e agent
	@touch $@

%.mo: %.po $(INSTALLED)
	@echo "Compiling $<"
	@.venv/bin/pybabel -q compile -f -i $< -o $@
