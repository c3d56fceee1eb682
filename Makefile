# For a newcomer: `make serve` builds the course and serves it on this machine;
# `make test` runs every test. Both make the environment they need, in .venv.

PORT ?= 8000
BIN := .venv/bin

.PHONY: serve test site lab hub hub-environment lint lock clean

serve: .venv/.made
	@$(BIN)/eeic site serve --port $(PORT)

site: .venv/.made
	@$(BIN)/eeic site build

# nbgrader starts other programs of the environment by name, hence the PATH.
test: .venv/.made
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n 2 --dist loadfile

lab: .venv/.made
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab notebooks

# A JupyterHub to try out on this machine, with three learners and two tables.
hub: hub-environment
	@.venv-hub/bin/python deploy/hub/try_out.py --port $(PORT)

hub-environment: .venv-hub/.made

lint: .venv/.made
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# The environment. The stamp is touched last, so an interrupted run starts this again. Of
# JupyterLab the announcements are switched off, which would ask another server for news.
.venv/.made: requirements.txt pyproject.toml
	@for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	  version=$$($$name -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	  case $$version in \
	    3.11|3.12|3.13|3.14) \
	      if $$name -c 'import ensurepip, venv' 2>/dev/null; then python=$$name; break; fi; \
	      why="Python $$version is here without its venv module: install it (Debian, Ubuntu: python3-venv)" ;; \
	    *) : "$${why:=this machine has Python $$version, and the course needs 3.11, 3.12 or 3.13: install one}" ;; \
	  esac; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "$${why:-no Python was found, and the course needs 3.11, 3.12 or 3.13: install one} and run make again" >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "making the environment in .venv (a few minutes, this once)"; \
	  $$python -m venv --clear .venv; \
	fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable .
	@$(BIN)/jupyter labextension disable --log-level=ERROR --level=sys_prefix \
	  @jupyterlab/apputils-extension:announcements
	@touch $@

# The hub's own environment: what it brings would change everybody's JupyterLab.
.venv-hub/.made: deploy/hub/requirements-hub.txt deploy/hub/package-lock.json pyproject.toml | .venv/.made
	@echo "making the hub's environment in .venv-hub (a few minutes, this once)"
	@$(BIN)/python -m venv --clear --without-pip .venv-hub
	@$(BIN)/python -m pip --python .venv-hub/bin/python install --quiet \
	  --disable-pip-version-check --requirement deploy/hub/requirements-hub.txt
	@$(BIN)/python -m pip --python .venv-hub/bin/python install --quiet \
	  --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@.venv-hub/bin/python -c \
	  'from pathlib import Path; from eeic.publish import vendor; vendor.install(Path("deploy/hub"), quiet=True)'
	@touch $@

# For those who change dependencies: pins them again, for every supported Python and system.
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	uv pip compile --universal --python-version 3.11 --all-extras --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" \
	  --output-file requirements.txt pyproject.toml
	uv pip compile --universal --python-version 3.11 --extra lab --extra grading \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --constraint requirements.txt --output-file deploy/hub/requirements-hub.txt \
	  pyproject.toml deploy/hub/requirements-hub.in

clean:
	rm -rf _build
