# Needs make and Python 3.11 or later. Every target sets up what it needs, from any state.

SCENARIO ?= default
ARGS ?=
WORKERS ?= 2
VENV := .venv
PY := $(VENV)/bin/python

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test verify known backtests scores lint format notebooks bench mutants docs clean venv-base venv venv-dev venv-docs

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

run: venv-base  ## run a scenario (SCENARIO=default): a summary on screen, a folder of results under runs/
	@$(PY) -m simulator run $(SCENARIO) $(ARGS)

test: venv  ## the default test suite
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadgroup $(ARGS)

verify: venv  ## every test, the slow ones too
	@$(PY) -m pytest -q -n $(WORKERS) --dist loadgroup -m "slow or not slow" $(ARGS)

known: venv  ## run the cases with known answers and write docs/verification.md
	@$(PY) -m tests.known_answers.report -n $(WORKERS)

backtests: venv  ## run every episode against what customs recorded and write docs/backtests.md
	@$(PY) -m simulator backtest all --out build/backtests/$$(date +%Y%m%dT%H%M%S) $(ARGS)
	@$(PY) -m simulator.briefing.backtests "$$(ls -d build/backtests/* | tail -1)"

scores: venv  ## store the scores of the episodes, which no change may worsen unnoticed
	@$(PY) -m tests.backtests.stored

lint: venv-dev  ## rules, format and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: venv-dev  ## rewrite the code in the one format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

notebooks: venv  ## run every notebook
	@$(PY) -m pytest -q -m "slow or not slow" tests/test_notebooks.py $(ARGS)

bench:  ## measure this engine and others side by side (own environment, .venv-bench)
	@sh set_up.sh .venv-bench bench
	@.venv-bench/bin/python -m benchmarks.common_workload.compare $(ARGS)
	@.venv-bench/bin/python -m benchmarks.start_up
	@.venv-bench/bin/python -m benchmarks.scenario

mutants:  ## change the engine's decisions line by line and count the changes that no test notices (own environment, .venv-mutants)
	@sh set_up.sh .venv-mutants test mutants
	@.venv-mutants/bin/mutmut run
	@.venv-mutants/bin/mutmut results

docs: venv-docs  ## the manual as web pages, in build/docs
	@$(PY) -m sphinx -q -b html docs build/docs
	@echo "build/docs/index.html"

clean:  ## remove environments, caches and built files; results in runs/ stay
	@rm -rf $(VENV) .venv-bench .venv-mutants mutants build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

venv-base:
	@sh set_up.sh $(VENV)

venv:
	@sh set_up.sh $(VENV) test

venv-dev:
	@sh set_up.sh $(VENV) test dev

venv-docs:
	@sh set_up.sh $(VENV) test docs
