"""A small harness: run dbt as a user does, build shops from texts, and look at what came out.

Every shop has a folder of its own below pytest's temporary one, with its files, its database, and
dbt's target and logs; nothing here touches build/, marts/ or target/ of the checkout.
"""

import contextlib
import fcntl
import gc
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import parsed_dbt
import pytest
import yaml
from publish import publish
from quick_dbt import make_no_events

PROJECT = Path(__file__).resolve().parents[2]
REAL_DATA = Path(os.environ.get("SHOP_DATA") or PROJECT.parent / "shared" / "data")
DBT = Path(sys.executable).with_name("dbt")
PARSED_DBT = PROJECT / "scripts" / "parsed_dbt.py"
SHARED = "TESTED_TOGETHER"  # the variable that names what the processes of a run share

# What the tests read, whoever runs them: no key, no file and no limit of the caller's own.
FEW_SEGMENTS = {"max_segments": 3}  # trying ten takes longest of all, and has tests of its own
QUICK = {**FEW_SEGMENTS, "demand_methods": ["exponential_smoothing", "damped_trend", "ridge"]}
RECOMMENDED = {  # with these the sample shop has something to decide for every rule of a list
    **FEW_SEGMENTS,
    "recommendation_count": 50,
    "candidate_count": 20,
    "buy_again_methods": ["personal_frequency", "due_date"],
    "list_choices": {"buy_again": "default", "discover": "default"},
    "bundle_min_baskets": 2,
}
LEAN = {  # no log and no manifest are written, unless a test asks for them
    "DBT_LOG_LEVEL_FILE": "none",
    "DBT_WRITE_JSON": "false",
}
OWN_SETTINGS = (
    "CUSTOMER_KEY",
    "CUSTOMER_VALUE_DATABASE",
    "CUSTOMER_VALUE_THREADS",
    "CUSTOMER_VALUE_MEMORY",
    "SHOP_DATA",
)


def pytest_configure(config: pytest.Config) -> None:
    """One folder for all processes of a run."""
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="tested-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """The folder goes when the last process has ended."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED))


@dataclass(frozen=True)
class Run:
    """What one dbt command gave: its exit code and all that it printed."""

    code: int
    output: str

    @property
    def sentence(self) -> str:
        """What dbt says below `Encountered an error`, without its trace of macros, on one line."""
        text = self.output.partition("Encountered an error:")[2].partition("\n  >")[0]
        return " ".join(re.sub(r"^\s*\w+ Error( in .*)?$", "", text, flags=re.MULTILINE).split())


# A process of dbt that is forked from one which has imported it starts five seconds earlier.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["quick_dbt"])


def in_a_fork(
    arguments: list[str], project: Path, environment: dict[str, str], output: Path
) -> None:
    """What scripts/parsed_dbt.py does from a project's folder, into a file."""
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(project)
    os.environ.clear()
    os.environ.update(environment)
    if "--quiet" in arguments:
        make_no_events()
    code = parsed_dbt.main(*arguments)
    let_the_database_go()
    sys.exit(code)


