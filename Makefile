# The Hiker and the Guide. `make` alone prints what there is.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HTML   := _build/html/index.html

.DEFAULT_GOAL := help
.PHONY: help book test backends bench hub lab clean format

help: ## print this list
	@echo "The Hiker and the Guide: an interactive textbook on gradient descent and backpropagation"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

book: $(VENV)/book.stamp node_modules/.stamp ## build the book into _build/html
	@$(BIN)/python tools/build.py

test: $(VENV)/test.stamp node_modules/.stamp ## build the book and run every test
	@$(BIN)/python tools/browser.py
	@$(BIN)/python tools/sandbox.py
	@$(BIN)/python tools/build.py
	@$(BIN)/python -m pytest -n 2 --dist loadfile

backends: $(VENV)/test.stamp ## also install PyTorch, and compare with Keras on TensorFlow, JAX and PyTorch
	@$(PYTHON) tools/install.py requirements-backends.txt
	@$(BIN)/python -m pytest -s tests/unit/test_keras_backends.py

bench: $(VENV)/test.stamp $(VENV)-bench/stamp ## measure everything beside its peers; writes benchmarks/results.md
	@$(BIN)/python tools/build.py
	@$(BIN)/python benchmarks/run.py

hub: $(VENV)-hub/stamp ## test a class's JupyterHub with twenty students; needs root on Linux with systemd
	@$(VENV)-hub/bin/python tools/browser.py
	@unshare --net $(VENV)-hub/bin/python -m pytest -s --confcutdir=tests/hub -o addopts="--strict-markers --import-mode=importlib" tests/hub

lab: $(VENV)/book.stamp ## open JupyterLab on the book
	@$(BIN)/jupyter lab book/index.md

format: $(VENV)/test.stamp ## format the code and strip the notebooks' outputs
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/nbstripout --keep-id book/*.ipynb classroom/source/*/*.ipynb

clean: ## remove everything that make made
	rm -rf $(VENV) .venv-bench .venv-hub _build node_modules benchmarks/node_modules book/assignments book/_static/vendor *.egg-info .pytest_cache .ruff_cache .hypothesis
	find benchmarks book classroom lessons_lib tests tools -name __pycache__ -prune -exec rm -rf {} +

# A stamp is newer than the list it was installed from: a second run installs nothing.
$(VENV)/book.stamp: requirements.txt pyproject.toml
	@$(PYTHON) tools/install.py requirements.txt
	@touch $@

$(VENV)/test.stamp: $(VENV)/book.stamp requirements-test.txt
	@$(PYTHON) tools/install.py requirements-test.txt
	@touch $@

$(VENV)-bench/stamp: requirements-bench.txt
	@$(PYTHON) tools/install.py requirements-bench.txt $(VENV)-bench
	@touch $@

# Students cannot enter root's home, where a Python of root's own may be.
$(VENV)-hub/stamp: requirements.txt $(wildcard classroom/hub/requirements*.txt classroom/hub/package*.json lessons_lib/*)
	@/usr/bin/python3 tools/install.py classroom/hub/requirements-test.txt $(VENV)-hub
	@$(VENV)-hub/bin/python -c "from classroom.hub import install; install.packages()"
	@touch $@

node_modules/.stamp: package.json package-lock.json $(VENV)/book.stamp
	@$(BIN)/python tools/front_end.py
	@touch $@
