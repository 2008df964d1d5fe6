"""What make prints: `check` what is in the shop's files, `build` how far it is and what failed."""

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, MakeShop, Shop
from terminal import show
from test_odd_shops import COLUMNS as LINE_COLUMNS
from test_odd_shops import SEASON, table

pytestmark = pytest.mark.shops

FIRST = date(2024, 1, 1)
COLUMNS = ("order_id", "sku", "ordered_at", "quantity", "unit_price", "Buyer", "status", "Name")
# every second order is of customer 0, and one of somebody whose id is an address
ORDERS = [
    (
        f"o{day}",
        f"p{day % 3}",
        FIRST + timedelta(days=day),
        1,
        10,
        "0" if day % 2 else f"c{day}",
        "paid" if day % 5 else "Void",
        f"Ann Ample {day}",
    )
    for day in range(40)
] + [
    ("o40", "p1", FIRST + timedelta(days=41), 1, 900, "ann@example.org", "paid", "Ann Ample"),
    ("o41", "p1", "soon", 1, 10, "bob@example.org", "paid", "Bob Basic"),
    ("o42", "p1", FIRST + timedelta(days=9_000), 1, 10, "c1", "paid", "Cy Clear"),
]
CUSTOMERS = [("0", "Ann Ample", "ann@example.org"), ("0", "Bob Basic", "bob@example.org")]
EVENTS = [("2024-01-05", "view", "c1"), ("2024-01-06", "peek", "c1"), ("2024-01-06", "peek", "")]
EVENTS += [("2024-01-07", "\x1b[2Jblink", "c1")]
PERSONAL = ("Ample", "Basic", "example.org")


@pytest.fixture(scope="module")
def shop(make_shop: MakeShop) -> Shop:
    """A shop with all that a mapping can miss, and its YAML."""
    mapping = {
        "order_lines": {
            "from": "orders.csv",
            "columns": {"product_id": "sku", "customer_id": "Buyer"},
        },
        "customers": {"from": "customers.csv"},
        "events": {"from": "events.csv"},
    }
    shop = make_shop(
        mapping,
        {
            "orders.csv": table(COLUMNS, ORDERS),
            "customers.csv": table(("customer_id", "full_name", "email"), CUSTOMERS),
            "events.csv": table(("occurred_at", "event_type", "customer_id"), EVENTS),
        },
        cancelled_statuses=["void"],
    )
    (shop.folder / "shop.yml").write_text(yaml.safe_dump(shop.variables), encoding="utf-8")
    return shop


def command(shop: Shop, name: str, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What stands behind `make <name> SHOP=<file>`; the marts go to the shop's folder."""
    script = PROJECT / "scripts" / "commands.py"
    return subprocess.run(
        [sys.executable, str(script), name, "--shop", str(file), *options],
        env=shop.settings() | {"CUSTOMER_VALUE_MARTS": str(shop.folder / "marts")},
        capture_output=True,
        text=True,
        check=False,
    )


def check(shop: Shop, *options: str) -> str:
    """What `make check` prints, with single blanks."""
    run = command(shop, "check", shop.folder / "shop.yml", *options)
    assert run.returncode == 0, run.stdout + run.stderr
    return re.sub(r" +", " ", run.stdout)


def test_what_a_wrong_mapping_shows_in(shop: Shop) -> None:
    """Statuses and what they count as, the largest customer, gaps, types, what was not taken."""
    text = check(shop)
    for words in (
        "order_lines: 43 rows, 41 accepted, 2 rejected",
        "ordered_at 43 of 43 rows have a value, 1 unreadable",
        "not taken: Name",
        "1 ordered_at is not a time, such as {",
        '"ordered_at": "soon"',
        "33 lines status paid: counts\n",
        "8 lines status void: counts nowhere\n",
        "1 orders customer (personal), 69.2% of the customers' sales",
        "20 orders customer 0, 15.4% of the customers' sales",
        "8,959 days without an order before 2048-08-22: rejected from there on",
        "2 events peek: not in the seed event_types, weighs nothing",
        "1 customer_id is there already",
        "orders.csv: 44 lines, 43 records; utf-8, delimiter ,",
    ):
        assert words in text
    assert not [word for word in PERSONAL if word in text]
    assert not list(Path(PROJECT / "build").glob(".check_tested*"))


def test_names_do_not_steer_the_terminal(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """A control character in the shop's data is shown as an escape."""
    text = check(shop)
    assert "1 events \\x1b[2jblink: not in the seed event_types" in text
    assert "\x1b" not in text
    show("\n a\nb\t\x1b[31mc\u202e é")
    assert capsys.readouterr().out == "\n a\\nb\\t\\x1b[31mc\\u202e é\n"


def test_personal_data_are_shown_where_asked(shop: Shop) -> None:
    """The same page with them, for whoever has to look."""
    text = check(shop, "--personal")
    assert [word for word in PERSONAL if word in text] == list(PERSONAL)


def test_a_build_says_how_far_it_is_and_what_failed(shop: Shop) -> None:
    """No log on the console: ten lines of progress, a refusal's one sentence, the log's name."""
    mapping = shop.variables["shop"]
    bad = shop.with_vars(shop={**mapping, "reviews": {"from": "nix.csv"}})
    file = shop.folder / "bad.yml"
    file.write_text(yaml.safe_dump(bad.variables), encoding="utf-8")
    run = command(shop, "build", file)
    assert run.returncode == 2
    assert run.stdout == ""
    sentence, log, verdict = [line for line in run.stderr.splitlines() if line]
    assert sentence.startswith("shop.reviews.from is 'nix.csv', but there is no file")
    assert "macro" not in run.stderr
    assert (log, verdict[:13]) == (
        f"The whole log is in {shop.folder}/logs/dbt.log",
        "Not published",
    )
    good = command(shop, "publish", shop.folder / "shop.yml")
    assert good.returncode == 1


def test_progress(shop: Shop) -> None:
    """A green build prints how many of its steps are done, and its summary."""
    run = command(shop, "build", shop.folder / "shop.yml")
    assert run.returncode == 0, run.stdout + run.stderr
    number = r"(\d{1,3}(?:,\d{3})*)"
    steps = re.findall(rf"^ +{number} of {number}$", run.stdout, flags=re.MULTILINE)
    assert len(steps) == 10
    assert steps[-1][0] == steps[-1][1]
    assert "Net revenue" in run.stdout
    assert "\nNo predictions: There are " in run.stdout
    assert "OK created" not in run.stdout


def test_a_shop_of_guests_is_told_so(make_shop: MakeShop) -> None:
    """Check, summary and methods say that no order has a customer, and a reason for no bundle."""
    guests = [(*line[:5], None) for line in SEASON]
    shop = make_shop(files={"orders.csv": table(LINE_COLUMNS, guests)})
    file = shop.folder / "shop.yml"
    file.write_text(yaml.safe_dump(shop.variables), encoding="utf-8")
    sentence = "No order has a customer: customer_id is not mapped, or no line has a value in it.\n"
    assert sentence in check(shop)
    run = command(shop, "build", file)
    assert run.returncode == 0, run.stdout + run.stderr
    assert sentence in run.stdout
    assert "\nNo bundles: no basket has two products.\n" in run.stdout
    assert shop.row("select count(*), count_if(is_purchase) from core.fct_orders") == (100, 100)
    assert shop.value("select count(*) from marts.dim_customers") == 0
    assert shop.rows("select distinct reason_for_none from marts.rpt_recommendation_methods") == [
        ("no order has a customer",)
    ]
