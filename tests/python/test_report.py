"""The page on top of the marts: its numbers, its sentences, and how it works in a browser.

`make test` hands over the sample shop's build (SAMPLE_BUILD); without it the sample is built here.
"""

import csv
import importlib
import io
import re
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import PROJECT, Shop
from page import Figures, compiled_analyses, drawn, opened
from publish import publish, read_marts
from report import ReportError, found_pages, write_report
from report.figure import Column, ask, completed, query_of
from report.words import Words, as_number, listed, sentence
from summary import print_summary

ODD = "<script>alert(1)</script> & “half”, 1/2"
SHOP = {"currency": "", "number_locale": "en"}


@pytest.fixture(scope="session")
def marts(sample_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sample shop."""
    file = tmp_path_factory.mktemp("published") / "sample_shop.duckdb"
    publish(sample_build, file)
    return file


@pytest.fixture(scope="session")
def analyses(sample_shop: Shop) -> Path:
    """The folder of the compiled analyses."""
    return compiled_analyses(sample_shop)


@pytest.fixture(scope="session")
def page(marts: Path, analyses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page."""
    file = tmp_path_factory.mktemp("page") / "sample_shop.html"
    write_report(marts, file, analyses)
    return file


@pytest.fixture(scope="session")
def odd_page(marts: Path, analyses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the same shop, whose products and customers have names that are code."""
    folder = tmp_path_factory.mktemp("odd")
    shutil.copy(marts, folder / "odd.duckdb")
    with duckdb.connect(str(folder / "odd.duckdb")) as connection:
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where column_name in ('product_name', 'customer_id', 'order_id', 'term', "
            "'segment_name', 'reason', 'similar_product_name', 'antecedent_product_name')"
        ).fetchall():
            text = f"'=cmd|' || {column}" if column.endswith("_id") else f"'{ODD}' || {column}"
            connection.execute(f"update {schema}.{table} set {column} = {text}")
        connection.execute(
            "update marts.rpt_shop set shop_name = ?, currency = 'EUR', number_locale = 'de'", [ODD]
        )
    write_report(folder / "odd.duckdb", folder / "odd.html", analyses)
    return folder / "odd.html"


def test_page_holds_the_marts_numbers(marts: Path, page: Path, analyses: Path) -> None:
    """What each figure holds, read back from the file, is what its query gives, digit by digit."""
    figures = Figures(page).found
    with read_marts(marts) as connection:
        (shop,) = ask(connection, "select * from marts.rpt_shop", {})
        seen = 0
        for module, named in found_pages():
            for name, figure in named:
                told = figures[f"{module.__name__.rpartition('.')[2]}-{name}"]
                rows = ask(connection, query_of(figure, analyses), shop)
                assert rows, name
                if figure.pack:
                    continue
                assert list(told["columns"]) == list(figure.columns)
                for row, record in zip(rows, told["data"], strict=True):
                    for column, value in zip(figure.columns, record, strict=True):
                        expected = row[column]
                        if isinstance(expected, Decimal):
                            assert value == float(expected)
                        elif isinstance(expected, date):  # a time is one, too
                            assert value == expected.isoformat()
                        else:
                            assert value == expected
                        seen += 1
    assert seen > 3000
    assert len(figures) == sum(len(named) for _, named in found_pages())


def test_rows_of_small_groups_are_left_out_and_counted(
    marts: Path, analyses: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """With two rows of three suppressed in every report the page is drawn, and says so."""
    file = tmp_path / "small.duckdb"
    shutil.copy(marts, file)
    with duckdb.connect(str(file)) as connection:
        tables = connection.execute(
            "select table_name from duckdb_columns() where column_name = 'is_suppressed'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"update marts.{table} set is_suppressed = rowid % 3 > 0")
            for (name,) in connection.execute(
                "select column_name from duckdb_columns() where table_name = ? and "
                "(data_type like 'DECIMAL%' or data_type = 'BIGINT')",
                [table],
            ).fetchall():
                connection.execute(f"update marts.{table} set {name} = null where is_suppressed")
    write_report(file, tmp_path / "small.html", analyses)
    text = (tmp_path / "small.html").read_text("utf-8")
    assert len(tables) > 20
    assert text.count("Left out, since so few customers are in them") > 10
    print_summary(file, "EUR")
    assert "rows are left out: so few are in them" in capsys.readouterr().out


def test_exposure_names_what_the_page_reads() -> None:
    """The exposure shop_page has the tables of all figures, no more and no fewer."""
    exposures = yaml.safe_load((PROJECT / "models" / "_exposures.yml").read_text("utf-8"))
    (told,) = [one for one in exposures["exposures"] if one["name"] == "shop_page"]
    queries = [
        query
        for _, named in found_pages()
        for _, figure in named
        for query in (figure.query, figure.why)
    ]
    for file in (PROJECT / "analyses").glob("*.sql"):
        if any(figure.analysis == file.stem for _, named in found_pages() for _, figure in named):
            queries.append(re.sub(r"ref\('(\w+)'\)", r"marts.\1", file.read_text("utf-8")))
    read = set(re.findall(r"\b(?:marts|core)\.(\w+)", " ".join(queries))) | {"rpt_shop"}
    assert {ref.split("'")[1] for ref in told["depends_on"]} == read


def test_headline_and_months_are_as_recomputed(marts: Path, page: Path) -> None:
    """Thirty days before today, counted line by line, and months from the orders' lines."""
    figures = Figures(page).found
    with duckdb.connect(str(marts), read_only=True) as connection:
        today = connection.execute("select as_of_date from marts.rpt_shop").fetchone()[0]
        lines = connection.execute(
            "select cast(ordered_at as date), customer_id, order_id, gross_amount, net_amount, "
            "returned_amount from core.fct_order_lines"
        ).fetchall()
    for column, begin, end in (("now", 30, 0), ("before", 60, 30)):
        days = {today - timedelta(days=back) for back in range(end + 1, begin + 1)}
        mine = [line for line in lines if line[0] in days]
        bought = [line for line in mine if line[3] > 0]
        expected = [
            len({line[1] for line in bought if line[1] is not None}),
            len({line[2] for line in bought}),
            float(sum(line[4] for line in mine)),
            float(sum(line[5] for line in mine)),
        ]
        place = list(figures["today-headline"]["columns"]).index(column)
        assert [row[place] for row in figures["today-headline"]["data"]] == pytest.approx(expected)
    months = {row[0]: row[1] for row in figures["today-months"]["data"]}
    for month, amount in months.items():
        assert amount == pytest.approx(
            float(sum(line[4] for line in lines if f"{line[0]:%Y-%m}" == month[:7]))
        )
    assert sum(months.values()) == pytest.approx(float(sum(line[4] for line in lines)))


def test_groups_moves_and_lists_are_the_marts(marts: Path, page: Path) -> None:
    """Groups hold all customers, moves add up, and lists are the mart's first ten places."""
    figures = Figures(page).found
    groups = figures["customers-groups"]
    place = list(groups["columns"]).index("customer_count")
    moves = figures["customers-moves"]
    data = figures["lists-customers"]["data"]
    with duckdb.connect(str(marts), read_only=True) as connection:
        current, known = connection.execute(
            "select count(*) filter (where is_current), count(*) filter (where is_current and "
            "first_purchase_date < date '2026-09-01') from marts.fct_customer_rfm"
        ).fetchone()
        assert sum(row[place] for row in groups["data"]) == current
        assert sum(row[2] for row in moves["data"]) == known
        assert len(data["customers"]) == 1000
        for customer in data["customers"][::97]:
            for name in ("buy_again", "discover"):
                expected = connection.execute(
                    "select product_name, reason from marts.fct_customer_recommendations "
                    "where is_current and customer_id = ? and list = ? and rank <= 10 "
                    "order by rank",
                    [customer["id"], name],
                ).fetchall()
                shown = [
                    (data["products"][product], data["reasons"][reason])
                    for product, reason in customer[name]
                ]
                assert shown == expected
    amounts = [customer["amount"] for customer in data["customers"][:500]]
    assert amounts == sorted(amounts, reverse=True)


def test_verdicts_are_the_scorecards(marts: Path, page: Path) -> None:
    """Better is what the scorecard calls so; who is surely nearer may have a wrong total."""
    told = Figures(page).found["trust-verdicts"]
    rows = [dict(zip(told["columns"], record, strict=True)) for record in told["data"]]
    with duckdb.connect(str(marts), read_only=True) as connection:
        for row in rows:
            found = connection.execute(
                "select distinct beats_baseline from marts.rpt_model_scorecard "
                "where replace(method, '_', ' ') = ? and metric = ? and as_of_date = ? "
                "and cast(value as double) = ? and rows_scored = ?",
                [
                    row["method"],
                    f"{row['measure']}_difference",
                    row["as_of_date"],
                    row["difference"],
                    row["rows_scored"],
                ],
            ).fetchall()
            assert (row["verdict"] == "better") == (found == [(True,)]), row
    surely = [row for row in rows if row["gain_low"] > 0]
    assert len(rows) == 10
    assert 0 < sum(row["verdict"] == "better" for row in rows) < len(surely)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page_is_drawn(page: Path, width: int, scheme: str) -> None:
    """Every picture has marks, nothing sticks out, and the reader's colors are taken."""
    with opened(page, width, scheme) as tab:
        marks = drawn(tab)
        assert len(marks) >= 20
        assert all(marks.values()), marks
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate("document.documentElement.dataset.theme") == scheme
        background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 22, 28)")
        tab.click("#theme")
        assert tab.evaluate("document.documentElement.dataset.theme") != scheme


def test_customer_is_found_by_keyboard(page: Path) -> None:
    """Typing a part of an id lists customers, arrow and enter pick one, whose lists are shown."""
    customer = Figures(page).found["lists-customers"]["data"]["customers"][7]
    with opened(page) as tab:
        search = tab.get_by_role("combobox", name="Customer")
        search.focus()
        search.fill(customer["id"][:-1])
        assert tab.get_by_role("option").count() >= 1
        search.fill(customer["id"])
        search.press("ArrowDown")
        search.press("Enter")
        shown = tab.locator(".customer").inner_text()
        assert shown.startswith(customer["id"])
        offers = len(customer["buy_again"]) + len(customer["discover"])
        assert tab.locator(".customer ol > li").count() == offers
        search.fill("nobody at all")
        assert "None of the customers" in tab.locator("[role=listbox]").inner_text()


def test_table_is_shown_and_saved(page: Path) -> None:
    """A figure's table has its rows, and the CSV holds the numbers as they are."""
    groups = Figures(page).found["customers-groups"]
    with opened(page) as tab:
        figure = tab.locator("#customers-groups")
        figure.locator("summary").click()
        assert figure.locator("tbody tr").count() == len(groups["data"])
        with tab.expect_download() as download:
            figure.locator(".csv").click()
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == list(groups["columns"])
    assert [[float(value) for value in row[1:]] for row in rows] == [
        [float(value) for value in row[1:]] for row in groups["data"]
    ]


def test_names_that_are_code_stay_text(odd_page: Path) -> None:
    """A product called <script> is text everywhere, and no cell of a CSV begins a formula."""
    with opened(odd_page, 390) as tab:
        marks = drawn(tab)
        assert all(marks.values()), marks
        assert tab.locator("h1").inner_text() == ODD
        assert ODD in tab.locator("#products-together h3").inner_text()
        assert "€" in tab.locator("#today-headline h3").inner_text()
        search = tab.get_by_role("combobox", name="Customer")
        search.fill("=cmd|C")
        search.press("Enter")
        assert ODD in tab.locator(".customer").inner_text()
        with tab.expect_download() as download:
            tab.locator("#orders-visitors .csv").click()
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][0].startswith("'=cmd|")


