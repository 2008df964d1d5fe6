"""What stands behind `make build`, `make check`, `make publish`, `make export` and the like.

Each command reads one shop's YAML (--shop) and further vars (--vars), runs dbt with both, and does
what dbt itself does not: publish a green build and say what is in it.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import yaml
from check import print_check
from export import ExportError, export
from freeze import FEWEST_CUSTOMERS, FreezeError, freeze
from private_report import PrivacyError, read_settings, release
from publish import PublishError, publish, text
from report import ReportError, write_report
from summary import print_summary
from terminal import show

PROJECT = Path(__file__).resolve().parent.parent
PROGRESS_STEPS = 10  # how many lines say how far a run is
STOPPED = 130  # the exit code of a command that was stopped, as a shell has it
MOST_VALUES = 100_000  # in a shop's YAML
LIMITS = {  # what the environment may say of the engine's limits
    "CUSTOMER_VALUE_THREADS": (r"[1-9]\d*", "a whole number, such as 2"),
    "CUSTOMER_VALUE_CONNECT_ATTEMPTS": (r"[1-9]\d*", "a whole number, such as 3"),
    "CUSTOMER_VALUE_MEMORY": (r"\d+(\.\d+)? ?[KMGT]i?B|\d+(\.\d+)?%", "a size, such as 5GB"),
}
# databases and schemas of DuckDB's own; register_shop refuses the names of our schemas
TAKEN_NAMES = {"main", "system", "temp", "memory", "information_schema", "pg_catalog"}


class ShopError(Exception):
    """What is wrong with what a command was given, in one sentence."""


def main() -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=sorted([*COMMANDS, "check", "export"]))
    parser.add_argument("--shop", default="shops/sample_shop.yml", help="the shop's YAML")
    parser.add_argument("--vars", default="{}", help="further vars, as YAML or JSON")
    parser.add_argument("--personal", action="store_true", help="let check show personal data, too")
    parser.add_argument("--audience", default="", help="what to export")
    parser.add_argument("--contacts", default="", help="what to export with it, such as email")
    arguments = parser.parse_args()
    os.chdir(PROJECT)
    os.umask(0o077)  # what is written is its owner's own, until they open it to others
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stops like Ctrl-C
    try:
        check_limits()
        variables = read_vars(Path(arguments.shop), arguments.vars)
        if arguments.command == "check":
            return check(variables, arguments.personal)
        if arguments.command == "export":
            return export_audience(variables, arguments.audience, arguments.contacts)
        return COMMANDS[arguments.command](variables)
    except REFUSALS as error:
        show(f"\n{error}", sys.stderr)
        return 1
    except OSError as error:
        show(f"\n{error.filename or 'A file'} cannot be used: {error.strerror}.", sys.stderr)
        return 1
    except KeyboardInterrupt:
        show("\nStopped.", sys.stderr)
        return STOPPED


def check_limits() -> None:
    """Refuse a limit in the environment that is none.

    Raises
    ------
    ShopError
        If a variable of LIMITS is not what it has to be.
    """
    for name, (pattern, words) in LIMITS.items():
        value = os.environ.get(name)
        if value is not None and not re.fullmatch(pattern, value, flags=re.IGNORECASE):
            raise ShopError(f"The environment variable {name} is '{value}': set it to {words}.")


def read_vars(path: Path, further: str) -> dict:
    """The vars of a shop's YAML with `further` laid over them.

    Parameters
    ----------
    path : Path
        The shop's YAML, a mapping with the key `shop`.
    further : str
        More vars, a mapping in YAML or JSON.

    Returns
    -------
    dict
        The vars; `shop.name` is made of the file's name where the YAML gives none.

    Raises
    ------
    ShopError
        If the file is missing or either text is not such a mapping.
    """
    if not path.exists():
        raise ShopError(
            f"{path} is not there: name the shop's YAML, such as SHOP=shops/my_shop.yml."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ShopError(f"{path} is not in UTF-8: save it so.") from error
    variables = _read_mapping(text, str(path))
    if not isinstance(variables.get("shop"), dict):
        raise ShopError(f"{path} has no shop: say there where its tables come from, see README.md.")
    name = str(variables["shop"].setdefault("name", _name_from(path.stem)))
    if not re.fullmatch(r"[^\W\d][\w-]*", name) or name.lower() in TAKEN_NAMES:
        raise ShopError(
            f"shop.name is '{name}', which cannot be a database's name: use letters, digits and _, "
            f"and none of {', '.join(sorted(TAKEN_NAMES))}."
        )
    variables |= _read_mapping(further, "VARS")
    try:
        json.dumps(variables, default=str)
    except ValueError as error:
        raise ShopError(f"{path} has a part that refers to itself: write it out.") from error
    return variables


def _name_from(stem: str) -> str:
    """A database's name made of a file's."""
    name = re.sub(r"[^\w-]+", "_", stem).strip("_-")
    is_name = name and not name[0].isdigit() and name.lower() not in TAKEN_NAMES
    return name if is_name else f"shop_{name}"


def _read_mapping(text: str, label: str) -> dict:
    try:
        values = _value_count(yaml.compose(text, yaml.SafeLoader), {})
        if values > MOST_VALUES:
            raise ShopError(
                f"{label} has {values:,} values with its aliases written out, more than "
                f"{MOST_VALUES:,}: write it without aliases of aliases."
            )
        mapping = yaml.safe_load(text) or {}
    except (yaml.YAMLError, ValueError) as error:  # a day that is not in the calendar is the second
        reason = " ".join(str(error).split())
        raise ShopError(f"{label} is not YAML: {reason}.") from error
    except RecursionError as error:
        raise ShopError(f"{label} is nested too deep: write it flatter.") from error
    if not isinstance(mapping, dict):
        raise ShopError(f"{label} is not a mapping of vars: write name: value, or {{name: value}}.")
    return mapping


def _value_count(node: yaml.Node | None, known: dict[int, int]) -> int:
    """How many values a part of a YAML has; an alias counts as often as it is used."""
    if id(node) not in known:
        known[id(node)] = 0  # a part that refers to itself is refused where it is read
        parts = node.value if isinstance(node, yaml.CollectionNode) else []
        pairs = (part if isinstance(part, tuple) else (part,) for part in parts)
        known[id(node)] = 1 + sum(_value_count(part, known) for pair in pairs for part in pair)
    return known[id(node)]


def build(variables: dict) -> int:
    """Build everything, and when all of it is green publish it, say what is in it, and draw it."""
    file = build_file(variables)
    file.parent.mkdir(parents=True, exist_ok=True)
    refuse_in_use(file)
    if variables["shop"].get("erased_customers") and not is_on_spark():
        begin_anew(file, variables.get("schema_prefix", ""))
    code = dbt(["build"], variables)
    if code:
        print(f"\nNot published: {marts_file(variables)} stays as it was.", file=sys.stderr)
        return code
    publish_build(variables)
    marts, prefix = marts_file(variables), variables.get("schema_prefix", "")
    print_summary(marts, variables.get("currency", ""), prefix)
    return report(variables)


def begin_anew(file: Path, schema_prefix: str) -> None:
    """Leave of a build file what it keeps of earlier builds, and nothing else.

    The bytes of a table that is dropped stay in its file, and so would a customer who is to be
    forgotten. No customer is in the history.
    """
    if not file.exists():
        return
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    state = f"{schema_prefix}_" * bool(schema_prefix) + "build_state"
    with duckdb.connect(str(new)) as connection:
        connection.execute(f"attach {text(str(file))} as old (read_only)")
        connection.execute(f"create schema {state}")
        kept = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'old' "
            "and schema_name = ? and table_name in ('measures', 'model_runs')",
            [state],
        ).fetchall()
        for (table,) in kept:
            connection.execute(f"create table {state}.{table} as from old.{state}.{table}")
        connection.execute("detach old")
    new.replace(file)
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)


def refuse_in_use(file: Path) -> None:
    """Say at once that the file to build into is held, or is none; dbt would try for minutes.

    Raises
    ------
    ShopError
        If the file is there and cannot be opened for writing.
    """
    if not file.exists():
        return
    try:
        duckdb.connect(str(file)).close()
    except duckdb.Error as error:
        holder = re.search(r"\(PID (\d+)\)", str(error))
        if holder:
            raise ShopError(
                f"{file} is in use by another process (PID {holder[1]}), a build or a reader: "
                "wait for it or end it. Tools should read the published file, not the build."
            ) from error
        reason = str(error).partition("\n")[0]
        raise ShopError(f"{file} cannot be opened: {reason}.") from error


def publish_build(variables: dict) -> int:
    """Publish the last build, if it is complete."""
    tables = publish(
        build_file(variables),
        marts_file(variables),
        variables.get("schema_prefix", ""),
        bool(variables.get("encrypt_marts", False)),
    )
    print(f"\nPublished {len(tables)} tables to {marts_file(variables)}")
    return 0


def report(variables: dict) -> int:
    """Draw the published marts as one page, some of the analyses among its figures."""
    code = dbt(["--quiet", "compile", "--select", "resource_type:analysis"], variables)
    if code:
        return code
    prefix = variables.get("schema_prefix", "")
    target = Path(os.environ.get("DBT_TARGET_PATH", "target"))
    analyses = target / "compiled" / "customer_value" / "analyses"
    write_report(marts_file(variables), page_file(variables), analyses, prefix)
    print(f"The page is {page_file(variables)}: open it in a browser, it needs no network.")
    return 0


def check(variables: dict, shows_personal: bool) -> int:
    """Read the shop's tables in a database of its own, and show what staging makes of them.

    Raises
    ------
    ShopError
        If the target is Spark, which has no such database.
    """
    if is_on_spark():
        raise ShopError("make check reads files with DuckDB: leave TARGET out, it shows the same.")
    folder = Path("build") / f".check_{variables['shop']['name']}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = folder / "check.duckdb"  # one name for all shops, since a parsed manifest holds it
    models = ["path:models/staging", "int_order_parts", "rpt_assumptions", "rpt_data_quality"]
    print("Reading the shop's tables", flush=True)
    try:
        code = dbt(["--quiet", "--no-write-json", "run", "--select", *models], variables, database)
        if code == 0:
            print_check(database, variables, shows_personal)
        return code
    finally:
        shutil.rmtree(folder)


def export_audience(variables: dict, audience: str, contacts: str) -> int:
    """Write an audience as CSV, with the contacts that are named, and its control group."""
    folder = Path(os.environ.get("CUSTOMER_VALUE_EXPORTS", "exports"))
    named = tuple(name for name in re.split(r"[\s,]+", contacts) if name)
    prefix = variables.get("schema_prefix", "")
    marts, build = marts_file(variables), build_file(variables)
    written = export(marts, build, folder, audience, named, prefix)
    show(f"{written.contact} has {written.contact_count:,} customers to contact.")
    show(f"{written.control} has {written.control_count:,} who are not, to compare them with.")
    if written.unreachable_count:
        lacking = " or ".join(named)
        show(
            f"{written.unreachable_count:,} of the audience are in neither: they have no {lacking}."
        )
    return 0


def private_report(variables: dict) -> int:
    """Write one noised copy of the main report, and what is left of the budget."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    variables = project["vars"]["customer_value"] | variables
    settings = read_settings(
        variables.get("private_epsilon"),
        variables.get("private_epsilon_budget"),
        variables.get("private_months"),
        variables.get("private_amount_bounds"),
    )
    folder = Path(os.environ.get("CUSTOMER_VALUE_PRIVATE", "private"))
    prefix = variables.get("schema_prefix", "")
    made = release(marts_file(variables), folder, variables["shop"]["name"], settings, prefix)
    show(f"{made.report} is report {made.number}, with ε = {settings.epsilon:g}.")
    show(
        f"Its noise: a count is off by {made.count_error:,.0f} on average, and an amount by "
        f"{made.amount_error:,.0f}."
    )
    show(f"Of the budget of {settings.budget:g} now {made.spent:g} is spent.")
    return 0


