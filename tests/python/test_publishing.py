"""The published file holds one whole state of a green build at any moment, and nothing private."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import publish as publishing
import pytest
import yaml
from conftest import PROJECT, MakeShop, Shop, fingerprints
from publish import PublishError, publish, read_marts

pytestmark = pytest.mark.shops

HEADER = "order_id,product_id,ordered_at,quantity,unit_price,customer_id,shade\n"
STATE = (
    "select (select count(*) from core.fct_order_lines), (select count(*) from core.fct_orders), "
    "(select cast(sum(line_count) as int) from core.fct_orders), "
    "(select cast(sum(order_count) as int) from marts.dim_customers)"
)
READER = """
import json, sys, time
from pathlib import Path
import duckdb
marts, stop, result, query, kind = sys.argv[1:]
seen, errors, reads, held = set(), [], 0, None
while not Path(stop).exists():
    try:
        if kind == "held":
            held = held or duckdb.connect(marts, read_only=True)
            seen.add(held.execute(query).fetchone())
        else:
            with duckdb.connect(marts, read_only=True) as connection:
                seen.add(connection.execute(query).fetchone())
    except Exception as error:
        errors.append(str(error))
    reads += 1
    Path(result).write_text(json.dumps({"seen": sorted(seen), "errors": errors, "reads": reads}))
    time.sleep(0.02)
"""

# the test of kills at random moments tries so many of the build, and as many of publishing
KILLS = int(os.environ.get("KILLS") or 2)
PUBLISHING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from publish import publish
print("now", flush=True)
publish(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def orders(count: int) -> str:
    """A shop's file: so many orders of two lines each."""
    return HEADER + "".join(
        f"o{n},{product},2024-{1 + n % 6:02d}-{1 + n % 28:02d},1,{5 + n % 7},c{n % 11},blue\n"
        for n in range(count)
        for product in ("A", "B")
    )


MAPPING = {"order_lines": {"from": "orders.csv", "passthrough": ["shade"]}}
GROUPS = "models/_groups.yml"
ROOMS = ("core", "customers", "restricted", "staging")
# what data tests of these rooms look up; ours gathers from all rooms
CUSTOMERS = """
{{ config(access='public') }}
select customer_id, count(order_id) as order_count
from {{ ref('int_customers') }} left join {{ ref('int_orders') }} using (customer_id)
group by customer_id
"""
CUSTOMERS_PAGE = """
models:
  - name: dim_customers
    description: One row per customer.
    columns:
      - {name: customer_id, description: The customer.}
      - {name: order_count, description: Their orders.}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the rooms that hang on no others: publishing knows no room."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("macros", "seeds", "src", "tests/generic", *(f"models/{room}" for room in ROOMS)):
        shutil.copytree(PROJECT / name, copy / name)
    (copy / "models" / "dim_customers.sql").write_text(CUSTOMERS, encoding="utf-8")
    (copy / "models" / "dim_customers.yml").write_text(CUSTOMERS_PAGE, encoding="utf-8")
    for file in chain.from_iterable(map(PROJECT.glob, ("*.yml", "models/*.md", GROUPS))):
        shutil.copy(file, copy / file.relative_to(PROJECT))
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    rooms = settings["models"]["customer_value"]
    for room in [name for name, given in rooms.items() if name not in ROOMS and "+group" in given]:
        del rooms[room]
    (copy / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def published(project: Path, make_shop: MakeShop) -> Shop:
    """A small shop that is built and published."""
    shop = make_shop(MAPPING, {"orders.csv": orders(200)}, {"DBT_WRITE_JSON": "true"})
    return replace(shop, project=project).build().publish()


@pytest.fixture(scope="module")
def larger(project: Path, make_shop: MakeShop) -> Shop:
    """The same shop some days later, built."""
    return replace(make_shop(MAPPING, {"orders.csv": orders(300)}), project=project).build()


def state(marts: Path) -> tuple[int, ...]:
    """Lines and orders, each counted in two tables."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        return connection.execute(STATE).fetchone()


