"""A customer who is to be forgotten is in no table and no byte, and the shop's money adds up."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from commands import begin_anew
from conftest import MakeShop, Shop

pytestmark = pytest.mark.shops

FORGOTTEN = ("person-03", "person-05")
# what must be found nowhere: ids, e-mail addresses in any spelling, names, phones, what they wrote
TRACES = (
    *FORGOTTEN,
    "Anna@Example.org",
    "anna@example.org",
    "anna%40example.org",
    "Anna Andrews",
    "555-0103",
    "I am Anna",
    "browser-03",
)
ORDER_COLUMNS = "order_id,product_id,ordered_at,quantity,unit_price,customer_id,note"


def people() -> list[str]:
    """The ids of forty customers."""
    return [f"person-{number:02d}" for number in range(40)]


def order_lines() -> str:
    """Two hundred purchases of forty customers, and what is odd about the forgotten ones."""
    start = date(2024, 1, 1)
    lines = [
        f"o{number},p{number % 9},{start + timedelta(days=number)},{1 + number % 3},"
        f"{2 + number % 5}.50,{people()[number % 40]},for {people()[number % 40]}"
        for number in range(200)
    ]
    lines += [
        "o3,p8,2024-01-04,1,9.00,person-30,",  # another customer on a forgotten one's number
        "o5,p8,2024-01-06,1,2.00,,ring for Anna Andrews",  # names nobody, on their order
        "bad1,p1,2024-02-01,two,2.50,person-03,",  # rejected
        "bad2,p1,2024-02-01,two,2.50,,ask anna@example.org",  # rejected, names her
        "guest,p1,2024-02-01,1,2.50,,paid by Anna@Example.org.",  # a guest who names her
        "cut,person-03,anna@example.org",  # no record
        "cut,nobody",
    ]
    return "\n".join([ORDER_COLUMNS, *lines]) + "\n"


def files() -> dict[str, str]:
    """The other tables; each has the forgotten ones among the others."""
    customers = ["customer_id,email,phone,full_name,country"]
    events = ["occurred_at,event_type,customer_id,visitor_id,product_id,page,search_term"]
    reviews = ["review_id,rating,reviewed_at,customer_id,product_id,order_id,review_text"]
    contacts = ["campaign_id,customer_id,variant,contacted_at"]
    for number, person in enumerate(people()):
        anna = number == 3
        email = "Anna@Example.org" if anna else f"{person}@example.org"
        name = "Anna Andrews" if anna else f"Name {number}"
        customers.append(f"{person},{email},555-01{number:02d},{name},DE")
        page = "/x?mail=anna%40example.org" if number == 7 else "/x"
        events += [
            f"2024-03-{1 + number % 28:02d} 10:00:00,view,{person},browser-{number:02d},p1,{page},",
            f"2024-03-{1 + number % 28:02d} 09:00:00,view,,browser-{number:02d},p2,{page},",
        ]
        text = "I am Anna" if anna else "fine"
        reviews.append(f"r{number},{1 + number % 5},2024-04-01,{person},p1,o{number},{text}")
        contacts.append(f"spring,{person},{'control' if number % 2 else 'mail'},2024-05-01")
    reviews.append("r40,5,2024-04-02,,p1,o43,I am Anna")  # names nobody, but her order
    return {
        "orders.csv": order_lines(),
        "customers.csv": "\n".join(customers) + "\n",
        "events.csv": "\n".join(events) + "\n",
        "reviews.csv": "\n".join(reviews) + "\n",
        "contacts.csv": "\n".join(contacts) + "\n",
        "erased.csv": "id\nperson-03\nperson-05\nsomebody else\n",
    }


MAPPING = {
    "order_lines": {"from": "orders.csv", "passthrough": ["note"]},
    "customers": {"from": "customers.csv"},
    "events": {"from": "events.csv"},
    "reviews": {"from": "reviews.csv"},
    "campaign_contacts": {"from": "contacts.csv"},
}
LIST = {"erased_customers": {"from": "erased.csv", "columns": {"customer_id": "id"}}}


@pytest.fixture(scope="module")
def erased(make_shop: MakeShop) -> Shop:
    """A shop with a list of three, of whom two are known; small groups are suppressed, too."""
    return make_shop({**MAPPING, **LIST}, files(), min_cell_size=5).build().publish()


def stored(file: Path) -> Iterator[tuple[str, str]]:
    """(table, its rows as text) of every table of a file; views read the shop's own files."""
    with duckdb.connect(str(file), read_only=True) as connection:
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal order by all"
        ).fetchall():
            yield table, str(connection.execute(f'from "{schema}"."{table}"').fetchall())


