# The CS182 workbook. `make help` lists what can be done; every target sets up .venv by itself when it is missing.
# Another Python: make run PYTHON=python3.12

PYTHON ?= python3
DIR    ?= ../my-cs182
NUMBER ?= 10000
KILLS  ?= 20
PY     := .venv/bin/python
TEST   := CS182_DATA=embedded $(PY) -m pytest --durations=15
BEGIN  := $(shell date +%s)

# The mark of a finished set-up is written last and named after what went in (not the settings of tools), so an
# interrupted set-up, a changed requirement or a moved folder means a new .venv.
MARK   := .venv/ready-$(shell { sed '/^.tool/,$$d' pyproject.toml; cat constraints.txt; pwd; } | cksum | cut -d ' ' -f 1)
BROKEN := $(shell test -x $(PY) || echo broken)

.DEFAULT_GOAL := help
.PHONY: help run test start lab data bench mutation fuzz kills notebooks lint setup clean broken

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(MARK) ## execute every notebook and write build/report/index.html
	exec $(PY) -m cs182lib.parent $$PPID cs182lib.workbook run

test: $(MARK) ## linter, unit tests, and every notebook against its stored output (stand-in data)
	$(PY) -m ruff check .
	$(TEST) -m "not real_data and not notebooks" --numprocesses=2 --dist=worksteal
	$(TEST) -m notebooks

start: $(MARK) ## make an own workbook to solve, in ../my-cs182 or where DIR says
	$(PY) -m cs182lib.workbook start $(DIR)

lab: $(MARK) ## open the notebooks in JupyterLab
	$(PY) -m jupyterlab --notebook-dir=notebooks

data: $(MARK) ## fetch the real data into datasets/
	$(PY) -m cs182lib.data.download

bench: $(MARK) ## measure the speed against PyTorch
	$(PY) -m benchmarks

mutation: $(MARK) ## break every solution in many ways; the checks must notice (ONLY="hw1 hw2/rnn_forward")
	$(PY) tests/mutation/prove.py $(ONLY)

fuzz: $(MARK) ## damage every file that the library reads in many ways (ONLY="Reuters COCO", NUMBER=10000)
	$(PY) tests/fuzz/fuzz.py --number $(NUMBER) $(ONLY)

kills: $(MARK) ## kill what goes on after an interruption, at random moments (ONLY="run check", KILLS=20)
	$(PY) tests/kills/kills.py --number $(KILLS) $(ONLY)

notebooks: $(MARK) ## re-execute the notebooks in place (stand-in data) and normalize their metadata
	$(PY) -m cs182lib.workbook.normalize

lint: $(MARK) ## check the style of the code
	$(PY) -m ruff check .

setup: $(MARK) ## only make .venv

clean: ## remove .venv and build
	rm -rf .venv build

$(MARK): $(BROKEN)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "The workbook needs Python 3.10 to 3.13, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	       "Install one and name it: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up .venv (a minute or more, once) ..."
	@rm -rf .venv
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@exec $(PY) -m cs182lib.parent $$PPID pip install --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
	@echo "Set up in $$(( $$(date +%s) - $(BEGIN) )) seconds"
