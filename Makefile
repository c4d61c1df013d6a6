# Every target builds the .venv it needs from pyproject.toml; a second call finds it ready.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-browser lint types bench accuracy clean

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/core ## the tour: a graph, its gradients, a picture, a model that learns
	@$(BIN)/autograd-mini demo

test: $(VENV)/dev ## every test and doctest, with coverage
	@$(BIN)/python -m pytest --cov --numprocesses auto

test-slow: $(VENV)/dev ## the tests that take minutes
	@$(BIN)/python -m pytest -m slow

test-browser: $(VENV)/browser ## the live pages in headless Chromium, or Playwright's own browser
	@$(BIN)/python -m pytest -m browser --numprocesses auto tests/draw tests/learn

lint: $(VENV)/dev ## style: ruff check and ruff format --check
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check

types: $(VENV)/dev ## mypy --strict on the package
	@$(BIN)/mypy

bench: $(VENV)/bench ## the speed, side by side with other libraries
	@$(BIN)/python -m benchmarks

accuracy: $(VENV)/dev ## docs/ACCURACY.md anew: every op and 10,000 graphs against mpmath
	@$(BIN)/python -m tests.accuracy > docs/ACCURACY.md.new
	@mv docs/ACCURACY.md.new docs/ACCURACY.md

clean: ## remove all that was made
	rm -rf $(VENV) build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp is as new as the install it stands for.
$(VENV)/core: EXTRAS :=
$(VENV)/dev: EXTRAS := [dev]
$(VENV)/browser: EXTRAS := [browser]
$(VENV)/bench: EXTRAS := [bench]
$(VENV)/core $(VENV)/dev $(VENV)/browser $(VENV)/bench: pyproject.toml | $(BIN)/python
	@echo "installing autograd-mini$(EXTRAS) into $(VENV)"
	@$(PIP) --editable '.$(EXTRAS)'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)