def test_no_table_and_no_byte_has_them(erased: Shop) -> None:
    """In the build and in what is published, by reading each table and each byte."""
    for file in (erased.database, erased.marts):
        tables = dict(stored(file))
        assert len(tables) > 80
        content = file.read_bytes()
        for trace in TRACES:
            assert [table for table, rows in tables.items() if trace in rows] == [], trace
            assert trace.encode() not in content, trace
        assert "person-30" in tables["fct_customer_rfm"]


def test_no_view_of_staging_has_them(erased: Shop) -> None:
    """What staging reads has lost them, too."""
    for table in ("order_lines", "customers", "events", "reviews", "campaign_contacts"):
        rows = str(erased.rows(f"from staging.stg_shop__{table}"))
        assert [trace for trace in TRACES if trace in rows] == [], table


def test_money_and_orders_add_up(erased: Shop, make_shop: MakeShop) -> None:
    """Their orders are guests', not another customer's on the same number; nothing is lost."""
    untouched = make_shop(MAPPING, files()).up_to("fct_orders")
    totals = "select count(*), sum(net_amount), sum(line_count) from core.fct_orders"
    assert erased.row(totals) == untouched.row(totals)
    names = "select order_id, customer_id from core.fct_orders where order_id in ('o3', 'o5')"
    assert dict(untouched.rows(names)) == {"o3": "person-03", "o5": "person-05"}
    assert dict(erased.rows(names)) == {"o3": None, "o5": None}
    other = "select customer_id from core.fct_orders where order_id like 'o3#%'"
    assert erased.rows(other) == untouched.rows(other) == [("person-30",)]


def test_they_are_guests_in_staging(erased: Shop) -> None:
    """No placeholder is a customer: an order of one is not undone by a return of another."""
    assert erased.rows(
        "select distinct customer_id from staging.stg_shop__order_lines where is_erased"
    ) == [(None,)]
    assert erased.value("select count(*) from staging.stg_shop__order_lines where is_erased") == 10
    assert "(erased)" not in str(erased.rows("select customer_id from core.fct_order_lines"))


def test_stars_stay_and_all_else_leaves(erased: Shop) -> None:
    """A review keeps its stars; events, contacts and the customer leave."""
    assert erased.rows(
        "select customer_id, rating, review_text from staging.stg_shop__reviews "
        "where review_id in ('r3', 'r40') order by review_id"
    ) == [(None, 4, None), (None, 5, None)]
    for table, count in {"customers": 38, "events": 76, "campaign_contacts": 38}.items():
        assert erased.value(f"select count(*) from staging.stg_shop__{table}") == count


def test_what_was_done_is_counted(erased: Shop) -> None:
    """rpt_assumptions says what left, and that one of the list is nobody's."""
    counts = dict(
        erased.rows(
            "select table_name, row_count from marts.rpt_assumptions "
            "where assumption like '%erase%' and row_count > 0"
        )
    )
    assert counts == {
        "order_lines": 12,
        "customers": 2,
        "events": 4,
        "reviews": 3,
        "campaign_contacts": 2,
        "erased_customers": 1,
    }


def test_rejected_rows_stay_without_them(erased: Shop) -> None:
    """Every rejected row is there with its reason, also those that named them."""
    rows = erased.rows(
        "select rejection_reason, raw_row from restricted.fct_rejected_rows "
        "where table_name = 'order_lines'"
    )
    assert sorted(reason for reason, _ in rows) == [
        "quantity is not a number",
        "quantity is not a number",
        "record has too few fields",
        "record has too few fields",
    ]
    assert sum("(erased)" in raw for _, raw in rows) == 3
    assert any("cut,nobody" in raw for _, raw in rows)


