"""The project's own rules: its rooms, what is documented, how it is named, what fits Spark."""

import json
import re
from dataclasses import replace
from pathlib import Path

import generate_shop
import pytest
import yaml
from conftest import MakeShop, ManyRuns, Shop
from dbt.cli.main import dbtRunner
from parsed_dbt import READ_AT_RUN

PROJECT = Path(__file__).resolve().parents[2]
MODELS = sorted((PROJECT / "models").rglob("*.sql"))
SQL = [*MODELS, *sorted((PROJECT / "tests").rglob("*.sql"))]
# where the engines differ, one dispatched macro knows both; the rest is one text for both
SHARED_SQL = [
    *SQL,
    *(
        file
        for file in sorted((PROJECT / "macros").rglob("*.sql"))
        if file.parent.name not in ("cross_db", "shop")
    ),
]
NOT_SPARK = {
    r"\bvarchar\b": "string",
    r"\btext\b(?=\s*[,)])": "string",
    r"::": "cast(… as …)",
    r",\s*\n\s*(from\b|\))": "no comma after the last column",
    r"\bregexp_(matches|replace|extract)\b": "the macro matches",
    r"\b(string_agg|listagg|group_concat)\s*\(": "dbt.listagg",
    r"\brange\s*\(": "dbt.generate_series",
    r"\bextract\s*\(\s*epoch\b": "dbt.datediff",
    r"\b(date_diff|date_add|datediff|dateadd)\s*\((?!')": "dbt.datediff, dbt.dateadd",
    r"\bconcat\s*\(": "||",
    r"\bdayofweek\b|\bextract\s*\(\s*dow\b": "days since a Monday",
    r"\bexclude\s*\(": "a list of columns",
    r"\b(anti|semi)\s+join\b": "not exists",
    r"\brlike\b|\bnamed_struct\b": "the macros matches and json_row",
    r"\bany_value\b|\bmedian\s*\(|\bntile\b": "min, percentile_disc, thresholds",
    r"count\(\s*distinct\s+[\w.]+\s*,": "one column",
    r"\)\s*filter\s*\([^()]*(\([^()]*\)[^()]*)*\)\s*over\b": "sum(case when …) over",
    r"\\\\": "a character class",
    r"\bavg\s*\(": "the macro decimal_mean",
    r"\bqualify\b(?:(?!\n\n)[\s\S])*\border\s+by\b(?:(?!\n\n)[^)])*\b(sum|count)\s*\(": "a CTE",
    r"\bcurrent_(date|timestamp)\b|\bnow\(\)|\brandom\(\)": "as_of_date: the clock is no input",
}


