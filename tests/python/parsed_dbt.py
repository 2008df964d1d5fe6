"""The command dbt, over a manifest that is parsed once for all runs with the same vars.

Parsing takes longer than building a small shop does. The var `shop` is read when dbt runs, not when
it parses: shops share a manifest.
"""

import fcntl
import hashlib
import json
import os
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder


def parsed(folder: Path, variables: dict) -> Manifest:
    """The manifest of the project in the working directory, as dbt keeps it between two runs."""
    settings = {name: value for name, value in variables.items() if name != "shop"}
    environment = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("CUSTOMER_VALUE_") and name != "CUSTOMER_VALUE_DATABASE"
    }
    key = json.dumps([settings, environment], sort_keys=True)
    file = folder / f"{hashlib.sha256(key.encode()).hexdigest()}.msgpack"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            run = dbtRunner().invoke(["--quiet", "parse", "--vars", json.dumps(settings)])
            file.write_bytes(run.result.to_msgpack(extended_mashumaro_encoder))
    manifest = Manifest.from_msgpack(file.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def main(folder: str, *arguments: str) -> int:
    """Run dbt; its exit code."""
    variables = json.loads(arguments[arguments.index("--vars") + 1])
    result = dbtRunner(manifest=parsed(Path(folder), variables)).invoke(list(arguments))
    return 0 if result.success else 2 if result.exception else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
