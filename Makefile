# Each target does its own set-up: a .venv, made once, and again when what it depends on changes.
PYTHON ?= python3
EXTRA := $(shell nvidia-smi >/dev/null 2>&1 && echo gpu || echo cpu)
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
COURSE_READY := .venv/ready-$(EXTRA)
GRADING_READY := .venv/ready-$(EXTRA)-grading
TESTS_READY := .venv/ready-$(EXTRA)-dev
export PYTHON

.PHONY: lab test setup release grade bench bench-clock bench-grading images constraints check-constraints packages help

lab: $(COURSE_READY)  ## open the lessons in JupyterLab
	$(BIN)/course lab

test: packages $(TESTS_READY)  ## prove that the course holds
	$(BIN)/python -m compileall -q src  # once for all processes of the suite, most of which may not write it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/course release --check
	$(BIN)/python -m pytest --numprocesses auto

setup: $(COURSE_READY)  ## make the .venv, nothing else

release: $(COURSE_READY)  ## make notebooks/ from solutions/
	$(BIN)/course release

grade: $(GRADING_READY)  ## grade what was submitted: make grade LESSON=01
	$(BIN)/course grade $(LESSON)

bench: $(TESTS_READY)  ## one model over every runtime here: about four minutes
	$(BIN)/python benchmarks/ladder.py --save

bench-clock: $(TESTS_READY)  ## show that the clock can be trusted: a few minutes
	$(BIN)/python benchmarks/clock_calibration.py

bench-grading: $(TESTS_READY)  ## grade a class of lesson 01, beside plain nbgrader: about fifteen minutes
	$(BIN)/python benchmarks/grading.py --save

images: $(COURSE_READY)  ## build the digit services and compare what they weigh: needs Docker
	$(BIN)/course images build
	$(BIN)/course images compare

constraints: $(BIN)/uv  ## pin what pyproject.toml asks for: after a change there
	.ci/constraints

check-constraints: $(BIN)/uv
	.ci/constraints --check

packages:
	@.ci/packages

help:  ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */: /'

$(COURSE_READY): pyproject.toml constraints.txt | .venv/bin/pip
	$(INSTALL) '.[$(EXTRA)]'
	touch $@

$(GRADING_READY): $(COURSE_READY)
	$(INSTALL) '.[$(EXTRA),grading]'
	touch $@

$(TESTS_READY): $(GRADING_READY)
	$(INSTALL) '.[$(EXTRA),grading,dev,edge,pipelines,serve,serving]'
	touch $@

$(BIN)/uv: | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt uv

.venv/bin/pip:
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || .ci/packages python3-venv
	$(PYTHON) -m venv .venv
