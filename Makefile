# The commands of the house. Continuous integration calls these targets and nothing else (see .ci/run).

SHELL := /bin/bash
CARGO ?= cargo
export CARGO_TERM_PROGRESS_WHEN ?= never

.DEFAULT_GOAL := help
.PHONY: help demo test fmt lint docs licences bench services-up services-down needs-rust needs-cc

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: needs-rust needs-cc ## play a few days of fictitious life events through one process (ARGS="--days 3 --exit")
	@CARGO_TERM_PROGRESS_WHEN=auto $(CARGO) build --locked --package cprbroker
	@$(CARGO) run --quiet --locked --package cprbroker -- demo --fresh $(ARGS)

test: needs-rust needs-cc ## run every test; starts PostgreSQL by itself unless DATABASE_URL is set
	@tests/services.sh run $(CARGO) test --workspace --locked $(ARGS)

fmt: needs-rust ## format the sources
	@$(CARGO) fmt --all

lint: needs-rust needs-cc ## check the formatting and clippy; every warning is an error
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

docs: needs-rust needs-cc ## build the reference of all parts; every warning is an error
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

licences: needs-rust needs-cc ## check licences, second versions and unused dependencies
	@$(CARGO) test --workspace --locked --test tidy -- dependencies::

bench: needs-rust needs-cc ## measure reading, memory, storing and delivering, PostgreSQL with fsync on (ARGS="read store")
	@SERVICES_FSYNC=on tests/services.sh run $(CARGO) bench --package cprbroker-tests --bench figures --locked -- $(ARGS)

services-up: ## start PostgreSQL for a row of test runs and print DATABASE_URL
	@tests/services.sh up

services-down: ## stop what services-up started
	@tests/services.sh down

needs-rust:
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: install stable Rust 1.95 or newer with your package manager or from https://rustup.rs" >&2; exit 2; }

needs-cc:
	@command -v cc >/dev/null || { echo "cc is missing: install a C compiler, on Debian or Ubuntu with 'apt-get install build-essential', on macOS with 'xcode-select --install'" >&2; exit 2; }