@contextmanager
def reading(marts: Path, folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Read the file in a process of its own; the answer is filled when the block ends."""
    stop, result = folder / f"stop_{kind}", folder / f"result_{kind}.json"
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(marts), str(stop), str(result), STATE, kind]
    )
    answer: dict[str, Any] = {}
    try:
        while not result.exists():
            assert process.poll() is None
            time.sleep(0.02)
        yield answer
    finally:
        stop.touch()
        process.wait(timeout=60)
    answer.update(json.loads(result.read_text(encoding="utf-8")))


def test_readers_see_whole_states_alone(published: Shop, larger: Shop, tmp_path: Path) -> None:
    """While a build runs and marts are replaced, each read gives one of the published states."""
    marts = tmp_path / "marts" / "read.duckdb"
    publish(published.database, marts)
    building = replace(larger, folder=tmp_path)
    with reading(marts, tmp_path, "fresh") as fresh, reading(marts, tmp_path, "held") as held:
        building.build()
        for shop in (building, published, larger, published, larger):
            publish(shop.database, marts)
            time.sleep(0.3)
    states = [[400, 200, 400, 200], [600, 300, 600, 300]]
    assert fresh["errors"] == held["errors"] == []
    assert fresh["seen"] == states
    assert held["seen"] == [states[0]]
    assert fresh["reads"] > 50
    assert held["reads"] > 50
    assert list(state(marts)) == states[1]


def start(shop: Shop, words: str) -> subprocess.Popen[bytes]:
    """A build in a process of its own, as soon as its log says these words."""
    log = shop.folder / "logs" / "dbt.log"
    log.unlink(missing_ok=True)
    process = subprocess.Popen(
        shop.command("build", "--exclude-resource-type", "unit_test"),
        cwd=shop.project,
        env=shop.settings(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (log.exists() and words in log.read_text(encoding="utf-8")):
        assert process.poll() is None, "the build ended before it said so"
        time.sleep(0.02)
    return process


def with_more_orders(published: Shop, folder: Path) -> Shop:
    """The published shop in a folder of its own, where its file has grown since."""
    shutil.copytree(published.folder, folder)
    mapping = {**published.variables["shop"], "folder": str(folder)}
    shop = replace(published, folder=folder).with_vars(shop=mapping)
    (folder / "orders.csv").write_text(orders(300), encoding="utf-8")
    return shop


def test_a_killed_build_publishes_nothing(published: Shop, tmp_path: Path) -> None:
    """After SIGKILL in the middle the marts are as they were; the next build mends the rest."""
    shop = with_more_orders(published, tmp_path / "killed")
    before = shop.marts.read_bytes()
    process = start(shop, "START sql table model marts.dim_products")
    with pytest.raises(PublishError, match="in use"):
        publish(shop.database, shop.marts)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with pytest.raises(PublishError, match="complete"):
        publish(shop.database, shop.marts)
    assert shop.marts.read_bytes() == before
    assert [file.name for file in shop.marts.parent.iterdir()] == [shop.marts.name]
    shop.build().publish()
    assert state(shop.marts) == (600, 300, 600, 300)


def kill_after(seconds: float, command: list[str], shop: Shop, begin: bytes = b"") -> bool:
    """Run a command, SIGKILL its whole group after so many seconds, and say whether it ended."""
    with subprocess.Popen(
        command,
        cwd=shop.project,
        env=shop.settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        if begin:
            assert process.stdout.readline().strip() == begin
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False
        return process.returncode == 0


@pytest.mark.release
def test_killed_at_random_moments(published: Shop, tmp_path: Path) -> None:
    """SIGKILL at any moment of a build or a publish: the marts are whole, and the next are green.

    `KILLS=20 make test-shops` tries so many moments of each.
    """
    moments = random.Random(15)
    shop = with_more_orders(published, tmp_path / "killed")
    building = shop.command("--quiet", "build", "--exclude-resource-type", "unit_test")
    publishing_it = [sys.executable, "-c", PUBLISHING, str(shop.database), str(shop.marts)]
    publishing_it.append(str(PROJECT / "scripts"))
    before = fingerprints(shop.marts)

    start = time.monotonic()
    assert kill_after(600, building, shop)
    whole_build = time.monotonic() - start
    built = fingerprints(shop.database)
    start = time.monotonic()
    publish(shop.database, tmp_path / "after.duckdb")
    whole_publish = time.monotonic() - start
    after = fingerprints(tmp_path / "after.duckdb")
    assert after != before

    for _ in range(KILLS):
        kill_after(moments.uniform(0, whole_build), building, shop)
        assert fingerprints(shop.marts) == before
        try:  # a build that is killed before it begins leaves the last one
            publish(shop.database, tmp_path / "killed.duckdb")
        except PublishError as error:
            assert "complete" in str(error)
        else:
            assert fingerprints(tmp_path / "killed.duckdb") == after
        shop.build()
        assert fingerprints(shop.database) == built

    for _ in range(KILLS):
        publish(published.database, shop.marts)
        ended = kill_after(moments.uniform(0, whole_publish), publishing_it, shop, b"now")
        assert fingerprints(shop.marts) in ([after] if ended else [before, after])
        publish(shop.database, shop.marts)
        assert fingerprints(shop.marts) == after
        assert [file.name for file in shop.marts.parent.iterdir()] == [shop.marts.name]


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--exclude-resource-type", "unit_test", "--select", "+fct_orders"),
        ("build", "--exclude-resource-type", "unit_test", "--exclude", "rpt_sales"),
        ("build", "--exclude-resource-type", "test", "unit_test"),
        ("run",),
        ("seed",),
        ("build", "--empty", "--exclude-resource-type", "test", "unit_test"),
    ],
)
def test_a_partial_build_publishes_nothing(
    arguments: tuple[str, ...], published: Shop, tmp_path: Path
) -> None:
    """Only `dbt build` of everything, data tests included, may be published."""
    shop = replace(published, folder=tmp_path)
    shop.database.parent.mkdir()
    shutil.copy(published.database, shop.database)
    run = shop.dbt("--quiet", *arguments)
    assert run.code == 0, run.output
    with pytest.raises(PublishError, match="complete"):
        publish(shop.database, shop.marts)
    assert not shop.marts.exists()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("tests/data/assert_nothing.sql", "select 1 as failed"),
        ("models/core/broken.sql", "select error('broken') as failed"),
    ],
)
def test_a_red_build_publishes_nothing(
    file: str, text: str, published: Shop, project: Path, tmp_path: Path
) -> None:
    """Where a test fails or a model breaks, the last marts stay."""
    copy = shutil.copytree(project, tmp_path / "project")
    (copy / file).parent.mkdir(exist_ok=True)
    (copy / file).write_text(text, encoding="utf-8")
    shop = replace(published, folder=tmp_path, project=copy)
    run = shop.dbt("build", "--exclude-resource-type", "unit_test")
    assert run.code == 1, run.output
    assert "ERROR=1" in run.output
    before = published.marts.read_bytes()
    with pytest.raises(PublishError, match="complete"):
        publish(shop.database, published.marts)
    assert published.marts.read_bytes() == before


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes, as if the disk was full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_full_disk_publishes_nothing(share: float, larger: Shop, published: Shop) -> None:
    """Wherever the copy stops, the published file stays, and nothing is left beside it."""
    before, size = published.marts.read_bytes(), published.marts.stat().st_size
    with (
        file_size_limit(int(size * share)),
        pytest.raises(PublishError, match="cannot be written and stays as it was: "),
    ):
        publish(larger.database, published.marts)
    assert published.marts.read_bytes() == before
    assert [file.name for file in published.marts.parent.iterdir()] == [published.marts.name]


def test_a_copy_with_other_rows_is_not_published(
    larger: Shop, published: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is opened and counted before it takes the old file's place."""
    before = published.marts.read_bytes()
    count = publishing._rows_of
    monkeypatch.setattr(
        publishing, "_rows_of", lambda copy, key: dict(list(count(copy, key).items())[1:])
    )
    with pytest.raises(PublishError, match="other rows"):
        publish(larger.database, published.marts)
    assert published.marts.read_bytes() == before


STEPS = ("_remove", "_write_copy", "_copy_comments", "_rows_of", "_take_over_mode")


@pytest.mark.parametrize("step", STEPS)
def test_publishes_of_one_shop_wait_for_each_other(
    step: str, published: Shop, larger: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second publish that begins at any step of the first is whole, as the first was."""
    marts = tmp_path / "marts" / "twice.duckdb"
    second = threading.Thread(target=publish, args=(larger.database, marts))
    plain = getattr(publishing, step)

    def and_begin_another(*given: Any) -> Any:
        if not second.ident:  # in the first publish, once
            second.start()
            second.join(timeout=0.5)
            assert second.is_alive(), "it did not wait"
        return plain(*given)

    monkeypatch.setattr(publishing, step, and_begin_another)
    publish(published.database, marts)
    assert state(marts) in ((400, 200, 400, 200), (600, 300, 600, 300))
    second.join()
    assert state(marts) == (600, 300, 600, 300)
    assert [file.name for file in marts.parent.iterdir()] == [marts.name]


def test_what_a_killed_publish_left_is_removed(published: Shop, tmp_path: Path) -> None:
    """An unfinished copy of before is in nobody's way."""
    marts = tmp_path / "left.duckdb"
    for name in (".left.duckdb.new", ".left.duckdb.new.wal"):
        (tmp_path / name).write_text("unfinished", encoding="utf-8")
    publish(published.database, marts)
    assert [file.name for file in tmp_path.iterdir()] == [marts.name]


def test_mode_and_link_stay(published: Shop, tmp_path: Path) -> None:
    """The file that is replaced keeps its mode and group, and a link to it stays a link."""
    file, link = tmp_path / "real" / "file.duckdb", tmp_path / "link.duckdb"
    group = 1 if os.geteuid() == 0 else os.getgroups()[-1]
    file.parent.mkdir()
    file.touch(mode=0o640)
    file.chmod(0o640)
    os.chown(file, -1, group)
    link.symlink_to(file)
    publish(published.database, link)
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_gid == group
    assert fingerprints(link) == fingerprints(published.marts)


def test_a_new_file_is_its_owners_own(published: Shop, tmp_path: Path) -> None:
    """Nobody else can read what was never published before."""
    publish(published.database, tmp_path / "new.duckdb")
    assert (tmp_path / "new.duckdb").stat().st_mode & 0o777 == 0o600


MARTS_KEY = "a key of the marts, long enough"


def test_marts_are_encrypted_with_a_key(
    published: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No name stands in the file, and it is read with its key alone."""
    settings = publishing._engine_settings

    # the extension that encrypts is not everywhere; this stands in for it, here alone
    def unsafe_settings(*memory: str) -> dict[str, str]:
        return settings(*memory) | {"force_mbedtls_unsafe": "true"}

    monkeypatch.setattr(publishing, "_engine_settings", unsafe_settings)
    monkeypatch.setenv("MARTS_KEY", MARTS_KEY)
    file = tmp_path / "marts.duckdb"
    tables = publish(published.database, file, encrypted=True)
    assert b"fct_customer_rfm" in published.marts.read_bytes()
    assert b"fct_customer_rfm" not in file.read_bytes()
    with read_marts(file) as connection, duckdb.connect(str(published.marts)) as other:
        for table in tables:
            count = f"select count(*) from {table}"
            assert connection.execute(count).fetchall() == other.execute(count).fetchall()
    monkeypatch.setenv("MARTS_KEY", "another key, as long as that")
    with pytest.raises(PublishError, match="is not that of"):
        read_marts(file)
    monkeypatch.delenv("MARTS_KEY")
    with pytest.raises(PublishError, match="is encrypted: set the environment variable MARTS_KEY"):
        read_marts(file)


@pytest.mark.parametrize("key", ["", "short"])
def test_marts_are_not_encrypted_without_a_key(
    key: str, published: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, and nothing is published."""
    monkeypatch.setenv("MARTS_KEY", key)
    with pytest.raises(PublishError, match="16 bytes or more"):
        publish(published.database, tmp_path / "marts.duckdb", encrypted=True)
    assert not (tmp_path / "marts.duckdb").exists()


def test_an_engine_that_cannot_encrypt_says_so(
    published: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its extension DuckDB only reads what is encrypted; the key is in no sentence."""
    monkeypatch.setenv("MARTS_KEY", MARTS_KEY)
    with duckdb.connect() as connection:
        try:
            connection.execute("load httpfs")
            pytest.skip("the extension is there")
        except duckdb.Error:
            pass
    with pytest.raises(PublishError, match="httpfs") as refusal:
        publish(published.database, tmp_path / "marts.duckdb", encrypted=True)
    assert MARTS_KEY not in str(refusal.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["a file", "no folder to write to"])
def test_where_nothing_can_be_written(place: str, published: Shop, tmp_path: Path) -> None:
    """A file in the folder's place, and a folder in the file's, are one sentence each."""
    if place == "a file":
        (tmp_path / "marts").touch()
    else:
        (tmp_path / "marts" / "m.duckdb").mkdir(parents=True)
    with pytest.raises(PublishError, match="cannot be written and stays as it was: "):
        publish(published.database, tmp_path / "marts" / "m.duckdb")


def test_a_foreign_table_is_not_published(published: Shop, tmp_path: Path) -> None:
    """What somebody has put into the build's schemas stays there."""
    build = tmp_path / "tested.duckdb"
    shutil.copy(published.database, build)
    with duckdb.connect(str(build)) as connection:
        connection.execute("create table marts.salaries as select 'secret' as name")
        connection.execute("create table core.fct_salaries as select 'secret' as name")
    publish(build, tmp_path / "m.duckdb")
    assert fingerprints(tmp_path / "m.duckdb") == fingerprints(published.marts)


def test_without_a_build(tmp_path: Path) -> None:
    """No build, and a database that is no build, are refused."""
    with pytest.raises(PublishError, match="make build"):
        publish(tmp_path / "nix.duckdb", tmp_path / "marts.duckdb")
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(PublishError, match="complete"):
        publish(tmp_path / "empty.duckdb", tmp_path / "marts.duckdb")
    assert [file.name for file in tmp_path.iterdir()] == ["empty.duckdb"]


def test_everything_public_is_published(published: Shop) -> None:
    """The public tables are there with all rows, and no other schema."""
    assert fingerprints(published.marts) == fingerprints(published.database, "core", "marts")
    with duckdb.connect(str(published.marts), read_only=True) as connection:
        schemas = connection.execute(
            "select distinct schema_name from duckdb_tables() "
            "union select distinct schema_name from duckdb_views() where not internal order by 1"
        ).fetchall()
    assert schemas == [("core",), ("marts",)]


def comments(database: Path) -> dict[tuple[str, ...], str]:
    """{(schema, table[, column]): comment} of the public schemas."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() "
            "where schema_name in ('core', 'marts') union all "
            "select schema_name, view_name, comment from duckdb_views() "
            "where schema_name in ('core', 'marts')"
        ).fetchall()
        columns = connection.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns() "
            "where schema_name in ('core', 'marts')"
        ).fetchall()
    return {tuple(row[:-1]): row[-1] for row in (*tables, *columns)}


def test_comments_are_published(published: Shop) -> None:
    """Every table and column says in the published file what it is."""
    found = comments(published.marts)
    assert found == comments(published.database)
    assert len(found) > 100
    assert [name for name, comment in found.items() if not (comment or "").strip()] == []


def test_nothing_private_is_published(published: Shop) -> None:
    """No column that the project tags as pii, and none that holds restricted content."""
    manifest = json.loads((published.folder / "target" / "manifest.json").read_text())
    private = {
        column["name"]
        for node in (*manifest["nodes"].values(), *manifest["sources"].values())
        for column in node.get("columns", {}).values()
        if "pii" in (*column.get("tags", []), *column.get("config", {}).get("tags", []))
    }
    assert {"email", "phone", "full_name", "birth_date"} <= private
    with duckdb.connect(str(published.marts), read_only=True) as connection:
        columns = {
            name
            for (name,) in connection.execute("select column_name from duckdb_columns()").fetchall()
        }
    assert not columns & (private | {"restricted_attributes", "raw_row"})
    assert b"blue" not in published.marts.read_bytes()


def test_publishing_again_changes_nothing(published: Shop) -> None:
    """The same build gives the same marts, and leaves no other file behind."""
    before = fingerprints(published.marts), comments(published.marts)
    published.publish()
    assert (fingerprints(published.marts), comments(published.marts)) == before
    assert [file.name for file in published.marts.parent.iterdir()] == [published.marts.name]
