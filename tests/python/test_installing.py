"""`pip install` of the repository: its Python package, and what the project runs on."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from email.message import Message
from importlib.util import find_spec
from pathlib import Path

import customer_value
import pytest
import yaml
from conftest import PROJECT
from packaging.requirements import Requirement

SETUPTOOLS = 77  # the first that knows a license by its SPDX name


def test_one_version() -> None:
    """The package, the dbt project and the changelog's newest entry have one version."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, flags=re.MULTILINE)
    assert newest is not None
    assert customer_value.__version__ == project["version"] == newest.group(1)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that pip builds of a copy of the checkout, without network."""
    found = find_spec("setuptools") and importlib.metadata.version("setuptools")
    if not found or int(found.split(".")[0]) < SETUPTOOLS:
        pytest.skip(f"setuptools {SETUPTOOLS} or newer is not there to build a wheel with")
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "checkout"
    shutil.copytree(PROJECT / "src", checkout / "src")
    for name in ("pyproject.toml", "requirements.in", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, checkout)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    build = ["wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    run = subprocess.run(
        [*pip, *build, "--wheel-dir", str(folder), str(checkout)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (file,) = folder.glob("*.whl")
    return zipfile.ZipFile(file)


def metadata(wheel: zipfile.ZipFile) -> Message:
    """What the wheel says of itself."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_wheel_brings_what_the_project_runs_on(wheel: zipfile.ZipFile) -> None:
    """Its dependencies are those of requirements.in."""
    lines = (PROJECT / "requirements.in").read_text(encoding="utf-8").splitlines()
    texts = [line.partition("#")[0].strip() for line in lines]
    required = metadata(wheel).get_all("Requires-Dist") or []
    assert sorted(str(Requirement(text)) for text in required) == sorted(
        str(Requirement(text)) for text in texts if text
    )
    assert required
    assert metadata(wheel)["Version"] == customer_value.__version__


def test_wheel_is_the_package(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Every module is in it, nothing else of the repository is, and it can be imported."""
    modules = {str(file.relative_to(PROJECT / "src")) for file in (PROJECT / "src").rglob("*.py")}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == modules
    wheel.extractall(tmp_path)
    code = "import customer_value.plugin as key; print(key.__file__, key.Plugin.__name__)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.split() == [str(tmp_path / "customer_value/plugin.py"), "Plugin"], run
