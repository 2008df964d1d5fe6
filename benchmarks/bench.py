"""Time the project, and its memory, beside pandas on the same generated shop.

For each size the script makes the shop (scripts/generate_shop.py), builds it in two ways, runs
benchmarks/pandas_reference.py on the same Parquet file, and compares the numbers of both: where a
count or a sum differs, it says which and ends with an error.

1. The steps. `dbt build` without tests, once per part (other staging, cleaning, orders, RFM, the
   rest), each in its own process with one dbt thread, so that models follow one another and what
   is measured belongs to one of them; DuckDB itself uses its threads as always.

   - seconds of a model: its `execute` interval in target/run_results.json, which includes writing
     the table to the database file; a layer's or step's seconds are the sum of its models';
   - processor seconds of a model: user and system time of all threads within that interval, which
     waiting for a busy machine does not change;
   - start-up: the seconds of the process outside of models (dbt's parsing, the shop's views);
   - peak memory of a model: the largest resident memory (VmRSS, sampled every 10 ms) of the process
     within that interval, dbt itself and what DuckDB still caches of earlier models included;
   - peak memory of a step: the process's own high-water mark (VmHWM), dbt included.

   - a subject (SUBJECTS) is a room whose seconds and memory are promised for a size: the sum of its
     models' seconds, and the largest of their peaks.

2. The whole. One `dbt build` of everything with all data tests, as `make build` does it, threads as
   by default: seconds and high-water mark of the process.

Pandas runs in its own process, too, and reads the file in its step cleaning, as the project does.
It is compared twice: computing alone, results in memory, and with writing them to Parquet files,
which is the like for like, since the project's seconds include the writing of every table. What
belongs to a step: see STEPS. Amounts of lines (fct_order_lines) are made in the step orders on both
sides.

Usage
-----
python benchmarks/bench.py [--lines 1000000 10000000] [--folder build/bench]

Everything is written below the folder: <lines>/*.parquet, and the databases and dbt's target, which
are made anew each time. Seconds on a shared machine are noisy; the ratios are what to look at.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
SAMPLE_SECONDS = 0.01
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")

STEPS = {
    "cleaning": "base_shop__order_days base_shop__order_lines stg_shop__order_lines",
    "orders": "int_order_parts int_non_products fct_order_lines int_order_days int_orders "
    "fct_orders int_customer_order_days",
    "rfm": "int_as_of_dates int_customer_rfm int_rfm_thresholds int_customer_rfm_scores "
    "fct_rfm_thresholds fct_customer_rfm",
}
OTHER_STAGING, REST = "other staging", "rest"
SUBJECTS = {
    "segments": ("segments/**/*",),
    "lists, from interactions on": ("recommendations/[!b]*/*", "recommendations/*"),
    "bundles": ("recommendations/bundles/*",),
    "churn": (
        "predictions/churn/*",
        "predictions/probabilities/*",
        "predictions/fct_customer_churn",
    ),
    "lifetime value": ("predictions/lifetime_value/*", "predictions/fct_customer_lifetime_value"),
    "spend": ("predictions/amounts/*", "predictions/fct_customer_spend_forecast"),
    "order risk": ("predictions/order_risk/*", "predictions/fct_order_anomalies"),
    "profiles and actions": ("profiles/**/*", "actions/**/*"),
}
LAYERS = ("staging", "core", "intermediate", "ml", "marts", "restricted")  # the schemas, in order


@dataclass
class Model:
    """What one model took: seconds, and the peak of the resident memory in bytes."""

    name: str
    layer: str
    seconds: float
    processor_seconds: float
    peak_memory: int


@dataclass
class Part:
    """What one dbt process took, in seconds and bytes; `seconds` excludes the start-up."""

    seconds: float
    processor_seconds: float
    start_up_seconds: float
    peak_memory: int


@dataclass
class Result:
    """All that was measured of one size."""

    lines: int
    models: list[Model] = field(default_factory=list)
    parts: dict[str, Part] = field(default_factory=dict)
    whole: Part | None = None
    pandas: dict[str, dict[str, float]] = field(default_factory=dict)

    def layer_seconds(self) -> dict[str, float]:
        """Add up the models' seconds by layer."""
        seconds: dict[str, float] = defaultdict(float)
        for model in self.models:
            seconds[model.layer] += model.seconds
        layers = [*LAYERS, *sorted(seconds.keys() - set(LAYERS))]
        return {layer: seconds[layer] for layer in layers if layer in seconds}


