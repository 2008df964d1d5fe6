"""What staging makes of a shop's tables, on a page or two: what `make check` prints.

Personal data are left out unless asked for: columns that the contract tags so, free text, raw
columns that no other column of the contract is made of, and e-mail addresses as customer ids.
"""

import json
import re
from pathlib import Path

import duckdb
import yaml
from summary import NO_CUSTOMER
from terminal import escaped, show

PROJECT = Path(__file__).resolve().parent.parent
CONTRACT = PROJECT / "models" / "staging" / "shop" / "_shop__sources.yml"
EVENT_TYPES = PROJECT / "seeds" / "reference" / "event_types.csv"
SHOWN_ROWS = 4
SHOWN_WIDTH = 28
SHOWN_VALUES = 12  # statuses, event types
SHOWN_LARGEST = 3  # customers, days
HIDDEN = "(personal)"
FREE_TEXT = {"review_text", "restricted_attributes"}  # may hold anything


def print_check(database: Path, variables: dict, shows_personal: bool) -> None:
    """Print what a database holds in which the staging models are built.

    Parameters
    ----------
    database : Path
        With the schemas shop, staging, intermediate and marts.
    variables : dict
        The vars of the run, with the shop's mapping.
    shows_personal : bool
        Whether personal data are printed, too.
    """
    contract = yaml.safe_load(CONTRACT.read_text("utf-8"))["sources"][0]["tables"]
    personal = {
        column["name"]
        for table in contract
        for column in table["columns"]
        if "pii" in column.get("config", {}).get("tags", [])
    }
    with duckdb.connect(str(database), read_only=True) as connection:
        _print_files(connection)
        for table in contract:
            name = table["name"]
            mapping = variables["shop"].get(name) or {}
            hidden = set() if shows_personal else personal | FREE_TEXT
            if _print_rows(connection, name):
                _print_first_rows(connection, name, hidden)
                _print_columns(connection, name)
                _print_not_taken(connection, name, table, mapping)
                _print_rejections(connection, name, _shown(table, mapping, hidden))
            if name == "order_lines":
                _print_orders(connection, variables, shows_personal)
            if name == "events":
                _print_event_types(connection)


def _print_files(connection: duckdb.DuckDBPyConnection) -> None:
    """Print what the text files hold: lines, records, and how they were read."""
    for path, encoding, delimiter, lines, records, unreadable, blank, quotes in connection.execute(
        "select path, encoding, delimiter, line_count, record_count, unreadable_count, "
        "blank_line_count, text_quote_count from shop.text_files order by path"
    ).fetchall():
        notes = [f"{encoding}, delimiter {'tab' if delimiter == chr(9) else delimiter}"]
        if unreadable:
            notes.append(f"{unreadable:,} unreadable")
        if blank:
            notes.append(f"{blank:,} lines blank or comments")
        if quotes:
            notes.append(f"{quotes:,} records with a quote that is a character")
        show(f"{path}: {lines:,} lines, {records:,} records; {'; '.join(notes)}")


def _print_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    rows, rejected = connection.execute(
        f"select count(*), count(rejection_reason) from staging.base_shop__{table}"
    ).fetchone()
    if rows:
        show(f"\n{table}: {rows:,} rows, {rows - rejected:,} accepted, {rejected:,} rejected")
    else:
        show(f"\n{table}: no rows")
    return rows


def _print_first_rows(connection: duckdb.DuckDBPyConnection, table: str, hidden: set[str]) -> None:
    """Print the first accepted rows, one a column."""
    clean = f"staging.stg_shop__{table}"
    first = connection.execute(f"select * from {clean} order by all limit {SHOWN_ROWS}").df()
    if first.empty:
        return
    filled = connection.execute(f"select count(columns(*)) from {clean}").fetchone()
    given = [name for name, count in zip(first, filled, strict=True) if count]
    shown = first[given].astype("string").fillna("").map(escaped)
    for name in hidden & set(given):
        shown[name] = HIDDEN
    if hidden and "customer_id" in given:
        shown["customer_id"] = shown["customer_id"].where(
            ~shown["customer_id"].str.contains("@"), HIDDEN
        )
    show()
    for line in shown.T.to_string(header=False, max_colwidth=SHOWN_WIDTH).splitlines():
        show(line)
    show(f"\nwithout a value: {', '.join(c for c in first if c not in given) or 'no column'}")


