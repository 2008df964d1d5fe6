# make build [SHOP=shops/my_shop.yml] [VARS='{as_of_date: 2026-01-01}'] [TARGET=spark]   build, publish, summarize
# make check [SHOP=…] [PERSONAL=1]   show the shop's tables as they would be staged, what is rejected, and what is assumed
# make report [SHOP=…]     draw the published marts again, as reports/<shop>.html
# make export AUDIENCE=… [CONTACTS=email] [SHOP=…]   an audience of fct_campaign_audiences as CSV, and its control group
# make private-report [SHOP=…]   one noised copy of the main report, with differential privacy
# make freeze [SHOP=…]     the fits of churn and segments as fits/<shop>.json, for another shop's var carried_fit
# make publish [SHOP=…]    publish the last green build again
# make docs                the documentation of every model and column, as one page
# make test                lint, an empty build, unit tests and the sample shop, in some minutes
# make test-shops          the real and the odd shops; SHOP_DATA names the folder of the real ones
# make test-release       what takes longest, before a version: 150,000 lines on one and two threads and with other ids, Online Retail as of a past day, kills
# make test-spark          the sample shop on Spark, every published table compared with DuckDB's; needs Java
# make bench               generated shops of 1 and 10 million order lines beside pandas

PYTHON ?= python3
SHOP ?= shops/sample_shop.yml
VARS ?= {}
TARGET ?=
export VARS
ifneq ($(TARGET),)
export DBT_TARGET := $(TARGET)
endif

BIN := .venv/bin
RUN := $(BIN)/python scripts/commands.py
DBT := $(BIN)/dbt

.DEFAULT_GOAL := build
.PHONY: build check publish report docs export freeze private-report sample lint lint-python lint-sql
.PHONY: test test-shops test-release test-spark test-spark-rfm bench lock clean

build check publish report docs export freeze: .venv/installed$(if $(filter spark,$(TARGET)),-spark)
	@$(RUN) $@ --shop "$(SHOP)" --vars "$$VARS" $(if $(PERSONAL),--personal) \
		--audience "$(AUDIENCE)" --contacts "$(CONTACTS)"

private-report: .venv/installed-private
	@$(RUN) $@ --shop "$(SHOP)" --vars "$$VARS"

sample: .venv/installed
	@$(BIN)/python scripts/generate_shop.py

lint: lint-python lint-sql

lint-python: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-sql: .venv/installed-dev
	@rm -rf target/lint/compiled
	$(DBT) --quiet compile --select resource_type:model --indirect-selection empty --target-path target/lint
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar target/lint/compiled/customer_value/models
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar --dialect databricks --rules CP01 target/lint/compiled/customer_value/models

EMPTY := target/empty.duckdb
SAMPLE := build/sample_shop.duckdb

test: lint
	@rm -f $(EMPTY)*
	CUSTOMER_VALUE_DATABASE=$(EMPTY) $(DBT) --quiet build --empty --exclude-resource-type unit_test
	@rm -f $(EMPTY)*
	CUSTOMER_VALUE_DATABASE=$(SAMPLE) $(DBT) --warn-error build --select '*'
	SAMPLE_BUILD=$(SAMPLE) $(BIN)/pytest tests/python -m "not shops and not spark" --numprocesses 2 --dist loadfile -rs

test-shops: .venv/installed-dev
	$(BIN)/pytest tests/python -m "shops and not release" --numprocesses 2 --dist loadfile --no-loadscope-reorder -rs

test-release: .venv/installed-dev
	$(BIN)/pytest tests/python -m release --numprocesses 2 --dist loadfile -rs

test-spark: .venv/installed-dev .venv/installed-spark
	$(BIN)/pytest tests/python/test_spark.py -m spark -rs

test-spark-rfm: .venv/installed-dev .venv/installed-spark
	$(BIN)/pytest tests/python/test_spark.py -m spark -k rfm -rs

bench: .venv/installed-dev
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/recommender_reference.py build/bench/10000000/whole.duckdb
	$(BIN)/python benchmarks/prediction_reference.py build/bench/1000000/whole.duckdb

# needs uv
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras --custom-compile-command 'make lock'
lock:
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) -c requirements-dev.txt requirements.in requirements-report.in -o requirements.txt
	$(LOCK) -c requirements-dev.txt requirements-spark.in -o requirements-spark.txt
	$(LOCK) -c requirements-dev.txt requirements-private.in -o requirements-private.txt

clean:
	rm -rf target logs build/*.duckdb* build/*_spark build/bench

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@echo "Making the environment in .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Adding what tests need"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

# dbt finds what it lacks on Spark in src: dbt_customer_value.py
.venv/installed-spark: requirements-spark.txt .venv/installed
	@echo "Adding Spark"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-spark.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "customer_value_src.pth").write_text("$(CURDIR)/src\n")'
	@touch $@

.venv/installed-private: requirements-private.txt .venv/installed
	@echo "Adding OpenDP"
	@$(BIN)/pip install --quiet --require-hashes -r requirements-private.txt
	@touch $@
