# The two commands a newcomer types are `make demo` and `make test`; both build .venv first.
# The first interpreter that runs, is new enough and can make an environment.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

# A module is compiled once, not by each of the hundreds of children that tests start.
unexport PYTHONDONTWRITEBYTECODE

# Without compiling, so that `lint` need not wait for it.
INSTALL := -m pip install --quiet --no-compile

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak lint wheel collected lock lowest bench docs clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

# A stamp per extra, so that editing pyproject.toml installs anew and nothing else does.
.venv/.made:
	@test -n "$(PYTHON)" || { echo "gongkai needs Python 3.11 or newer with its venv module." >&2; \
	  echo "On Debian or Ubuntu: apt install python3 python3-venv; or: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python $(INSTALL) --upgrade pip
	@touch $@

.venv/.setup: .venv/.made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/.dev: .venv/.made pyproject.toml constraints.txt
	$(BIN)/python $(INSTALL) --constraint constraints.txt --editable '.[dev]'
	@touch .venv/.setup $@

# Children that read files may write nowhere, so libraries are compiled; templates among them are no Python. Left
# out is what such children never import, half of all lines: who does compiles the few modules that it needs.
NOT_READING := _pytest|aiohttp|apprise|boto3|botocore|dask|date_translation_locales|distributed|docx|duckdb
NOT_READING := $(NOT_READING)|frictionless|hypothesis|moto|mypyc?|onnxruntime/(quantization|tools|transformers)
NOT_READING := $(NOT_READING)|openpyxl|pandas|petl|pip|pkg_resources|playwright|polars|pygments|reportlab
NOT_READING := $(NOT_READING)|aiobotocore|datasette|filelock|flask|google|oauthlib|pydantic|rich|s3transfer|scrapy
NOT_READING := $(NOT_READING)|setuptools|tests?|tornado|twisted|typer|uvicorn|werkzeug|xlsxwriter|zope
.venv/.compiled: .venv/.dev
	$(BIN)/python -m compileall -qq -x '/($(NOT_READING))/' .venv/lib || :
	@touch $@

.venv/.bench: .venv/.compiled pyproject.toml
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@

setup: .venv/.setup  ## build .venv and leave the command at .venv/bin/gongkai

demo: .venv/.setup  ## crawl the bundled demo portal, then open the result in a browser
	$(BIN)/gongkai --data data/demo demo

test: .venv/.compiled  ## run the whole test suite; ARGS="-m 'not slow'" for the daily round
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

soak: .venv/.compiled  ## run the long series in full, going on where an earlier soak was interrupted
	GONGKAI_SOAK=1 $(BIN)/python -m pytest -n auto --dist load $(ARGS)

lint: .venv/.dev  ## formatting, lint, types, layers, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

wheel: .venv/.made  ## build the wheel, install it into an empty environment, run a night from it
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	$(BIN)/python -m venv --without-pip build/wheel/venv
	$(BIN)/python -m pip --python build/wheel/venv/bin/python install --quiet --no-compile build/wheel/*.whl
	cd build/wheel && venv/bin/gongkai --data data demo --no-cities --nights 1 --no-serve
	cd build/wheel && venv/bin/gongkai --data data verify
	cd build/wheel && venv/bin/python -c 'from gongkai.demo import site as it; [*it.city_portals(it.all_cities())]'

collected: .venv/.dev  ## collect the tests, so that what they import is compiled before two workers do so
	@mkdir -p build
	$(BIN)/python -m pytest --collect-only --quiet > build/collected.txt 2>&1 || { cat build/collected.txt; exit 1; }

lock: .venv/.made  ## take the newest versions that the bounds allow as those that are tested
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --editable '.[bench,dev]'
	build/lock/bin/python -m pip freeze --exclude-editable > constraints.txt

lowest: .venv/.made  ## run the quick tests with the lowest versions that the bounds allow
	rm -rf build/lowest && $(PYTHON) -m venv build/lowest
	$(BIN)/python .ci/lowest_versions.py > build/lowest/constraints.txt
	build/lowest/bin/python -m pip install --quiet --constraint build/lowest/constraints.txt --editable '.[dev]'
	build/lowest/bin/python -m pytest -n auto --dist loadfile -m 'not slow'

bench: .venv/.bench  ## measure every figure that the documentation quotes
	@for script in benchmarks/[a-z]*.py; do \
	  echo "== $$script"; $(BIN)/python -m "benchmarks.$$(basename $$script .py)" || exit 1; done

docs: .venv/.dev  ## paste help texts and tables into the documentation again
	$(BIN)/cog -r docs/*.md README.md

clean:  ## remove .venv and caches; data/ stays
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