def main() -> int:
    """Run the benchmark; 1 where the project and pandas differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--folder", type=Path, default=PROJECT / "build" / "bench")
    arguments = parser.parse_args()

    results = []
    differences: list[str] = []
    for lines in arguments.lines:
        result, counts_differ = run_size(lines, arguments.folder.resolve() / str(lines))
        results.append(result)
        differences += [f"{lines:,} lines: {difference}" for difference in counts_differ]
        print_result(result)
    for smaller, larger in pairwise(results):
        print_growth(smaller, larger)
    for difference in differences:
        print(f"DIFFERENT  {difference}", file=sys.stderr)
    return 1 if differences else 0


def run_size(lines: int, folder: Path) -> tuple[Result, list[str]]:
    """Measure one size.

    Returns
    -------
    tuple
        The result, and one sentence for every number that differs from pandas'.
    """
    make_shop(lines, folder)
    result = Result(lines)
    database = folder / "bench.duckdb"
    for path in (database, folder / "whole.duckdb"):
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)

    note(f"{lines:,} lines: the steps")
    steps = " ".join(STEPS.values())
    selections = {
        OTHER_STAGING: ("path:models/staging resource_type:seed", STEPS["cleaning"]),
        **{step: (models, "") for step, models in STEPS.items()},
        REST: ("resource_type:model", f"path:models/staging {steps}"),
    }
    for part, (select, exclude) in selections.items():
        options = ["--exclude-resource-type", "test", "unit_test", "--threads", "1"]
        options += ["--select", *select.split()]
        options += ["--exclude", *exclude.split()] if exclude else []
        measure_part(part, options, database, folder, result)

    note(f"{lines:,} lines: the whole, with tests")
    result.whole, _ = run_dbt(["build"], folder / "whole.duckdb", folder)
    note(f"{lines:,} lines: pandas")
    report = run([sys.executable, "benchmarks/pandas_reference.py", str(folder)], {})[0]
    pandas = json.loads(report)
    result.pandas = pandas["steps"]
    return result, compare(count(database), pandas["counts"])


def note(text: str) -> None:
    """Say on stderr what is going on."""
    print(f"… {text}", file=sys.stderr, flush=True)


def make_shop(lines: int, folder: Path) -> None:
    """Generate the shop's Parquet files where they are not there yet."""
    if (folder / "order_lines.parquet").exists():
        return
    note(f"{lines:,} lines: generate")
    command = [sys.executable, "scripts/generate_shop.py", "--lines", str(lines)]
    run([*command, "--folder", str(folder), "--format", "parquet"], {})


# --------------------------------------------------------------------------------------------
# Processes
# --------------------------------------------------------------------------------------------


def run(command: list[str], variables: dict[str, str]) -> tuple[str, Sampler]:
    """Run a command in the project's folder; its output goes on to stderr where it fails.

    Returns
    -------
    tuple
        What it printed, and its memory.
    """
    process = subprocess.Popen(
        command, cwd=PROJECT, env=os.environ | variables, text=True, stdout=subprocess.PIPE
    )
    sampler = Sampler(process.pid)
    sampler.start()
    output, _ = process.communicate()
    sampler.join()
    if process.returncode:
        print(output, file=sys.stderr)
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return output, sampler