def freeze_fit(variables: dict) -> int:
    """Write the fits of churn and segments to a file that another shop can be scored with.

    Raises
    ------
    ShopError
        If the target is Spark, whose build file has no fits.
    """
    if is_on_spark():
        raise ShopError("make freeze reads a build of DuckDB: leave TARGET out.")
    file = Path("fits") / f"{variables['shop']['name']}.json"
    frozen = freeze(build_file(variables), file, variables.get("schema_prefix", ""))
    what = ["the fit of churn", *(f"the centers by {name}" for name in frozen.segmentations)]
    show(f"{file} has {' and '.join(what)}: name it as carried_fit of another shop.")
    for name in frozen.left_out:
        show(
            f"Without the centers by {name}: one of its segments has fewer than "
            f"{FEWEST_CUSTOMERS} customers, and would tell what these did."
        )
    return 0


def docs(variables: dict) -> int:
    """Write dbt's documentation as one page."""
    code = dbt(["docs", "generate", "--static"], variables)
    if code == 0:
        print("\nThe documentation is in target/static_index.html")
    return code


def dbt(command: list[str], variables: dict, database: Path | None = None) -> int:
    """Run dbt in a process of its own, from the project's folder; return its exit code.

    Of what it prints come through how far it is, warnings, and the reason where it fails.
    """
    parsed_dbt = [sys.executable, str(PROJECT / "scripts" / "parsed_dbt.py"), "target/parsed"]
    process = subprocess.Popen(
        [*parsed_dbt, "--no-use-colors", *command],
        env=os.environ | {"CUSTOMER_VALUE_DATABASE": str(database or build_file(variables))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    process.stdin.write(json.dumps(variables, default=str, ensure_ascii=False))
    process.stdin.close()
    output, shown = [], 0
    try:
        for line in process.stdout:
            output.append(re.sub(r"^\d\d:\d\d:\d\d ( |$)", "", line.rstrip()))
            step = re.match(r" *(\d+) of (\d+) (?!START)[A-Z]", output[-1])
            if step and " hook: " not in line:
                done, steps = int(step[1]), int(step[2])
                if done * PROGRESS_STEPS // steps > shown:
                    shown = done * PROGRESS_STEPS // steps
                    show(f"  {done:>5,} of {steps:,}")
        code = process.wait()
    except KeyboardInterrupt:
        process.kill()  # a build that is killed is not complete, and the next one begins anew
        process.wait()
        show("\nStopped.", sys.stderr)
        return STOPPED
    for line in _what_went_wrong(output, code).splitlines():
        show(line, sys.stderr)
    if code:
        log = Path(os.environ.get("DBT_LOG_PATH", "logs")) / "dbt.log"
        print(f"\nThe whole log is in {log}", file=sys.stderr)
    return code


def _what_went_wrong(output: list[str], code: int) -> str:
    """The sentence of a refusal, or dbt's own list of what failed or is warned of."""
    text = "\n".join(output) + "\n"
    if "Encountered an error:" in text:
        error = text.partition("Encountered an error:")[2].partition("\n  > in macro")[0]
        return (
            "\n"
            + re.sub(r"^ *\w+ Error( in .*)?\n", "", error.lstrip("\n"), flags=re.M).strip()
            + "\n"
        )
    failed = re.search(r"^Completed with (?!0 errors, .*0 warnings)", text, flags=re.M)
    if failed:
        lines = text[failed.start() :].splitlines()
        return (
            "\n"
            + "\n".join(line for line in lines if line and "compiled code at" not in line)
            + "\n"
        )
    return text if code else ""


def build_file(variables: dict) -> Path:
    """The file that dbt builds into."""
    default = f"build/{variables['shop']['name']}{'_spark' * is_on_spark()}.duckdb"
    return Path(os.environ.get("CUSTOMER_VALUE_DATABASE", default))


def is_on_spark() -> bool:
    """Whether dbt's target is the profile's Spark; beside its tables stands a file of views."""
    return os.environ.get("DBT_TARGET") == "spark"


def marts_file(variables: dict) -> Path:
    """The file that BI tools read."""
    folder = os.environ.get("CUSTOMER_VALUE_MARTS", "marts")
    return Path(folder) / f"{variables['shop']['name']}.duckdb"


def page_file(variables: dict) -> Path:
    """The page that people open."""
    folder = os.environ.get("CUSTOMER_VALUE_REPORTS", "reports")
    return Path(folder) / f"{variables['shop']['name']}.html"


REFUSALS = (ShopError, PublishError, ReportError, ExportError, PrivacyError, FreezeError)
COMMANDS = {
    "build": build,
    "publish": publish_build,
    "report": report,
    "private-report": private_report,
    "freeze": freeze_fit,
    "docs": docs,
}

if __name__ == "__main__":
    sys.exit(main())
