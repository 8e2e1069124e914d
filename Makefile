# Two commands matter: `make demo` and `make test`. Both set up what they need.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo-city
PORT ?= 8501

.PHONY: help demo test check format words real bench bench-refresh bench-forecast bench-linkage bench-routes bench-nearest bench-weeks bench-writers bench-access bench-app lock clean browser postgres

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

demo: $(VENV)/.run  ## build the invented town and open the app
	$(BIN)/outreach demo $(DEMO) --port $(PORT)

test: check browser postgres  ## set up, lint, type-check and run every test
	$(BIN)/pytest -n 2 --dist loadfile

check: $(VENV)/.dev  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

words: $(VENV)/.run  ## collect what is marked for translation, and say what is missing
	$(BIN)/python -m outreach.language.collect

real: $(VENV)/.run  ## the whole way on real streets and real exports (needs the real data)
	$(BIN)/python benchmarks/real.py

bench: $(VENV)/.run  ## time and memory of each stage on a city like Albany (needs the real data)
	$(BIN)/python benchmarks/week.py

bench-refresh: $(VENV)/.dev  ## CPU time of the weekly refresh, beside the hand-written way
	$(BIN)/python benchmarks/refresh.py

bench-linkage: $(VENV)/.run  ## who is who among up to a million call records
	$(BIN)/python benchmarks/linkage.py

bench-writers: $(VENV)/.dev postgres  ## two processes write to the work database for a minute
	$(BIN)/python benchmarks/writers.py

bench-routes: $(VENV)/.dev  ## the search on public routing benchmarks, beside three libraries (needs the real data)
	$(BIN)/python benchmarks/routes.py

bench-weeks: $(VENV)/.dev  ## whole weeks on Albany's streets, and planning them again (needs the real data)
	$(BIN)/python benchmarks/sweep_weeks.py

bench-nearest: $(VENV)/.run  ## nearest help that is open on arrival, beside the hand-written way (needs the real data)
	$(BIN)/python benchmarks/nearest_open.py

bench-access: $(VENV)/.run  ## access of 4,000 cells to 500 places on Albany's streets, beside networkx (needs the real data)
	$(BIN)/python benchmarks/access.py

bench-app: $(VENV)/.dev browser  ## the app in a real browser beside plain folium, and 20 people at once (needs the real data)
	$(BIN)/python benchmarks/app_speed.py

bench-forecast: $(VENV)/.run  ## how good the forecast is on real calls (needs the real data)
	OMP_NUM_THREADS=2 $(BIN)/python benchmarks/forecast.py --learned

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it or set PYTHON="; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m outreach.plan.search
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The system's Chromium where there is one, else Debian's, else the one that Playwright brings.
browser: $(VENV)/.dev
	@command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 \
		|| ls $(HOME)/.cache/ms-playwright/chromium-*/ >/dev/null 2>&1 \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1 \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| $(BIN)/playwright install chromium

# Tests start a private server of their own; a server that runs already is never touched.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1 \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null; } \
		|| { echo "PostgreSQL is needed for the tests of the work database: install your system's postgresql"; exit 1; }

# The second holds to the first, so that one environment can have both.
lock:  ## renew the hash-locked requirements (needs uv)
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --quiet --custom-compile-command "make lock" -o requirements-dev.lock
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes \
		--constraint requirements-dev.lock \
		--no-emit-index-url --quiet --custom-compile-command "make lock" -o requirements.lock

clean:  ## remove what was built
	rm -rf $(VENV) $(DEMO) real-cities screenshots .mypy_cache .ruff_cache .pytest_cache