class Sampler(threading.Thread):
    """Sample the resident memory of a process, in bytes, until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.folder = Path(f"/proc/{pid}")
        self.times: list[float] = []  # seconds since 1970
        self.memory: list[int] = []
        self.processor: list[float] = []  # seconds since the process began
        self.high_water = 0

    def run(self) -> None:
        """Sample until there is nothing to sample any more."""
        while True:
            try:
                pages = int((self.folder / "statm").read_text().split()[1])
                status = (self.folder / "status").read_text()
                stat = (self.folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                return
            if not pages:  # ended, not yet waited for
                return
            self.times.append(time.time())
            self.memory.append(pages * PAGE_BYTES)
            self.processor.append((int(stat[11]) + int(stat[12])) / TICKS)
            self.high_water = int(status.split("VmHWM:")[1].split()[0]) * 1024
            time.sleep(SAMPLE_SECONDS)

    def within(self, start: float, end: float) -> tuple[float, int]:
        """Return processor seconds and peak memory, in bytes, between two times.

        Samples from the last one before `start` to the first one after `end` count.
        """
        last = len(self.times) - 1
        first = max(bisect_right(self.times, start) - 1, 0)
        final = min(bisect_left(self.times, end), last)
        memory = self.memory[first : final + 1]
        return self.processor[final] - self.processor[first], max(memory)


def run_dbt(options: list[str], database: Path, folder: Path) -> tuple[Part, list[Model]]:
    """Run dbt on the shop in `folder`.

    Returns
    -------
    tuple
        What the process took, and each of its models.
    """
    target = folder / "target"
    shop: dict[str, Any] = {"name": f"bench_{folder.name}", "folder": str(folder)}
    for table in ("order_lines", "customers", "products"):
        shop[table] = {"from": f"{table}.parquet"}
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", *options]
    command += ["--vars", json.dumps({"shop": shop})]
    command += ["--target-path", str(target), "--log-path", str(folder / "logs")]
    start = time.perf_counter()
    _, sampler = run(command, {"CUSTOMER_VALUE_DATABASE": str(database)})
    elapsed = time.perf_counter() - start

    models = read_models(target, sampler)
    seconds = sum(model.seconds for model in models)
    processor = sum(model.processor_seconds for model in models)
    return Part(seconds, processor, elapsed - seconds, sampler.high_water), models


def read_models(target: Path, sampler: Sampler) -> list[Model]:
    """Read the seconds of each model from dbt's results, its memory from the samples."""
    results = json.loads((target / "run_results.json").read_text())["results"]
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    models = []
    for result in results:
        node = nodes.get(result["unique_id"], {"resource_type": "exposure"})
        timing = {entry["name"]: entry for entry in result["timing"]}
        if node["resource_type"] != "model" or "execute" not in timing:
            continue
        start, end = (
            datetime.fromisoformat(timing["execute"][key]).timestamp()
            for key in ("started_at", "completed_at")
        )
        taken = sampler.within(start, end)
        models.append(Model(node["name"], node["schema"], end - start, *taken))
    return models


def measure_part(
    part: str, options: list[str], database: Path, folder: Path, result: Result
) -> None:
    """Build one part of the project in a process of its own and add it to `result`."""
    measured, models = run_dbt(["build", *options], database, folder)
    result.parts[part] = measured
    result.models += models


# --------------------------------------------------------------------------------------------
# The same numbers
# --------------------------------------------------------------------------------------------


