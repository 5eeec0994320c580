# Two commands: `make demo` and `make test`. The rest serves them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
export UV_LINK_MODE := copy
export UV_COMPILE_BYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:            ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*##/ —/'

.venv/.run: requirements/run.txt requirements/bootstrap.txt requirements/node.txt package-lock.json pyproject.toml tools/setup.sh tools/vendor.py
	@tools/setup.sh run
.venv/.dev: .venv/.run requirements/dev.txt requirements/node.txt package-lock.json tools/setup.sh
	@tools/setup.sh dev

setup: .venv/.run ## what a node needs to run: locked, hashed, in .venv
dev: .venv/.dev ## and what tests, lint, documentation and bench need beside it
demo: .venv/.run ## a node with 30 days of traffic at http://127.0.0.1:8080, or at the next free port; ARGS=--once proves the figures and ends
	@exec $(BIN)/birlik demo $(ARGS)
test: .venv/.dev ## the whole suite, browser and Spark included; ARGS go to pytest
	@exec tools/test.sh $(ARGS)
lint: .venv/.dev ## ruff, mypy --strict, import-linter, and the hosts that no lock may name
	@tools/lint.sh
docs: .venv/.dev ## the documentation, strict, into site/
	@$(BIN)/python tools/reference.py docs/reference
	# Not --quiet: with it mkdocs counts no warnings, and --strict finds nothing.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir site
bench: .venv/.dev ## every figure of the issue against its yardstick, into bench/results.csv
	@exec $(BIN)/python -m bench $(ARGS)
kit: .venv/.run ## the bundle for a machine without the internet, with checksums, into dist/; tried without routes
	@tools/kit.sh dist
	tools/try_kit.sh dist/birlik-kit-*.tar
sbom: .venv/.run ## what a node is made of, from the locks, as CycloneDX: dist/birlik.cdx.json
	@$(BIN)/python tools/sbom.py dist/birlik.cdx.json
audit: .venv/.run ## are weaknesses known of it? Says so where nobody can be asked, and fails where one is known
	@tools/audit.sh
lock: .venv/.run ## the lock files anew from requirements/*.in
	@tools/lock.sh
clean:           ## all that can be made again
	rm -rf .venv node_modules site build dist src/birlik/apps/web/static/vendor

.PHONY: help setup dev kit demo test lint docs bench sbom audit lock clean
