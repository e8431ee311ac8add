# `make help` lists the targets; each says what it does after its `##`.
SHELL := bash
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PORT ?=
WORKERS ?=
OPTIONS := $(if $(PORT),--port $(PORT)) $(if $(WORKERS),--workers $(WORKERS))

.DEFAULT_GOAL := help
.PHONY: help demo serve test check format install openapi sdl lint-openapi vendor fuzz faults model bench bench-more bench-scale lock clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8080 and WORKERS=4 go with demo and serve; dzbuild --help (in $(BIN)) has the other commands."

demo: $(VENV)/.runtime ## Run everything with a demo shop in it, and show what to try (Ctrl-C stops it)
	@$(BIN)/dzbuild demo $(OPTIONS)

serve: $(VENV)/.runtime ## Run the API alone
	@$(BIN)/dzbuild serve $(OPTIONS)

test: check $(VENV)/.announced $(VENV)/.audits ## Everything that CI checks: lint, format, types, layers, tests
	@printf '\n== tests ==\n'
	@$(BIN)/python -m pytest -n auto --maxprocesses 4

check: $(VENV)/.dev ## What `make test` checks, without the tests
	@printf '== lint ==\n'
	@$(BIN)/ruff check .
	@printf '\n== format ==\n'
	@$(BIN)/ruff format --check .
	@printf '\n== types ==\n'
	@$(BIN)/mypy
	@printf '\n== layers ==\n'
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and mend what the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

install: $(VENV)/.dev ## Install everything, development tools included, into .venv

openapi: $(VENV)/.runtime ## Write openapi.yaml from the code
	@$(BIN)/dzbuild openapi

sdl: $(VENV)/.runtime ## Write schema.graphql and storefront.graphql from the code
	@$(BIN)/dzbuild sdl
	@$(BIN)/dzbuild storefront-sdl

fuzz: $(VENV)/.dev ## Compare 5,000 random GraphQL operations run by plan with graphql-core's executor
	@FUZZ_DOCUMENTS=$(or $(DOCUMENTS),5000) FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} $(BIN)/python -m pytest -s tests/graphql/test_differential.py

faults: $(VENV)/.dev ## Kill each process thirty times under 6,000 messages and 1,500 order changes (FAULT_SEED=… for a seed)
	@FAULT_KILLS=$${FAULT_KILLS:-30} FAULT_HANGS=$${FAULT_HANGS:-10} FAULT_SEED=$${FAULT_SEED:-$$RANDOM} \
		$(BIN)/python -m pytest -s tests/faults/test_storm.py

model: $(VENV)/.dev ## Compare two stores with a plain model of them, through 500 random histories
	@MODEL_EXAMPLES=$(or $(EXAMPLES),500) MODEL_STEPS=50 $(BIN)/python -m pytest -s tests/model

# Programs of Node.js, which `make test` does without; .spectral.yaml and redocly.yaml say what they check.
lint-openapi: ## Lint openapi.yaml with Spectral and Redocly (needs Node.js)
	@npx --yes @stoplight/spectral-cli@6.16.3 lint openapi.yaml --fail-severity=warn
	@npx --yes @redocly/cli@2.77.0 lint openapi.yaml

vendor: $(VENV)/.dev ## Fetch the JavaScript of others again, as app/web/vendored.json pins it (needs npm)
	@$(BIN)/python -m app.web.vendor

bench: $(VENV)/.dev ## Measure requests a second beside a reference (ONLY=order for some; see bench/README.md)
	@$(BIN)/python -m bench.run $(if $(ONLY),--only '$(ONLY)')
	@$(if $(ONLY),,$(BIN)/python -m bench.ingest)
	@$(if $(ONLY),,$(BIN)/python -m bench.webhooks)

bench-more: $(VENV)/.dev ## Measure one hot product, an import of 100,000 products, and plans of GraphQL documents
	@$(BIN)/python -m bench.confirm
	@$(BIN)/python -m bench.imports
	@$(BIN)/python -m bench.plans

bench-scale: $(VENV)/.dev ## Walk through 10 million products (takes half an hour)
	@$(BIN)/python -m bench.scale

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate \
	--custom-compile-command 'make lock'
lock: $(VENV)/.dev ## Pin the newest versions that pyproject.toml allows (LOCKFLAGS=--upgrade-package=… for one)
	@$(PIP) install --quiet uv
	@echo 'setuptools>=77' | $(BIN)/$(COMPILE) $(LOCKFLAGS) pyproject.toml - --output-file requirements.lock
	@echo 'setuptools>=77' | $(BIN)/$(COMPILE) $(LOCKFLAGS) pyproject.toml - --extra dev \
		--constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove .venv and everything that tools have left (the data in .dzbuild stay)
	@rm -rf $(VENV) build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything below installs; a stamp says that it has been done.
NPM_PATIENCE := --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
# Tests run the announcement's webhook handler, which imports Express, and the audits of GraphQL over HTTP. CI has to;
# another machine may do without.
define NPM_CI
@mkdir -p $(basename $(subst /.,/,$@)) && cp $^ $(basename $(subst /.,/,$@))
@cd $(basename $(subst /.,/,$@)) && if npm ci --silent --no-audit --no-fund $(NPM_PATIENCE); then touch ../$(notdir $@); else \
	rm -rf node_modules; echo "Without npm and its registry $(1) not tested"; test -z "$$CI"; fi
endef
$(VENV)/.announced: tests/webhooks/express/package.json tests/webhooks/express/package-lock.json | $(VENV)/.dev
	$(call NPM_CI,the announcement's handler is)
$(VENV)/.audits: tests/graphql/audits/package.json tests/graphql/audits/package-lock.json | $(VENV)/.dev
	$(call NPM_CI,GraphQL over HTTP is)

$(VENV)/.python:
	@set -e; for python in python3.14 python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Making $(VENV) with $$($$python --version)"; \
			$$python -m venv --clear $(VENV); touch $@; exit 0; \
		fi; \
	done; \
	echo "DZBuild needs Python 3.11 or later with its venv module, and found $$(python3 --version 2>&1 | head -1):" \
		"install it (on Debian and Ubuntu: apt install python3 python3-venv), then run make again." >&2; exit 1

# What is listed is complete, so nothing has to be resolved; a package a line shows that it goes on.
INSTALL := set -o pipefail; install() { $(PIP) install --progress-bar off --no-deps "$$@" | \
	sed -n 's/^\(Collecting [^ ]*\).*/  \1/p; s/^Installing collected packages.*/  Unpacking/p'; }; install

$(VENV)/.runtime: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Installing what requirements.lock lists"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "Installing what requirements-dev.lock lists"
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
