"""The command dbt, over a manifest that is kept: parsing takes longer than a small shop's build.

Most vars are read when dbt runs, not when it parses, so shops share a manifest. The project is
parsed anew where a file of it, one of the other vars or the name of the database is another one.
"""

import fcntl
import gc
import hashlib
import json
import os
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder
from dbt.version import __version__

KEPT = 8  # manifests
READ_AT_RUN = (  # they change no node, and nothing that a node hangs on or is configured by
    "accepted_ndcg",
    "as_of_date",
    "backtest_dates",
    "bundle_min_baskets",
    "cancelled_statuses",
    "comparison_days",
    "count_free_orders",
    "currency",
    "fallback_methods",
    "history_months",
    "hold_order_share",
    "keep_duplicate_lines",
    "list_choices",
    "max_gap_days",
    "min_cell_size",
    "min_customers",
    "min_order_date",
    "monetary_measure",
    "neutral_band",
    "non_product_pattern",
    "null_words",
    "number_locale",
    "order_span_days",
    "outlier_threshold",
    "prediction_horizon_days",
    "pseudonymize_customers",
    "recent_days",
    "recommendation_count",
    "refit",
    "segment_counts",
    "session_idle_minutes",
    "shop",
    "training_windows",
)
PARSED = ("analyses", "dbt_packages", "macros", "models", "seeds", "tests")
PARSED_SUFFIXES = (".csv", ".md", ".py", ".sql", ".yml")


def parsed(folder: Path, variables: dict) -> Manifest:
    """The manifest of the project in the working directory, from `folder` or put there.

    Raises
    ------
    RuntimeError
        If the project cannot be parsed; dbt has printed why.
    """
    settings = {name: value for name, value in variables.items() if name not in READ_AT_RUN}
    file = folder / f"{_key(settings)}.msgpack"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            values = json.dumps(settings, ensure_ascii=False)  # \ud83d is no YAML
            run = dbtRunner().invoke(["--quiet", "parse", "--vars", values])
            if not run.success:
                raise RuntimeError("dbt parse failed")
            unfinished = file.with_suffix(".part")
            unfinished.write_bytes(run.result.to_msgpack(extended_mashumaro_encoder))
            unfinished.replace(file)
        file.touch()
        for old in sorted(folder.glob("*.msgpack"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink()
        content = file.read_bytes()
    manifest = Manifest.from_msgpack(content, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def _key(settings: dict) -> str:
    """What a manifest depends on, as a hash."""
    environment = {
        name: Path(value).stem if name == "CUSTOMER_VALUE_DATABASE" else value
        for name, value in os.environ.items()
        if name == "DBT_TARGET" or name.startswith("CUSTOMER_VALUE_")
    }
    files = [path for name in PARSED for path in Path(name).rglob("*")]
    states = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted([*files, *Path().glob("*.yml")])
        if path.suffix in PARSED_SUFFIXES
    ]
    key = json.dumps([__version__, settings, environment, states], sort_keys=True, default=str)
    return hashlib.sha256(key.encode()).hexdigest()


def main(folder: str, *arguments: str) -> int:
    """Run dbt with the arguments; its exit code. Vars that no argument gives are read from stdin.

    A command line is at most 128 kB long, and a shop's mapping may be longer.
    """
    if "--vars" not in arguments:
        arguments = (*arguments, "--vars", sys.stdin.buffer.read().decode())
    variables = json.loads(arguments[arguments.index("--vars") + 1])
    gc.disable()  # what is read now stays to the end, so it is not looked through again and again
    try:
        manifest = parsed(Path(folder), variables)
    except RuntimeError:
        return 2
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # what dbt makes for a model is much, and is no garbage
    gc.enable()
    result = dbtRunner(manifest=manifest).invoke(list(arguments))
    return 0 if result.success else 2 if result.exception else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
