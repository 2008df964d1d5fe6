"""Write an audience of the published marts as CSV, with the contacts that are asked for.

Contacts are personal data that are never published, so they come from the build file, and what is
written is for its owner alone.
"""

import csv
import os
import re
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
from publish import read_marts

CONTACTS = ("email", "phone", "full_name")
FORMULA = re.compile(r"\s*[=+\-@\t\r]")  # how a text begins that a spreadsheet would run
NUMBER = re.compile(r"[+-]?[\d ().,/-]+")  # a telephone's or an amount, which is none


class ExportError(Exception):
    """Why an audience was not written, in one sentence."""


class Exported(NamedTuple):
    """What was written: whom to contact, the control group, and how many have no such contact."""

    contact: Path
    contact_count: int
    control: Path
    control_count: int
    unreachable_count: int


def export(
    marts: Path,
    build: Path,
    folder: Path,
    audience: str,
    contacts: tuple[str, ...] = (),
    schema_prefix: str = "",
) -> Exported:
    """Write who is to be contacted, and beside it the control group, as two CSV files.

    Parameters
    ----------
    marts : Path
        The published file.
    build : Path
        The file that it was published from; read where contacts are asked for.
    folder : Path
        Where to write.
    audience : str
        One of `fct_campaign_audiences`.
    contacts : tuple of str
        Of CONTACTS; customers without one of these are left out of both files, since those who can
        be reached are to be compared with others who could be.
    schema_prefix : str
        The var of that name with which the build was made.

    Returns
    -------
    Exported
        The two files and how many customers they have, and how many were left out.

    Raises
    ------
    ExportError
        If there are no marts, no such audience or no such contact, or the build has none.
    """
    for name in contacts:
        if name not in CONTACTS:
            raise ExportError(f"CONTACTS has {name}: name some of {', '.join(CONTACTS)}.")
    if not marts.exists():
        raise ExportError(f"{marts} is not there: run make build first.")
    try:
        with read_marts(marts, schema_prefix) as connection:
            _refuse_unknown(connection, audience)
            if contacts:
                _show_contacts(connection, build, schema_prefix)
            tables = {
                arm: connection.sql(query, params=[audience, arm]).to_arrow_table()
                for arm, query in _queries(contacts).items()
            }
            members = connection.sql(
                "select count(*) from marts.fct_campaign_audiences where audience = ?",
                params=[audience],
            ).fetchall()[0][0]
    except (duckdb.IOException, duckdb.CatalogException) as error:
        reason = str(error).partition("\n")[0]
        raise ExportError(f"The audience cannot be read: {reason}.") from error
    paths = {}
    for arm, end in (("contact", ""), ("control", "_control")):
        paths[arm] = folder / f"{marts.stem}_{audience}{end}.csv"
        _write(paths[arm], tables[arm])
    counts = {arm: table.num_rows for arm, table in tables.items()}
    return Exported(
        paths["contact"],
        counts["contact"],
        paths["control"],
        counts["control"],
        members - sum(counts.values()),
    )


def _refuse_unknown(connection: duckdb.DuckDBPyConnection, audience: str) -> None:
    found = connection.execute(
        "select distinct audience from marts.fct_campaign_audiences order by all"
    ).fetchall()
    known = [name for (name,) in found]
    if audience not in known:
        those = f"name one of {', '.join(known)}" if known else "there is none in this build"
        raise ExportError(f"There is no audience {audience or 'without a name'}: {those}.")
    if not re.fullmatch(r"[\w-]+", audience):
        raise ExportError(
            f"{audience} cannot be a file's name: write the action in the seed marketing_playbook "
            "in letters, digits and _."
        )


def _show_contacts(connection: duckdb.DuckDBPyConnection, build: Path, prefix: str) -> None:
    """A view `contacts` of what the build knows of how to reach customers."""
    if not build.exists():
        raise ExportError(f"{build}, which has the contacts, is not there: run make build first.")
    file = str(build).replace("'", "''")
    schema = f"{prefix}_" * bool(prefix) + "restricted"
    connection.execute(f"attach '{file}' as build_file (read_only)")
    connection.execute(f'create view contacts as from build_file."{schema}".dim_customer_contacts')


def _queries(contacts: tuple[str, ...]) -> dict[str, str]:
    """The query of each arm, whose parameters are audience and arm; the control has no contacts."""
    where = "where audience = ? and arm = ? order by priority, customer_id"
    if not contacts:
        return dict.fromkeys(("contact", "control"), f"from marts.fct_campaign_audiences {where}")
    known = " and ".join(f"{name} is not null" for name in contacts)
    people = f"select customer_id, {', '.join(contacts)} from contacts where {known}"
    joined = f"from marts.fct_campaign_audiences inner join ({people}) using (customer_id) {where}"
    return {"contact": joined, "control": f"select * exclude ({', '.join(contacts)}) {joined}"}


def _write(path: Path, table: pa.Table) -> None:
    """A CSV for its owner alone, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        writer.writerows(map(safe_cell, row.values()) for row in table.to_pylist())
    unfinished.replace(path)


def safe_cell(value: object) -> str:
    """A cell as text; one that a spreadsheet would run as a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