def test_small_groups_are_suppressed(erased: Shop) -> None:
    """No report has a group of one to four customers, and what is gone says so."""
    for table, count in {
        "rpt_rfm_segments": "customer_count",
        "rpt_cohort_retention": "customer_count",
        "rpt_segment_profiles": "customer_count",
        "rpt_fairness": "customer_count",
        "rpt_satisfaction": "author_count",
        "rpt_satisfaction_trend": "author_count",
        "rpt_product_satisfaction": "author_count",
        "rpt_funnel": "visitor_count",
        "rpt_paths": "visitor_count",
        "rpt_calendar": "visitor_count",
        "rpt_acquisition": "customer_count",
    }.items():
        shown, small, silent = erased.row(
            f"select count(*), count(*) filter (where {count} between 1 and 4), "
            f"count(*) filter (where is_suppressed != ({count} is null)) from marts.{table}"
        )
        assert shown > 0, table
        assert small == silent == 0, table
    assert erased.value("select count(*) from marts.rpt_rfm_segments where is_suppressed") > 1


def test_an_id_that_is_an_address_leaves_texts_too(make_shop: MakeShop) -> None:
    """Where customers are known by their e-mail, a note of somebody else that has it leaves."""
    lines = [
        "o1,p1,2024-01-01,1,5,anna@example.org,",
        "o2,p1,2024-01-02,1,5,ben@example.org,for Anna@example.org",
        "o3,p1,2024-01-03,1,5,ben@example.org,for ben@example.org",
    ]
    shop = make_shop(
        {
            "order_lines": {"from": "orders.csv", "passthrough": ["note"]},
            "erased_customers": {"from": "erased.csv"},
        },
        {
            "orders.csv": "\n".join([ORDER_COLUMNS, *lines]) + "\n",
            "erased.csv": "customer_id\nanna@example.org\n",
        },
    ).up_to("fct_orders")
    assert shop.rows(
        "select order_id, restricted_attributes from staging.stg_shop__order_lines order by 1"
    ) == [("o1", None), ("o2", None), ("o3", '{"note":"for ben@example.org"}')]
    assert shop.rows("select order_id, customer_id from core.fct_orders order by 1") == [
        ("o1", None),
        ("o2", "ben@example.org"),
        ("o3", "ben@example.org"),
    ]


def test_a_build_begins_with_a_file_that_holds_the_history_alone(tmp_path: Path) -> None:
    """The bytes of a table that is dropped stay in a file, so the next build has another file."""
    file = tmp_path / "build.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema build_state")
        connection.execute("create table build_state.measures as select 7 as build_number")
        connection.execute(
            "create table secrets as select 'anna@example.org ' || number as email "
            "from range(100000) as numbers (number)"
        )
        connection.execute("create table after_it as from range(100000)")
        connection.execute("checkpoint")
        connection.execute("drop table secrets")
    assert b"anna@example" in file.read_bytes()
    begin_anew(file, "")
    assert b"anna@example" not in file.read_bytes()
    with duckdb.connect(str(file)) as connection:
        assert connection.execute("from build_state.measures").fetchall() == [(7,)]
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id\nperson-03\n\nperson-05,x\n", ("erased_customers", "cannot be read", "mend the file")),
        ("id,x\nperson-03,1\n,2\n", ("erased_customers.customer_id", "1 rows", "fill them in")),
    ],
)
def test_a_list_that_is_not_whole_is_refused(
    content: str, words: tuple[str, ...], make_shop: MakeShop
) -> None:
    """Nobody may be left out of it: a record that cannot be read, or a row without an id."""
    shop = make_shop({**MAPPING, **LIST}, {**files(), "erased.csv": content})
    run = shop.dbt("--quiet", "seed")
    assert run.code != 0
    assert run.sentence.endswith(".")
    assert [word for word in words if word not in run.sentence] == [], run.sentence