def count(database: Path) -> dict[str, int]:
    """Count in the project's tables what pandas_reference.count counts in its own."""
    queries = """
        select 'clean lines', count(*) from staging.stg_shop__order_lines
        union all
        select 'rejected lines', count(rejection_reason) from staging.base_shop__order_lines
        union all
        select 'rejected: ' || rejection_reason, count(*) from staging.base_shop__order_lines
        where rejection_reason is not null group by all
        union all
        select 'outlier lines', count(*) from core.fct_order_lines where is_outlier
        union all
        select unnest(['orders', 'purchases', 'outlier orders', 'products on orders',
                       'net amount of orders, 1/10000']),
            unnest([count(*), count(*) filter (is_purchase), count(*) filter (is_outlier),
                    sum(product_count), sum(net_amount) * 10000])
        from intermediate.int_orders
        union all
        select 'rfm rows', count(*) from marts.fct_customer_rfm
        union all
        select 'rfm rows ' || as_of_date, count(*) from marts.fct_customer_rfm group by all
        union all
        select label, count(*) from (
            select unnest(['recency_score ' || recency_score, 'frequency_score ' || frequency_score,
                           'monetary_score ' || monetary_score, 'fm_score ' || fm_score,
                           'rfm_group ' || rfm_group]) as label
            from marts.fct_customer_rfm where is_current
        ) group by all
        union all
        select 'monetary amount now, 1/100', sum(monetary_amount) * 100
        from marts.fct_customer_rfm where is_current
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        return {name: int(number) for name, number in connection.sql(queries).fetchall()}


def compare(ours: dict[str, int], pandas: dict[str, int]) -> list[str]:
    """Say of every number that differs, or that one side alone has, what both have."""
    return [
        f"{name} is {ours.get(name)} in the project, {pandas.get(name)} in pandas"
        for name in sorted(ours.keys() | pandas.keys())
        if ours.get(name) != pandas.get(name)
    ]


# --------------------------------------------------------------------------------------------
# Tables
# --------------------------------------------------------------------------------------------


def megabytes(memory: float) -> str:
    """Write bytes as whole megabytes."""
    return f"{memory / 2**20:,.0f}"


def print_result(result: Result) -> None:
    """Print what one size took, by model, layer, process and step."""
    titles = f"{'seconds':>9}{'cpu s':>9}{'peak MB':>9}"
    print(f"\n== {result.lines:,} order lines ==\n\n{'model':<40}{'layer':<14}{titles}")
    for model in sorted(result.models, key=lambda model: -model.seconds):
        print_row(model.name, model.layer, [model])

    print(f"\n{'layer':<40}{'models':<14}{titles}")
    for layer in result.layer_seconds():
        models = [model for model in result.models if model.layer == layer]
        print_row(layer, str(len(models)), models)

    print(f"\n{'subject':<40}{'models':<14}{titles}")
    for subject, patterns in SUBJECTS.items():
        names = {
            path.stem
            for pattern in patterns
            for suffix in ("sql", "py")
            for path in (PROJECT / "models").glob(f"{pattern}.{suffix}")
        }
        models = [model for model in result.models if model.name in names]
        print_row(subject, str(len(models)), models)

    print(f"\n{'process':<40}{'start-up s':<14}{titles}")
    for name, part in result.parts.items():
        print_row(name, f"{part.start_up_seconds:.2f}", [part])
    if result.whole:
        total = result.whole.seconds + result.whole.start_up_seconds
        print(f"{'dbt build of all, with tests and start-up':<54}{total:>9.2f}", end="")
        print(f"{megabytes(result.whole.peak_memory):>18}")
    print_ratios(result)


def print_row(name: str, note: str, rows: Sequence[Model | Part]) -> None:
    """Print the sum of the seconds, and the largest memory, of models or processes."""
    print(f"{name:<40}{note:<14}{sum(row.seconds for row in rows):>9.2f}", end="")
    print(f"{sum(row.processor_seconds for row in rows):>9.2f}", end="")
    print(f"{megabytes(max(row.peak_memory for row in rows)):>9}")


def print_ratios(result: Result) -> None:
    """Print the three steps beside pandas', which computes alone or writes its tables, too."""
    titles = f"{'ours':>9}{'pandas':>9}{'ratio':>9}{'+ write':>9}{'ratio':>9}"
    measures = [("seconds", "seconds", 1), ("processor_seconds", "cpu seconds", 1)]
    measures.append(("peak_memory", "peak MB", 2**20))
    for measure, title, unit in measures:
        print(f"\n{title:<14}{titles}")
        key = "peak_memory_bytes" if measure == "peak_memory" else measure
        for step in STEPS:
            ours = getattr(result.parts[step], measure)
            alone, writing = (result.pandas[name][key] for name in (step, f"write {step}"))
            both = max(alone, writing) if unit > 1 else alone + writing
            print(f"{step:<14}{ours / unit:>9,.2f}", end="")
            print("".join(f"{n / unit:>9,.2f}{ours / n:>9.2f}" for n in (alone, both)))


def print_growth(smaller: Result, larger: Result) -> None:
    """Print how many times the larger size takes the smaller one's seconds."""
    print(f"\n== {larger.lines:,} / {smaller.lines:,} lines ==\n")
    print(f"{'layer or step':<20}{'smaller s':>10}{'larger s':>10}{'ratio':>8}")
    rows = [
        (layer, seconds, larger.layer_seconds().get(layer, 0.0))
        for layer, seconds in smaller.layer_seconds().items()
    ]
    rows += [(step, smaller.parts[step].seconds, larger.parts[step].seconds) for step in STEPS]
    rows.append(
        ("all models", *(sum(m.seconds for m in size.models) for size in (smaller, larger)))
    )
    if smaller.whole and larger.whole:
        wholes = (smaller.whole, larger.whole)
        rows.append(
            ("dbt build, tests", *(whole.seconds + whole.start_up_seconds for whole in wholes))
        )
    for name, before, after in rows:
        print(f"{name:<20}{before:>10.2f}{after:>10.2f}{after / before:>8.2f}")


if __name__ == "__main__":
    sys.exit(main())