def _print_columns(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Print how many values the columns have that miss some, or have some that cannot be read."""
    columns = connection.execute(
        "select column_name, round(row_count * (1 - null_share)), "
        "round(row_count * invalid_share), row_count from marts.rpt_data_quality "
        "where table_name = ? and null_share < 1 and (null_share > 0 or invalid_share > 0)",
        [table],
    ).fetchall()
    for name, given, unreadable, rows in columns:
        words = f"{int(given):,} of {rows:,} rows have a value"
        show(f"  {name:<22} {words}" + (f", {int(unreadable):,} unreadable" if unreadable else ""))


def _takes(mapped: object, raw: str, all_raw: list[str]) -> bool:
    """Whether what a column is mapped to is a raw column, or an expression that names it."""
    text, raw = str(mapped).lower(), raw.lower()
    if text in (name.lower() for name in all_raw):
        return text == raw
    return re.search(rf"(?<!\w){re.escape(raw)}(?!\w)", text) is not None


def _print_not_taken(
    connection: duckdb.DuckDBPyConnection, name: str, table: dict, mapping: dict
) -> None:
    """Print the raw columns that nothing in the mapping names."""
    columns = mapping.get("columns") or {}
    mapped = [columns.get(column["name"], column["name"]) for column in table["columns"]]
    for key in ("passthrough", "safe_passthrough"):
        extra = mapping.get(key) or []
        mapped += extra.values() if isinstance(extra, dict) else extra
    all_raw = _raw_columns(connection, name)
    not_taken = [raw for raw in all_raw if not any(_takes(value, raw, all_raw) for value in mapped)]
    if not_taken:
        show(f"not taken: {', '.join(not_taken)}")


def _print_zones(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the zones that times of order lines name: their own clock is kept."""
    for zone, count in connection.execute(
        "select regexp_extract(ordered_at, '(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$') as zone, count(*) "
        "from shop.order_lines where length(ordered_at) > 19 and zone != '' "
        f"group by 1 order by 2 desc, 1 limit {SHOWN_LARGEST}"
    ).fetchall():
        show(f"  {count:>12,} lines   with times in zone {zone}: taken as they are written there")


def _print_currencies(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the values of the shop's columns that are called currency: amounts are added up."""
    for column in _raw_columns(connection, "order_lines"):
        if "currency" in column.lower():
            name = column.replace('"', '""')
            for value, count in connection.execute(
                f'select raw_row."{name}", count(*) from shop.order_lines '
                f"group by 1 order by 2 desc, 1 limit {SHOWN_VALUES}"
            ).fetchall():
                show(f"  {count:>12,} lines   {column} {value or '(none)'}")


def _raw_columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The columns of the shop's own table."""
    relation = connection.execute(
        "select sql from duckdb_views() where schema_name like '%shop' and view_name = ?", [table]
    ).fetchall()
    if not relation or "shop_row" not in relation[0][0]:
        return []
    row = connection.execute(f"select raw_row from shop.{table} limit 0").description[0][1]
    return [name for name, _ in row.children] if row.id == "struct" else []


def _shown(table: dict, mapping: dict, hidden: set[str]) -> dict[str, object] | None:
    """The columns that may be shown, and what they are mapped to; None where all may be."""
    if not hidden:
        return None
    columns = mapping.get("columns") or {}
    names = {column["name"] for column in table["columns"]} - hidden - {"customer_id"}
    return {name: columns.get(name, name) for name in sorted(names)}


def _print_rejections(
    connection: duckdb.DuckDBPyConnection, table: str, shown: dict[str, object] | None
) -> None:
    """Print each reason with the number of rows and one of them."""
    for reason, count, row in connection.execute(
        f"select rejection_reason, count(*), min(raw_row) from staging.base_shop__{table} "
        "where rejection_reason is not null group by 1 order by 2 desc, 1"
    ).fetchall():
        raw = json.loads(row)
        if shown is not None:
            raw = {
                name: value
                for name, value in raw.items()
                if name in shown
                or any(_takes(mapped, name, list(raw)) for mapped in shown.values())
            }
        show(f"{count:>12,}   {reason}, such as {json.dumps(raw, ensure_ascii=False)}")


def _print_orders(
    connection: duckdb.DuckDBPyConnection, variables: dict, shows_personal: bool
) -> None:
    """Print what a wrong mapping shows in: statuses, shares, largest customers and days, gaps."""
    lines = "staging.stg_shop__order_lines"
    rows, orders, guests, returns, discounts = connection.execute(
        "select count(*), count(distinct order_id), count(*) filter (where customer_id is null), "
        "count(*) filter (where line_kind = 'return'), "
        f"count(*) filter (where discount_amount > 0 or line_kind = 'discount') from {lines}"
    ).fetchone()
    if not rows:
        return
    show(
        f"\norders: {orders:,} from {rows:,} lines; of the lines "
        f"{guests / rows:.1%} are guests', {returns / rows:.1%} returns, "
        f"{discounts / rows:.1%} have a discount"
    )
    if guests == rows:
        show(f"  {NO_CUSTOMER}")
    cancelled = {status.lower() for status in _setting(variables, "cancelled_statuses")}
    statuses = connection.execute(
        f"select status, count(*) from {lines} where status is not null "
        "group by 1 order by 2 desc, 1"
    ).fetchall()
    for status, count in statuses[:SHOWN_VALUES]:
        meaning = "counts nowhere" if status in cancelled else "counts"
        show(f"  {count:>12,} lines   status {status}: {meaning}")
    if len(statuses) > SHOWN_VALUES:
        show(f"  and {len(statuses) - SHOWN_VALUES:,} more statuses")
    for customer, count, share in connection.execute(
        "select customer_id, count(distinct order_id), "
        "sum(line_amount) / nullif(sum(sum(line_amount)) over (), 0) "
        f"from {lines} where line_kind = 'sale' and customer_id is not null group by 1 "
        f"order by 3 desc nulls last, 1 limit {SHOWN_LARGEST}"
    ).fetchall():
        shown = HIDDEN if "@" in customer and not shows_personal else customer
        show(f"  {count:>12,} orders  customer {shown}, {share or 0:.1%} of the customers' sales")
    for day, count in connection.execute(
        "select order_date, order_count from staging.base_shop__order_days "
        f"order by 2 desc, 1 limit {SHOWN_LARGEST}"
    ).fetchall():
        show(f"  {count:>12,} orders  on {day}")
    for day, gap, is_ordinary in connection.execute(
        "select order_date, gap_days, is_ordinary from staging.base_shop__order_days "
        "where gap_days > ? order by 1",
        [_setting(variables, "max_gap_days")],
    ).fetchall():
        meaning = "taken" if is_ordinary else "rejected from there on"
        show(f"  {gap:>12,} days without an order before {day}: {meaning}")
    _print_zones(connection)
    _print_currencies(connection)
    for assumption, count in connection.execute(
        "select assumption, row_count from marts.rpt_assumptions where row_count > 0 "
        "order by 2 desc, 1"
    ).fetchall():
        show(f"  {count:>12,} lines   {assumption}")


def _setting(variables: dict, name: str) -> object:
    """A var as the run has it."""
    defaults = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))["vars"]
    return variables.get(name, defaults["customer_value"][name])


def _print_event_types(connection: duckdb.DuckDBPyConnection) -> None:
    """Print the types that the seed event_types does not know, which weigh nothing."""
    unknown = connection.execute(
        "select event_type, count(*) from staging.stg_shop__events where event_type not in "
        f"(select event_type from read_csv('{EVENT_TYPES}')) group by 1 order by 2 desc, 1"
    ).fetchall()
    for name, count in unknown[:SHOWN_VALUES]:
        show(f"  {count:>12,} events  {name}: not in the seed event_types, weighs nothing")
    if len(unknown) > SHOWN_VALUES:
        show(f"  and {len(unknown) - SHOWN_VALUES:,} more types that it does not know")