def let_the_database_go() -> None:
    """Close what dbt keeps open until its process ends, so that the file is whole."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    gc.collect()  # an error's trace holds the connection


@dataclass(frozen=True)
class Shop:
    """One shop below a temporary folder."""

    folder: Path
    variables: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)
    project: Path = PROJECT

    @property
    def database(self) -> Path:
        """The file that dbt builds into: of one name for all, since a parsed manifest holds it."""
        return self.folder / "build" / "tested.duckdb"

    @property
    def marts(self) -> Path:
        """The file that `publish` writes."""
        return self.folder / "marts" / "tested.duckdb"

    def settings(self) -> dict[str, str]:
        """The environment of a dbt process for this shop."""
        return {
            **{name: value for name, value in os.environ.items() if name not in OWN_SETTINGS},
            "CUSTOMER_VALUE_DATABASE": str(self.database),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            **self.environment,
        }

    def arguments(self, *arguments: str) -> list[str]:
        """What follows `dbt`, with this shop's vars."""
        return ["--no-use-colors", *arguments, "--vars", json.dumps(self.variables)]

    def command(self, *arguments: str) -> list[str]:
        """The command line of dbt, for a test that needs a process of its own."""
        return [sys.executable, str(PARSED_DBT), os.environ[SHARED], *self.arguments(*arguments)]

    def dbt(self, *arguments: str) -> Run:
        """Run dbt in a fork; a project is parsed once for all runs with the same vars."""
        self.database.parent.mkdir(parents=True, exist_ok=True)
        output = self.folder / "output"
        given = [os.environ[SHARED], *self.arguments(*arguments)]
        process = FORKS.Process(
            target=in_a_fork, args=(given, self.project, {**LEAN, **self.settings()}, output)
        )
        process.start()
        process.join()
        return Run(process.exitcode, output.read_text(encoding="utf-8", errors="replace"))

    def run(self, command: list[str]) -> Run:
        """Run a command as a process of its own from the project's folder."""
        self.database.parent.mkdir(parents=True, exist_ok=True)
        process = subprocess.run(
            command,
            cwd=self.project,
            env={**LEAN, **self.settings()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(process.returncode, process.stdout)

    def build(self, *arguments: str) -> "Shop":
        """Run `dbt build` with warnings as errors; fail the test where it is not green.

        Unit tests see no shop: `make test` runs them once.
        """
        models = ("build", "--exclude-resource-type", "unit_test", *arguments)
        run = self.dbt("--warn-error", "--quiet", *models)
        assert run.code == 0, run.output
        return self

    def up_to(self, *models: str) -> "Shop":
        """Build some models and what they need, without data tests, which look at others, too."""
        selected = (f"+{model}" for model in models)
        return self.build("--exclude-resource-type", "test", "--select", *selected)

    def publish(self) -> "Shop":
        """Publish the build."""
        publish(self.database, self.marts)
        return self

    def with_vars(self, **variables: Any) -> "Shop":
        """The same folder and database with other vars."""
        return replace(self, variables={**self.variables, **variables})

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query over the build."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def row(self, sql: str) -> tuple:
        """The one row of a query."""
        (row,) = self.rows(sql)
        return row

    def value(self, sql: str) -> Any:
        """The one value of a query."""
        (value,) = self.row(sql)
        return value

    def rejections(self, table: str = "order_lines") -> dict[str, int]:
        """{reason: rows} of one raw table; clean rows under `accepted`."""
        return dict(
            self.rows(
                "select coalesce(rejection_reason, 'accepted'), count(*) "
                f"from staging.base_shop__{table} group by 1"
            )
        )


MakeShop = Callable[..., Shop]


@pytest.fixture(scope="session")
def make_shop(tmp_path_factory: pytest.TempPathFactory) -> MakeShop:
    """A function that writes a shop's files and returns the shop, not yet built.

    It takes the mapping (the var `shop`; by default order_lines from orders.csv), the files as
    {name: text or bytes}, further vars, and further environment variables.
    """

    def make(
        mapping: dict[str, Any] | None = None,
        files: dict[str, str | bytes] | None = None,
        environment: dict[str, str] | None = None,
        **variables: Any,
    ) -> Shop:
        folder = tmp_path_factory.mktemp("shop")
        for name, content in (files or {}).items():
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        if mapping is None:
            mapping = {"order_lines": {"from": "orders.csv"}}
        shop = {"name": "tested", "folder": str(folder), **mapping}
        return Shop(folder, {"shop": shop, **QUICK, **variables}, environment or {})

    return make


@pytest.fixture(scope="session")
def sample_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A copy of the sample shop's files, not yet built."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(PROJECT / "seeds" / "sample_shop", folder, dirs_exist_ok=True)
    variables = yaml.safe_load((PROJECT / "shops" / "sample_shop.yml").read_text("utf-8"))
    return Shop(folder, {**variables, "shop": {**variables["shop"], "folder": str(folder)}})


def built_once(shop: Shop, name: str, *arguments: str) -> Shop:
    """The shop in a folder that the processes of a run share, built by whoever comes first.

    The others wait for it. A file that it is read from has to stay for the whole run.
    """
    shared = replace(shop, folder=Path(os.environ[SHARED]) / name)
    shared.folder.mkdir(exist_ok=True)
    with (shared.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared.folder / "built"
        if not done.exists():
            shared.build(*arguments)
            done.touch()
    return shared


@pytest.fixture(scope="session")
def recommended() -> Shop:
    """The sample shop with RECOMMENDED, read from the checkout and built once for all processes."""
    variables = yaml.safe_load((PROJECT / "shops" / "sample_shop.yml").read_text("utf-8"))
    shop = Shop(Path(), {**variables, **RECOMMENDED})
    # with due_date a list is worse than its rule, and a test warns of it
    return built_once(shop, "recommended", "--exclude", "assert_lists_beat_their_rules")


@pytest.fixture(scope="session")
def sample_build(sample_shop: Shop) -> Path:
    """The sample shop's build: that of `make test` (SAMPLE_BUILD), else one that is made here."""
    given = os.environ.get("SAMPLE_BUILD")
    return PROJECT / given if given else sample_shop.build().database


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real shops' data; the test is skipped where it is missing."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"{REAL_DATA} is not there: SHOP_DATA names the folder of the real data")
    return REAL_DATA


@pytest.fixture(scope="session")
def make_real_shop(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeShop:
    """A function that returns one shop of shops/, by name, with further vars; not yet built."""

    def make(name: str, **variables: Any) -> Shop:
        if not (real_data / name).is_dir():
            pytest.skip(f"{real_data / name} is not there")
        given = yaml.safe_load((PROJECT / "shops" / f"{name}.yml").read_text("utf-8"))
        given["shop"].setdefault("folder", str(real_data))
        return Shop(tmp_path_factory.mktemp(name), {**given, **QUICK, **variables})

    return make


@pytest.fixture(scope="session")
def retail(make_real_shop: MakeShop) -> Shop:
    """Online Retail as shops/online_retail.yml builds it, tested as of 2011-09-10."""
    return built_once(make_real_shop("online_retail", backtest_dates=["2011-09-10"]), "retail")


class ManyRuns:
    """dbt in this process over one manifest, parsed once: a run costs half a second, not six."""

    def __init__(self, folder: Path) -> None:
        from dbt.cli.main import dbtRunner

        self.runner = dbtRunner
        with self.settings(Shop(folder, {})):
            self.manifest = dbtRunner().invoke(["--quiet", "parse"]).result

    def run(self, shop: Shop, *arguments: str) -> Run:
        """What `dbt <arguments>` gives; the code is dbt's own exit code."""
        output: list[str] = []
        command = shop.arguments("--quiet", *arguments)
        runner = self.runner(
            manifest=self.manifest,
            callbacks=[lambda event: event.info.level != "debug" and output.append(event.info.msg)],
        )
        with self.settings(shop):
            result = runner.invoke(command)
            code = 0 if result.success else 2 if result.exception else 1
            del result, runner
        return Run(code, "\n".join(output))

    @staticmethod
    @contextlib.contextmanager
    def settings(shop: Shop) -> Iterator[None]:
        """The shop's environment and the project's folder; the database is let go afterwards."""
        shop.database.parent.mkdir(parents=True, exist_ok=True)
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(shop.settings())
        try:
            with (
                contextlib.chdir(PROJECT),
                Path(os.devnull).open("w") as nowhere,
                contextlib.redirect_stdout(nowhere),
            ):
                yield
        finally:
            let_the_database_go()
            os.environ.clear()
            os.environ.update(before)


@pytest.fixture(scope="session")
def many_runs(tmp_path_factory: pytest.TempPathFactory) -> ManyRuns:
    """dbt over one manifest, for many small runs."""
    return ManyRuns(tmp_path_factory.mktemp("parsed"))


def fingerprints(database: Path, *schemas: str) -> dict[str, tuple[int, int]]:
    """{schema.table: (rows, sum of the rows' hashes)}, the same in any order of rows."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where len(?) = 0 or table_schema in (select unnest(?)) order by all",
            [list(schemas), list(schemas)],
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                "select count(*), coalesce(sum(cast(hash(line) as hugeint)), 0) "
                f'from "{schema}"."{table}" as line'
            ).fetchone()
            for schema, table in tables
        }
