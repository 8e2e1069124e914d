"""Laws 2, 3, 5 and 7 of the house, held by reading the source."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "outreach"
FLOORS = [
    {"errors"},
    {"roles"},
    {"columns"},
    {"config", "schemas"},
    {"plan_schemas", "resource_schemas", "work_words"},
    {"link_schemas", "account_schemas"},
    {"work_schemas"},
    {"weeks", "geo", "mixture", "daylight", "language", "unpacking"},
    {"cells"},
    {"ingest", "store"},
    {"demand", "people", "streets", "resources", "simulate"},
    {"plan", "outcomes"},
    {"maps"},
    {"reports"},
    {"pipeline"},
    {"cli", "pages"},
]
DOORS = {
    "h3": {"cells"},
    "duckdb": {"store"},
    "sqlglot": {"store"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "splink": {"people"},
    "folium": {"maps"},
    "matplotlib": {"reports"},
    "offlinefolium": {"maps"},
    "osmnx": {"streets"},
    "vroom": {"plan"},
    "numba": {"plan"},
    "pyvrp": {"plan"},
    "ortools": {"plan"},
    "opening_hours": {"resources"},
    "dateutil": {"resources"},
    "spopt": {"resources"},
    "astral": {"daylight"},
    "argon2": {"store"},
    "authlib": {"pages"},
    "babel": {"language"},
    "gpxpy": {"reports"},
    "icalendar": {"reports"},
    "typst": {"reports"},
    "streamlit": {"pages"},
    "streamlit_folium": {"pages"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "outreach":
                found |= {f"outreach.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


def floor(name: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if name in rooms)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down_and_use_one_door(path):
    here = room(path)
    for module in imports(path):
        top, *rest = module.split(".")
        if top != "outreach":
            assert here in DOORS.get(top, {here}), f"{here} must not import {top}"
        elif rest and rest[0] != here:
            assert floor(rest[0]) < floor(here), module


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_small_and_packages_are_a_docstring(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    if path.name == "__init__.py":
        assert len(ast.parse(text).body) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_functions_stay_short_with_few_parameters(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert lines <= 50, f"{node.name} has {lines} lines"
            # The command line's parameters are its options.
            if room(path) != "cli":
                assert len(node.args.args) + len(node.args.kwonlyargs) <= 9, node.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_time_is_an_argument(path):
    if path in {PACKAGE / "cli" / "options.py", PACKAGE / "pages" / "wall_clock.py"}:
        return  # the one clock of each
    clocks = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "time.time"}
    clocks |= {"Timestamp.now", "Timestamp.today", "Timestamp.utcnow"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            read = ".".join(ast.unparse(node).split(".")[-2:])
            assert read not in clocks, f"line {node.lineno} reads the clock"


def test_no_word_that_the_vocabulary_bars():
    barred = ["frequent flyer", "super-utilizer", "transient", "vagrant", "non-compliant"]
    barred += ["offender", "risk score"]
    for path in FILES:
        texts = [
            node.value.lower()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not [word for word in barred for text in texts if word in text], path


def test_a_benchmark_says_who_reads_the_data():
    texts = {p.name: p.read_text() for p in (PACKAGE.parent / "benchmarks").glob("*.py")}
    readers = {name for name, text in texts.items() if "outreach.pipeline" in text}
    assert len(readers) > 5
    assert {name for name in readers if "roles.answer_by" not in texts[name]} == set()
