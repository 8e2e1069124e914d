"""The README says what is so: paths exist, commands and options are real."""

import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from outreach.cli.main import app

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_paths_named_in_the_readme_exist():
    named = set(re.findall(r"`((?:outreach|data|tests|benchmarks|docs)/[\w./]*)`", README))
    named |= set(re.findall(r"\]\((docs/[^)]+)\)", README))
    assert len(named) > 15
    missing = [path for path in named if not (REPOSITORY / path).exists()]
    assert not missing


def test_every_room_is_in_the_readme():
    rooms = {p.name for p in (REPOSITORY / "outreach").iterdir() if (p / "__init__.py").exists()}
    assert not [room for room in rooms if f"`outreach/{room}/`" not in README]


@pytest.mark.parametrize("line", re.findall(r"^outreach .*$|`outreach \w+ [^`]*`", README, re.M))
def test_commands_in_the_readme_are_real(line):
    words = line.strip("`").split("#")[0].split()[1:]
    command = get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    options = {name for param in command.params for name in param.opts}
    assert command.name != "main"
    assert not [w for w in words if w.startswith("--") and w != "--help" and w not in options]


def test_make_targets_of_the_readme_are_real():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([\w-]+)`?", README)) - {"are"}:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_no_registry_and_no_large_file_is_tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [REPOSITORY / name for name in listed.stdout.split("\0") if name]
    for path in paths:
        if path.exists():
            assert path.stat().st_size < 600_000, path
    locks = [path for path in paths if path.suffix == ".lock"]
    assert len(locks) == 2
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
