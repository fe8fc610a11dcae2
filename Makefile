# The commands.  How things are built is in tools/build.mk, how a stack is run
# in tools/stack.

SHELL = /bin/bash

# Variables of run, up, down and status.
export PORT ?= 8080
export STATE ?= var
export REGIONS ?= local-a local-b
export WORKERS ?= 2

# Instrumented builds have their own folder, so plain objects stay as they are.
export SANITIZE ?=
export VALGRIND ?=
export BUILD ?= $(if $(SANITIZE),build-asan,build)

export JOBS ?= $(shell nproc)

# Builds in one folder take turns: several shells may share the tree.
BUILDER = mkdir -p $(BUILD) && flock $(BUILD)/.lock $(MAKE) --no-print-directory -j$(JOBS) -f tools/build.mk

.PHONY: all dependencies module agent assets run up down status test simulation bench lint install clean

all: dependencies
	@$(BUILDER) all

dependencies:
	@tools/install-dependencies run

# These three build only: they install nothing and say what is missing.
module agent assets:
	@$(BUILDER) $@

run up: all
	@exec tools/stack $@

down status:
	@exec tools/stack $@

# make test T="t/api/monitors.t t/unit" runs some.
test:
	@tools/install-dependencies test
	@$(BUILDER) all
	@exec tools/test $(T)

# A day of 10,000 monitors against the truth, in minutes; `make test` runs it small.
simulation:
	@tools/install-dependencies test
	@$(BUILDER) all
	@exec tools/test t/simulation/day

bench: all
	@tools/install-dependencies bench
	@exec bench/run

lint:
	@tools/install-dependencies lint
	@exec tools/lint

prefix ?= /usr/local
install:
	@$(BUILDER) all
	@DESTDIR="$(DESTDIR)" prefix="$(prefix)" exec tools/install-files

clean:
	rm -rf build build-asan