def sql_of(file: Path) -> str:
    """The file's SQL without comments and without dbt's own cross-database macros."""
    text = re.sub(
        r"{#.*?#}|{%.*?%}|--[^\n]*", "", file.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return re.sub(r"\bdbt\.\w+", "dbt_macro", text)


@pytest.mark.parametrize("pattern", NOT_SPARK)
def test_sql_is_within_reach_of_spark(pattern: str) -> None:
    """No model or shared macro uses a word that fails or answers differently on Spark."""
    found = [
        f"{file.relative_to(PROJECT)}: {match.group(0).strip()!r}"
        for file in SHARED_SQL
        for match in re.finditer(pattern, sql_of(file), flags=re.IGNORECASE)
    ]
    assert not found, f"write {NOT_SPARK[pattern]} instead: {found}"


def test_sql_lines_are_short() -> None:
    """Lines of SQL have 100 characters at the most, and no blanks at their end."""
    long = [
        f"{file.relative_to(PROJECT)}:{number}"
        for file in SQL
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 100 or line != line.rstrip()
    ]
    assert not long


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_model_has_its_page(file: Path) -> None:
    """Beside every model stands its YAML: the grain first, then every column described."""
    page = yaml.safe_load(file.with_suffix(".yml").read_text(encoding="utf-8"))
    (model,) = page["models"]
    assert model["name"] == file.stem
    assert model["description"].startswith("One row per ")
    assert all(column.get("description") for column in model["columns"])


ROOMS = [  # in the order in which data goes through them; a room's marts stand after its floors
    "staging/shop",
    "core",
    "customers",
    "segments",
    "recommendations/interactions",
    "recommendations/methods",
    "recommendations/choices",
    "recommendations/lists",
    "recommendations/bundles",
    "recommendations/evaluation",
    "recommendations/serving",
    "recommendations",
    "predictions/propensity",
    "predictions/features",
    "predictions/next_order",
    "predictions/trials",
    "predictions/probabilities",
    "predictions/churn",
    "predictions/amounts",
    "predictions/lifetime_value",
    "predictions/demand",
    "predictions/satisfaction",
    "predictions/order_risk",
    "predictions/drift",
    "predictions",
    "actions/campaigns",
    "actions/next_best",
    "actions",
    "profiles/parts",
    "profiles",
    "quality/fairness",
    "quality",
    "builds",
    "restricted",
]
MARTS = ("dim_", "fct_", "rpt_")
READ_BY_HOSTS = {  # what a host's own method of recommending may read
    "int_recommendation_dates",
    "int_recommendation_customers",
    "int_listed_customers",
    "int_customer_product_purchases",
    "int_customer_product_signals",
    "int_interaction_matrix",
    "int_product_trends",
    "int_product_texts",
}


def room(node: dict) -> str:
    """The folder of a model below models/."""
    return str(Path(node["original_file_path"]).parent.relative_to("models"))


@pytest.fixture(scope="module")
def models(many_runs: ManyRuns) -> dict[str, dict]:
    """{unique id: node} of dbt's manifest, its models alone."""
    nodes = many_runs.manifest.to_dict()["nodes"]
    return {name: node for name, node in nodes.items() if node["resource_type"] == "model"}


def test_no_arrow_runs_back(models: dict[str, dict]) -> None:
    """A model reads its own room and those before it."""
    back = [
        f"{node['name']} ({room(node)}) reads {models[other]['name']} ({room(models[other])})"
        for node in models.values()
        for other in node["depends_on"]["nodes"]
        if other in models and ROOMS.index(room(models[other])) > ROOMS.index(room(node))
    ]
    assert not back


def another(value: object) -> object:
    """A value of the same kind, which nothing is made of."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value * 2 + 1
        case list():
            return ["2001-01-01"]
        case dict():
            return {"another": 2}
        case _:
            return "2001-01-01"


def test_shops_share_a_manifest_whatever_they_set(many_runs: ManyRuns, tmp_path: Path) -> None:
    """The vars that a kept manifest is kept for change no node, and nothing that it hangs on."""
    settings = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    usual = settings["vars"]["customer_value"]
    others = {name: another(usual[name]) for name in READ_AT_RUN}
    with many_runs.settings(Shop(tmp_path, others)):
        run = dbtRunner().invoke(["--quiet", "parse", "--vars", json.dumps(others)])
    assert run.success
    compared = ("refs", "sources", "config", "columns", "schema", "alias", "description")
    told, expected = (
        {
            name: [node.get(part) for part in compared] + [node["depends_on"].get("nodes")]
            for name, node in manifest.to_dict()["nodes"].items()
        }
        for manifest in (run.result, many_runs.manifest)
    )
    assert told == expected


def test_prefix_names_the_schema(models: dict[str, dict]) -> None:
    """base_ and stg_ are staged, int_ prepares, ml_ learns, people read dim_, fct_ and rpt_."""
    schemas = {"base": "staging", "stg": "staging", "int": "intermediate", "ml": "ml"}
    for node in models.values():
        step, place = node["name"].partition("_")[0], room(node)
        mart = {"restricted": "restricted", "core": "core" if step == "fct" else "marts"}
        expected = schemas.get(step) or mart.get(place, "marts")
        assert node["schema"] == expected, node["name"]
        assert (step in ("base", "stg")) == place.startswith("staging"), node["name"]
        assert step in schemas or node["name"].startswith(MARTS), node["name"]


def test_marts_are_public_under_contract(models: dict[str, dict]) -> None:
    """What people read has an enforced contract; what one room reads is private to it."""
    readers: dict[str, set[str]] = {name: set() for name in models}
    for node in models.values():
        for other in set(node["depends_on"]["nodes"]) & models.keys():
            readers[other].add(room(node).split("/")[0])
    for name, node in models.items():
        own = room(node).split("/")[0]
        assert node["config"]["group"] == own, node["name"]
        if node["name"].startswith(MARTS):
            assert node["config"]["access"] == "public", node["name"]
            assert node["config"]["contract"]["enforced"], node["name"]
        elif node["name"] in READ_BY_HOSTS or readers[name] - {own}:
            assert node["config"]["access"] == "protected", node["name"]
        else:
            assert node["config"]["access"] == "private", node["name"]


def test_every_model_is_used(many_runs: ManyRuns, models: dict[str, dict]) -> None:
    """A model is read by another one, or a person is told about it in an exposure."""
    exposures = many_runs.manifest.to_dict()["exposures"]
    read = {
        other
        for node in [*models.values(), *exposures.values()]
        for other in node["depends_on"]["nodes"]
    }
    assert not models.keys() - read


def test_metrics_are_named_and_documented(many_runs: ManyRuns) -> None:
    """A metric's name is ours alone, its first words are its unit, and its parts are described."""
    manifest = many_runs.manifest
    for metric in manifest.metrics.values():
        assert metric.name.startswith("customer_value_"), metric.name
        assert metric.label != metric.name
        assert metric.description.startswith(
            ("In the shop's currency: ", "In units: ", "Number of ", "Share, 0 to 1, of ")
        ), metric.name
    for model in manifest.semantic_models.values():
        assert model.name.startswith("customer_value_"), model.name
        assert model.description.startswith("One row per "), model.name
        assert model.label, model.name
        assert all(measure.name.startswith("customer_value_") for measure in model.measures)
        for element in (*model.dimensions, *model.entities, *model.measures):
            assert element.description, (model.name, element.name)
        assert all(dimension.label for dimension in model.dimensions), model.name


def test_every_macro_is_documented(many_runs: ManyRuns) -> None:
    """macros/_macros.yml describes each macro, and its arguments are those of the signature.

    The variants of an engine are left out where the macro that dispatches to them is described.
    """
    macros = many_runs.manifest.to_dict()["macros"].values()
    own = {macro["name"]: macro for macro in macros if macro["package_name"] == "customer_value"}
    for name, macro in own.items():
        if re.sub(r"^(default|spark)__", "", name) in own.keys() - {name}:
            continue
        head = re.search(
            r"{%-?\s*(macro|test)\s+\w+\s*\((.*?)\)\s*-?%}", macro["macro_sql"], re.DOTALL
        )
        signature = re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", head.group(2))
        assert macro["description"], name
        assert [argument["name"] for argument in macro["arguments"]] == signature, name
        assert all(argument["type"] for argument in macro["arguments"]), name
        assert all(argument["description"] for argument in macro["arguments"]), name


def test_vars_are_declared_checked_and_documented() -> None:
    """dbt_project.yml, check_vars and docs/VARIABLES.md know the same vars."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    declared = set(project["vars"]["customer_value"])
    rules = (PROJECT / "macros/shop/check_vars.sql").read_text(encoding="utf-8")
    checked = set(re.findall(r"^        '(\w+)': \{'kind'", rules, flags=re.MULTILINE)) | {"shop"}
    page = (PROJECT / "docs/VARIABLES.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    assert declared == checked == documented


def test_vars_are_used() -> None:
    """Every declared var changes something."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    files = [*MODELS, *(PROJECT / "macros").rglob("*.sql"), *(PROJECT / "scripts").glob("*.py")]
    files += [*(PROJECT / "models").rglob("*.yml"), *(PROJECT / "tests/data").glob("*.sql")]
    files += [PROJECT / "dbt_project.yml"]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    used = set(re.findall(r"var\(['\"](\w+)['\"]", text)) | set(
        re.findall(r'variables.get\("(\w+)"', text)
    )
    assert set(project["vars"]["customer_value"]) <= used


def test_reference_seeds_are_known() -> None:
    """check_host knows which seeds a host may replace, and the groups are tested as they stand."""
    seeds = {file.stem: file for file in (PROJECT / "seeds/reference").glob("*.csv")}
    macros = (PROJECT / "macros/shop/check_host.sql").read_text(encoding="utf-8")
    (known,) = re.findall(r"macro reference_seeds\(\) %}\s*{{ return\((.*?)\) }}", macros)
    assert yaml.safe_load(known) == sorted(seeds)
    page = (PROJECT / "models/customers/fct_customer_rfm.yml").read_text(encoding="utf-8")
    (test,) = yaml.safe_load(page)["unit_tests"]
    (cells,) = (given for given in test["given"] if given["input"] == "ref('rfm_groups')")
    assert cells["rows"] == seeds["rfm_groups"].read_text(encoding="utf-8")


def test_sample_mapping_is_the_default() -> None:
    """`dbt build` and `make build` build the same shop."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    sample = yaml.safe_load((PROJECT / "shops/sample_shop.yml").read_text(encoding="utf-8"))
    assert sample == {"shop": project["vars"]["customer_value"]["shop"]}


def test_public_marts_have_no_personal_columns() -> None:
    """No column that the contract tags pii has its name in a public mart."""
    sources = yaml.safe_load(
        (PROJECT / "models/staging/shop/_shop__sources.yml").read_text(encoding="utf-8")
    )
    personal = {
        column["name"]
        for table in sources["sources"][0]["tables"]
        for column in table["columns"]
        if "pii" in column.get("config", {}).get("tags", [])
    }
    assert personal == {"email", "phone", "full_name", "birth_date"}
    for file in MODELS:
        if file.stem.startswith(MARTS) and file.parent.name != "restricted":
            page = yaml.safe_load(file.with_suffix(".yml").read_text(encoding="utf-8"))
            columns = {column["name"] for column in page["models"][0]["columns"]}
            assert not columns & (personal | {"raw_row", "restricted_attributes"}), file


def test_sample_shop_is_what_the_generator_writes(tmp_path: Path) -> None:
    """The committed files are the script's output, byte for byte, and under 2 MB."""
    generate_shop.main(["--folder", str(tmp_path)])
    committed = PROJECT / "seeds/sample_shop"
    names = sorted(file.name for file in committed.iterdir())
    assert names == sorted(file.name for file in tmp_path.iterdir())
    for name in names:
        assert (tmp_path / name).read_bytes() == (committed / name).read_bytes(), name
    assert sum(file.stat().st_size for file in committed.iterdir()) < 2_000_000


def test_nothing_names_a_machine() -> None:
    """No lock file, page or script names a registry's host or a path of somebody's machine."""
    host = re.compile(
        r"(files\.)?pythonhosted\.org|pypi\.org|--(extra-)?index-url|/root/|/opt/pypi|/work/"
    )
    suffixes = (".txt", ".in", ".md", ".yml", ".toml", ".py", ".sql", ".cfg")
    skipped = {".venv", ".git", "target", "logs", "build", "data", "marts", "dbt_packages"}
    for file in PROJECT.rglob("*"):
        inside = file.relative_to(PROJECT)
        if (
            file.suffix in suffixes
            and inside.parts[0] not in skipped
            and inside.name != "test_house.py"
        ):
            assert not host.search(file.read_text(encoding="utf-8")), inside


def test_only_scorecards_and_training_look_forward(models: dict[str, dict]) -> None:
    """What knows what followed ends in _outcomes, and has no other readers than these."""
    readers = {
        "int_customer_outcomes": {
            "int_segment_scorecard",
            "int_prediction_dates",
            "int_prediction_samples",
            "int_churn_cell_rates",
            "int_lifetime_value_trials",
            "rpt_lifetime_value_coverage",
            "int_fairness_decisions",
        },
        "int_recommendation_outcomes": {
            "int_recommendation_hits",
            "int_recommendation_customer_metrics",
            "int_blend_trials",
        },
        "int_propensity_outcomes": {"int_propensity_samples"},
        "int_rating_outcomes": {"int_rating_scorecard"},
        "int_review_outcomes": {"int_review_targets", "int_review_trials"},
        # the mart shows what followed beside each score
        "int_order_outcomes": {"ml_order_fraud", "int_order_risk_hits", "fct_order_anomalies"},
    }
    outcomes = {name for name, node in models.items() if node["name"].endswith("_outcomes")}
    assert {models[name]["name"] for name in outcomes} == readers.keys()
    for name in outcomes:
        found = {node["name"] for node in models.values() if name in node["depends_on"]["nodes"]}
        assert found == readers[models[name]["name"]]


def test_libraries_are_imported_before_models_run_at_once(make_shop: MakeShop) -> None:
    """No thread of a model is the first to import a library; two at once break it in some runs."""
    shop = make_shop(
        files={
            "orders.csv": "order_id,product_id,ordered_at,quantity,unit_price\n1,a,2024-01-01,1,2",
            "sitecustomize.py": """
import pathlib, sys, threading

class Finder:
    def find_spec(self, name, path, target=None):
        with pathlib.Path(__file__).with_name("imports").open("a") as imports:
            is_main = threading.current_thread() is threading.main_thread()
            print(name.split(".")[0], "main" if is_main else "other", file=imports)

sys.meta_path.insert(0, Finder())
""",
        }
    )
    shop = replace(shop, environment={"PYTHONPATH": str(shop.folder)})
    models = ("ml_segment_fits", "ml_demand_trials")  # without what they read
    shop.run(shop.command("run", "--select", *models))
    imports = [line.split() for line in (shop.folder / "imports").read_text().splitlines()]
    threads = {(name, thread) for name, thread in imports if name in ("sklearn", "statsmodels")}
    assert threads == {("sklearn", "main"), ("statsmodels", "main")}
