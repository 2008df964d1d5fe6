"""What a build leaves for the next one: what is suddenly empty warns, what is repeated does not."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import pytest
from conftest import PROJECT, Shop

BUILDS = ["rpt_data_quality", "rpt_rejections", "path:models/builds", "assert_inputs_are_as_before"]
BUILD_COUNT = "select count(distinct build_number) from marts.rpt_input_changes"


@pytest.fixture
def shop(sample_build: Path, sample_shop: Shop, tmp_path: Path) -> Shop:
    """The sample shop, once built, in a folder of its own."""
    shutil.copytree(sample_shop.folder, tmp_path, dirs_exist_ok=True)
    variables = {**sample_shop.variables["shop"], "folder": str(tmp_path)}
    shop = replace(sample_shop, folder=tmp_path, variables={"shop": variables})
    shop.database.parent.mkdir(parents=True, exist_ok=True)
    # a build file has the database's name, which its views name
    shutil.copy(sample_build, shop.database.with_name("sample_shop.duckdb"))
    environment = {
        "CUSTOMER_VALUE_DATABASE": str(shop.database.with_name("sample_shop.duckdb")),
    }
    return replace(shop, environment=environment)


def again(shop: Shop, *models: str) -> bool:
    """Build what says what changed, and some models before it; whether nothing warns."""
    words = ("--exclude-resource-type", "unit_test", "--select", *models, *BUILDS)
    run = shop.dbt("--warn-error", "--quiet", "build", *words)
    failures = re.findall(r"Failure in test (\w+)", run.output)
    assert failures == ([] if run.code == 0 else ["assert_inputs_are_as_before"]), run.output
    return run.code == 0


def rows(shop: Shop, sql: str) -> list[tuple]:
    """Of the build."""
    named = Path(shop.environment["CUSTOMER_VALUE_DATABASE"])
    with duckdb.connect(str(named), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_same_build_again_is_no_other(shop: Shop) -> None:
    """The same files and settings: no further build, and nothing to be told."""
    before = rows(shop, BUILD_COUNT)
    assert again(shop)
    assert rows(shop, BUILD_COUNT) == before


def test_an_events_file_that_is_suddenly_empty_warns(shop: Shop) -> None:
    """It had thousands of rows in the last build; the warning says so, and the history stays."""
    ((before,),) = rows(shop, BUILD_COUNT)
    events = shop.folder / "events.csv"
    events.write_text(events.read_text("utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    assert not again(
        shop, "base_shop__events", "stg_shop__events", "int_events", "fct_rejected_rows"
    )
    assert rows(shop, BUILD_COUNT) == [(before + 1,)]
    findings = rows(
        shop, "select table_name, finding from marts.rpt_input_changes where has_warning"
    )
    assert [table for table, _ in findings] == ["events"]
    assert findings[0][1].startswith("The table events has no rows any longer, and had 7")


def test_a_day_that_is_not_quoted_is_a_setting_like_any_other() -> None:
    """YAML makes a date of it, at any depth, which JSON does not have; all else stays as it is."""
    text = (PROJECT / "macros/shop/history.sql").read_text("utf-8")
    macro = re.search(r"{% macro as_json_value.*?endmacro %}", text, re.DOTALL)[0]
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])

    class ReturnedError(Exception):
        """What dbt's return does: it leaves the macro with a value."""

    def leave(value: object) -> None:
        raise ReturnedError(value)

    def plain(value: object) -> object:
        try:
            module.as_json_value(value)
        except ReturnedError as returned:
            return returned.args[0]

    environment.globals |= {"return": leave}
    environment.globals["customer_value"] = SimpleNamespace(as_json_value=plain)
    module = environment.from_string(macro).module
    given = {"refit": {"frozen": date(2026, 1, 1)}, "days": [date(2026, 1, 2)], "n": 1.5}
    given |= {"on": True, "none": None, "words": ["a"], "text": "b"}
    expected = {**given, "refit": {"frozen": "2026-01-01"}, "days": ["2026-01-02"]}
    assert json.loads(json.dumps(plain(given))) == expected
