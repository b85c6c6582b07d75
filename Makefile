# Nightshift: what a person types. Python 3.11 to 3.13 and make are all it takes; `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: night test prove chaos bench up down status psql hold release backfill backtest full-refresh privacy airflow approve dismiss backup restore rotate contracts lint audit lock clean help

PYTHON := .venv/bin/python
STAMP := .venv/installed
STACK := $(PYTHON) -m include.stack

# Python's bytecode cache switched off would make every process of Airflow recompile Airflow.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPATH := $(CURDIR)

# Chosen on the command line: make night ORDER_BOOK=shop.csv TIMEZONE=Europe/Berlin HISTORY_DAYS=120
export ORDER_BOOK TIMEZONE HISTORY_DAYS

night: $(STAMP) ## Run last night: start what is needed, pull, build, act, print the morning summary
	@$(STACK) night

test: $(STAMP) ## Install what is needed and run the whole test suite
	@$(PYTHON) -m pytest

prove: $(STAMP) ## Run every long proof, the longest history last, for hours; what was tried goes to docs/proofs.md, how often it held to docs/scorecard.md
	@$(PYTHON) -m tests.prove

chaos: $(STAMP) ## Kill, stop, overlap and cut off the product as often as wished, for docs/scorecard.md: make chaos N=1000 SEED=7
	@CHAOS_N=$(or $(N),60) CHAOS_SEED=$(SEED) $(PYTHON) -m pytest -m "prove and not slow" -n 0 -q --scorecard=docs/scorecard.md tests/chaos

bench: $(STAMP) ## Measure speed and memory side by side, keep the table in docs/benchmarks.md: make bench SECTIONS="load night"
	@$(PYTHON) -m tests.bench $(SECTIONS)

up: $(STAMP) ## Start everything and leave it running; prints the address and password of Airflow
	@$(STACK) up

down: $(STAMP) ## Stop everything that `up` or `night` started
	@$(STACK) down

status: $(STAMP) ## What landed, what is stale, failed or held, and what to do next
	@$(STACK) status

psql: $(STAMP) ## Open the warehouse, or ask it one thing: make psql DO="select * from raw.drift"
	@$(STACK) psql $(if $(DO),--command "$(DO)")

hold: $(STAMP) ## Keep one load out of the next build: make hold LOAD=17 WHY="doubled prices"
	@$(STACK) hold $(LOAD) $(if $(WHY),--why "$(WHY)")

release: $(STAMP) ## Let a held load into the next build: make release LOAD=17
	@$(STACK) release $(LOAD)

backfill: $(STAMP) ## Ask again for past days: make backfill FROM=2026-01-01 TO=2026-01-31 SOURCES=shopify
	@$(STACK) backfill $(FROM) $(TO) $(foreach source,$(SOURCES),--source $(source)) $(if $(DRY_RUN),--dry-run) $(if $(REPLAY),--replay)

backtest: $(STAMP) ## Replay a year of orders under our restock policy and two moving averages: make backtest ORDER_BOOK=shop.csv
	@$(STACK) backtest $(if $(LEAD_DAYS),--lead-days $(LEAD_DAYS)) $(if $(COVER_DAYS),--cover-days $(COVER_DAYS))

full-refresh: $(STAMP) ## Build every model again from all accepted loads, and publish; DRY_RUN=1 says what it costs
	@$(STACK) full-refresh $(if $(DRY_RUN),--dry-run)

privacy: $(STAMP) ## People's requests: make privacy DO="request erasure" | "list" | "run" | "show 3" | "verify" | "--help"
	@$(STACK) privacy $(DO)

airflow: $(STAMP) ## Airflow's own command line: make airflow DO="dags list"
	@$(STACK) airflow $(DO)

approve: $(STAMP) ## What waits for a person's yes; say it: make approve ID=7
	@$(STACK) approve $(ID)

dismiss: $(STAMP) ## Silence a need: make dismiss SKU=CJ-914190 PLACE=CMH1 WHY="we have plenty" UNTIL=2026-12-01
	@$(STACK) dismiss "$(SKU)" "$(PLACE)" --why "$(WHY)" $(if $(UNTIL),--until $(UNTIL))

backup: $(STAMP) ## Copy the databases and the home's own files: make backup TO=/safe/place
	@$(STACK) backup "$(TO)"

restore: $(STAMP) ## Put a backup back; nobody erased comes back with it: make restore FROM=/safe/place/2026-11-22T041500Z
	@$(STACK) restore "$(FROM)"

rotate: $(STAMP) ## A new value for a secret: make rotate SECRET=reader
	@$(STACK) rotate "$(SECRET)"

contracts: $(STAMP) ## Bring the promises to readers (dbt_project/contracts) up to date; refuses to break one
	@$(STACK) contracts

lint: $(STAMP) ## ruff and mypy
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy include

audit: $(STAMP) ## Ask for known holes in the locked packages; says so and passes when nobody answers
	@$(PYTHON) -m tests.audit

lock: $(STAMP) ## Resolve requirements*.in again into hashed locks valid for Python 3.11 to 3.13
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements-uv.in -o requirements-uv.txt
	@.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements-audit.in -o requirements-audit.txt

clean: ## Stop everything and delete .nightshift with all its data, and .venv
	@if [ -x $(PYTHON) ]; then $(STACK) clean; fi
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.txt requirements-dev.txt requirements-uv.txt include/stack/install.sh
	@bash include/stack/install.sh