def test_products_of_one_name_are_told_apart(odd_page: Path) -> None:
    """Where all products have one name, each has its id behind it, so none are drawn as one."""
    figures = Figures(odd_page).found
    for name, columns in {
        "products-trends": ["product"],
        "products-together": ["first_product", "second_product"],
        "products-bundles": ["bought", "offer"],
    }.items():
        figure = figures[name]
        places = [list(figure["columns"]).index(column) for column in columns]
        rows = [tuple(row[place] for place in places) for row in figure["data"]]
        assert len(set(rows)) == len(rows) > 1, name
        assert all(ODD in cell for row in rows for cell in row)
    products = figures["lists-customers"]["data"]["products"]
    assert len(set(products)) == len(products) > 100


def test_shop_without_rows_has_sentences(marts: Path, analyses: Path, tmp_path: Path) -> None:
    """Every figure of empty marts is a sentence, and no box is empty."""
    shutil.copy(marts, tmp_path / "empty.duckdb")
    with duckdb.connect(str(tmp_path / "empty.duckdb")) as connection:
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall():
            if table != "rpt_shop":
                connection.execute(f"delete from {schema}.{table}")
    write_report(tmp_path / "empty.duckdb", tmp_path / "empty.html", analyses)
    for name, figure in Figures(tmp_path / "empty.html").found.items():
        assert figure["shows"] == "nothing", name
        assert figure["finding"].endswith("."), name


