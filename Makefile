# Everything runs in a virtual environment of the project's own; nothing needs root, a token or Docker.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The virtual environment is in order when this stamp is newer than what it was made from.
STAMP := $(VENV)/.installed

.PHONY: scenario help setup demo test lint lock schema bench bench-ledger soak replay replay-versions clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(STAMP) ## Make the virtual environment from the locked dependencies

$(STAMP): config/requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the locked dependencies into $(VENV) (once; about a minute)"
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes -r config/requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Run the whole job on a made-up organisation on loopback
	@$(BIN)/rebuild-bot demo $(ARGS)

test: $(STAMP) ## Run the tests
	@$(BIN)/python -m pytest -n auto --dist loadscope --no-loadscope-reorder $(ARGS)

lint: $(STAMP) ## Run the linters, the type checker and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml

lock: ## Lock the dependencies again (needs uv); hashes only, no index named
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o config/requirements.lock

schema: $(STAMP) ## Write the JSON Schema of the configuration
	@$(BIN)/rebuild-bot config schema > config/schema.json
	@$(BIN)/rebuild-bot config schema --repo > config/repo-schema.json

bench: $(STAMP) ## Print what a start, a look at a folder, a run over a fleet, verdicts, who-has and the dashboard cost, and how many bases lineage tells
	@$(BIN)/python -m tests.bench.start
	@$(BIN)/python -m tests.bench.check
	@$(BIN)/python -m tests.bench.fleet
	@$(BIN)/python -m tests.bench.night 100
	@$(BIN)/python -m tests.bench.paced
	@$(BIN)/python -m tests.bench.decide
	@$(BIN)/python -m tests.bench.who_has
	@$(BIN)/python -m tests.bench.lineage
	@$(BIN)/python -m tests.bench.site

bench-ledger: $(STAMP) ## Print how large the ledger is after a year, before and after it is tidied: make bench-ledger [REPOS=1000] [IMAGES=400] [NIGHTS=365]
	@$(BIN)/python -m tests.bench.ledger_year $(if $(REPOS),--repos $(REPOS)) $(if $(IMAGES),--images $(IMAGES)) $(if $(NIGHTS),--nights $(NIGHTS))

soak: $(STAMP) ## Run nights in which much goes wrong: make soak [SEED=N] [REPOS=300]
	@$(BIN)/python -m tests.bench.soak $(if $(SEED),--seed $(SEED)) $(if $(REPOS),--repos $(REPOS))

scenario: $(STAMP) ## Play months of a fleet against what is true: make scenario [FILE=my.yaml] [SEED=1] [APPS=40] [DAYS=182]
	@$(BIN)/python -m tests.scenario $(FILE) $(if $(SEED),--seed $(SEED)) $(if $(APPS),--apps $(APPS)) $(if $(DAYS),--days $(DAYS))

replay: $(STAMP) ## Replay real bump commits: make replay ROWS=FILE [CLONES=DIR] [FAILURES=FILE]
	@$(BIN)/python -m tests.bench.replay $(ROWS) $(if $(CLONES),--clones $(CLONES)) $(if $(FAILURES),--failures $(FAILURES))

replay-versions: $(STAMP) ## Judge real version steps: make replay-versions STEPS=FILE
	@$(BIN)/python -m tests.bench.replay_versions $(STEPS) $(if $(FAILURES),--failures $(FAILURES))

clean: ## Remove what was made
	rm -rf $(VENV) demo-output
