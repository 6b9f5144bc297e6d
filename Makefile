# make run | test | test-spark | up | down | docs | status | clean   (WORKSPACE=name or folder, DATA=landing folder, AS_OF=YYYY-MM-DD)
SHELL := /bin/bash
PYTHON ?= python3
WORKSPACE ?= complete_journey
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
# Without its compiled files Python reads Airflow, dbt and MLflow anew in every task: seconds each.
unexport PYTHONDONTWRITEBYTECODE

tierworks := .venv/bin/tierworks
options := --workspace '$(WORKSPACE)' $(if $(DATA),--data '$(DATA)') $(if $(AS_OF),--as-of '$(AS_OF)')

.PHONY: run test test-spark up down docs status rollback clean verify bench lock \
  compose-env compose-up compose-down

run: .venv/ready
	@$(tierworks) run $(options)

test: .venv/ready
	@.venv/bin/ruff check . && .venv/bin/ruff format --check -q .
	@.venv/bin/pytest -m "not verify and not spark" $(TESTS)

# Java is looked for first: without it the environment is not worth its half gigabyte.
test-spark: .venv/ready
	@if reason="$$(.venv/bin/python -m tests.spark.java)"; then echo "make test-spark: skipped. $$reason"; \
	  else $(MAKE) -s .venv-spark/ready && .venv/bin/pytest -n 0 -m spark tests/spark; fi

up: .venv/ready
	@$(tierworks) up $(options)

down: .venv/ready
	@$(tierworks) down

docs: .venv/ready
	@$(tierworks) docs --workspace '$(WORKSPACE)'

status: .venv/ready
	@$(tierworks) status --workspace '$(WORKSPACE)'

rollback: .venv/ready
	@$(tierworks) rollback --workspace '$(WORKSPACE)'

clean: .venv/ready
	@$(tierworks) clean $(if $(filter command line,$(origin WORKSPACE)),--workspace '$(WORKSPACE)')

verify: .venv/ready
	@.venv/bin/pytest -n 0 -m verify tests

bench: .venv/ready
	@.venv/bin/python -m tests.perf

.venv/ready: requirements.txt requirements-uv.txt pyproject.toml
	@echo "Making the environment in .venv (once)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed; say PYTHON=/path/to/python3.12")'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@.venv/bin/uv pip sync -q --python .venv/bin/python --require-hashes requirements.txt \
	  || .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation --offline -e .
	@touch $@

.venv-spark/ready: requirements-spark.txt .venv/ready
	@echo "Making the environment of Spark in .venv-spark (once)"
	@test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	@.venv/bin/uv pip sync -q --python .venv-spark/bin/python --require-hashes requirements-spark.txt \
	  || .venv-spark/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.txt
	@touch $@

compose-env:
	@deploy/make-env.sh

compose-up: compose-env
	@docker compose build setup
	@docker compose up -d --wait
	@docker compose ps

compose-down:
	@docker compose down

lock:
	.venv/bin/uv pip compile pyproject.toml --extra test --extra build --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements.txt -q
	echo uv | .venv/bin/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements-uv.txt -q
	.venv/bin/uv pip compile --group spark --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements-spark.txt -q
	.venv/bin/uv pip compile pyproject.toml --extra cluster --extra build -c requirements.txt --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements-cluster.txt -q