def test_marts_of_a_schema_prefix_are_read(tmp_path: Path) -> None:
    """A shop with schema_prefix has its tables under the same names for the page and summary."""
    with duckdb.connect(str(tmp_path / "acme.duckdb")) as connection:
        connection.execute("create schema acme_marts")
        connection.execute("create table acme_marts.rpt_shop as select 'acme' as shop_name")
    with read_marts(tmp_path / "acme.duckdb", "acme") as connection:
        assert connection.execute("select * from marts.rpt_shop").fetchall() == [("acme",)]


def test_figure_that_fails_leaves_the_page(
    marts: Path, analyses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence names the figure's file; the page and the marts stay as they were."""
    file = tmp_path / "page.html"
    file.write_text("the last page")
    before = marts.read_bytes()
    module = importlib.import_module("report.pages.today.months")
    broken = module.FIGURE.__class__(**{**vars(module.FIGURE), "query": "select 1 / 'x' as y"})
    monkeypatch.setattr(module, "FIGURE", broken)
    with pytest.raises(ReportError, match=r"report/pages/today/months\.py failed: Conversion"):
        write_report(marts, file, analyses)
    assert file.read_text() == "the last page"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert marts.read_bytes() == before


def test_no_marts_and_old_marts_have_a_sentence(tmp_path: Path) -> None:
    """Without marts, or with those of a version that had no page, the sentence says what to do."""
    with pytest.raises(ReportError, match="is not there: run make build first"):
        write_report(tmp_path / "none.duckdb", tmp_path / "page.html", tmp_path)
    duckdb.connect(str(tmp_path / "old.duckdb")).close()
    with pytest.raises(ReportError, match="without rpt_shop: run make build"):
        write_report(tmp_path / "old.duckdb", tmp_path / "page.html", tmp_path)


@pytest.mark.parametrize(
    ("currency", "locale", "amount", "text"),
    [
        ("", "en", 1234567.891, "1,234,568"),
        ("", "en", 12.5, "12.50"),
        ("GBP", "en_GB", 1234.5, "£1,234"),
        ("EUR", "de", 1234.5, "1.234 €"),
        ("eur", "de", 99.999, "100,00 €"),
        ("BRL", "pt_BR", 1234567, "R$ 1.234.567"),
        ("points", "en", 50, "50.00 points"),
        ("EUR", "xx", -3, "-€3.00"),
    ],
)
def test_money_is_the_shops(currency: str, locale: str, amount: float, text: str) -> None:
    """In its currency, with its separators; a label that is no code follows the number."""
    words = Words({"currency": currency, "number_locale": locale})
    assert words.money(amount).replace("\N{NO-BREAK SPACE}", " ") == text


def test_words() -> None:
    """Shares, counts, changes and lists in words."""
    words = Words(SHOP)
    assert words.share(0.1234) == "12\N{NARROW NO-BREAK SPACE}%"
    assert words.share(0.0234) == "2.3\N{NARROW NO-BREAK SPACE}%"
    counts = [words.count(value, "row") for value in (0, 1, 2000)]
    assert counts == ["0 rows", "1 row", "2,000 rows"]
    assert words.change(110, 100) == "10\N{NARROW NO-BREAK SPACE}% more than before"
    assert words.change(50, 100, "in May") == "50\N{NARROW NO-BREAK SPACE}% less than in May"
    assert words.change(100, 100) == "as much as before"
    assert words.change(5, 0) == "from 0 before"
    assert words.change(0, 0) == "as before"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert sentence("too few orders") == "Too few orders."
    assert as_number(Decimal("2.50")) == 2.5
    assert as_number(Decimal("3.00")) == 3


def test_pictures_say_what_their_columns_are() -> None:
    """Titles, formats and tooltips come from the columns unless the picture has its own."""
    columns = {"day": Column("Day", "day"), "amount": Column("Amount", "money")}
    spec = {
        "config": {},
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "day", "type": "temporal"},
            "y": {"field": "amount", "type": "quantitative", "title": "Own"},
        },
    }
    told = completed(spec, columns)
    assert "config" not in told
    assert told["encoding"]["x"]["title"] == "Day"
    assert told["encoding"]["x"]["axis"] == {"format": "%d %b %Y", "formatType": "time"}
    assert told["encoding"]["y"]["title"] == "Own"
    assert told["encoding"]["y"]["axis"] == {"format": "$,.2~f"}
    assert [tip["title"] for tip in told["encoding"]["tooltip"]] == ["Day", "Amount"]
