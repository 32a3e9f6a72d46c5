# make demo   sets up .venv and grades a bundled class        make test       sets up .venv and runs the tests
# make check  lint, types and floors alone                    make test-all   the slow tests as well
# make bench  what a kernel, the recorder, judging and a class of 200 cost, on this machine: leave it alone meanwhile (about ten minutes);
#             where make compare has installed nbgrader, 20 submissions go through that too (two minutes more); writes the README's table
# make compare  the same wrong notebooks through this grader, nbgrader and otter-grader (in .compare-venv); writes the README's table
#
# PYTHON=python3.12   another interpreter (3.11 or newer)
# REUSE_TORCH=1       keep the torch that PYTHON already has (a CPU build, say) instead of installing one

PYTHON ?= python3
REUSE_TORCH ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2

# Two workers on two cores: each of them one thread, else torch's pools fight over the machine.
export OMP_NUM_THREADS ?= 1
export MPLBACKEND ?= Agg

.PHONY: setup demo test test-all check bench compare clean
.DEFAULT_GOAL := setup

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" REUSE_TORCH="$(REUSE_TORCH)" VENV="$(VENV)" sh .ci/setup
	@touch $@

demo: $(STAMP)
	$(BIN)/grader demo

# CODE_FILE=F: pytest's own exit code is left in F as well, since make turns every failure into 2.
# loadscope: what shares a module, a class or an exercise shares a worker, and so its warm kernels.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST_ARGS)
KEEP_CODE = code=$$?; $(if $(CODE_FILE),echo $$code >"$(CODE_FILE)";) exit $$code

test: $(STAMP)
	@$(PYTEST); $(KEEP_CODE)

test-all: $(STAMP)
	@$(PYTEST) -m "slow or not slow"; $(KEEP_CODE)

check: $(STAMP)
	$(BIN)/python -m pytest tests/house -p no:randomly $(PYTEST_ARGS)

bench: $(STAMP)
	$(BIN)/python -m benchmarks.kernels
	-$(BIN)/python -m benchmarks.recorder
	-$(BIN)/python -m benchmarks.judging
	$(BIN)/python -m benchmarks.batch --write

compare: $(STAMP)
	$(BIN)/python -m benchmarks.compare --write

clean:
	rm -rf $(VENV) .compare-venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache demo-grades
