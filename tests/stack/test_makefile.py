"""What a person types is declared, and the commands answer."""

import os
import re
import subprocess
import sys

import pytest

from include.stack.home import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, env={**os.environ, "COLUMNS": "100", **env}
    )


def test_every_target_is_declared_phony() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == set(TARGETS)


def test_help_lists_every_target() -> None:
    said = run("make", "help").stdout
    assert all(f"make {target}" in said for target in TARGETS)


@pytest.mark.parametrize("command", ["night", "up", "down", "status", "psql", "backfill", "full-refresh"])
def test_commands_explain_themselves(command: str) -> None:
    done = run(sys.executable, "-m", "include.stack", command, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_a_fresh_home_is_told_what_to_do(tmp_path: os.PathLike[str]) -> None:
    done = run(sys.executable, "-m", "include.stack", "status", NIGHTSHIFT_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "make night" in done.stdout


def test_a_missing_order_book_is_named(tmp_path: os.PathLike[str]) -> None:
    done = run(
        sys.executable,
        "-m",
        "include.stack",
        "night",
        NIGHTSHIFT_HOME=str(tmp_path),
        ORDER_BOOK="nowhere.csv",
    )
    assert done.returncode == 1
    assert "nowhere.csv" in done.stdout


def test_clean_deletes_nothing_that_is_not_a_home(tmp_path: os.PathLike[str]) -> None:
    precious = os.path.join(tmp_path, "thesis.txt")
    with open(precious, "w") as file:
        file.write("years of work")
    run(sys.executable, "-m", "include.stack", "clean", NIGHTSHIFT_HOME=str(tmp_path))
    assert os.path.exists(precious)


def test_the_installer_says_what_to_do_without_a_python_that_fits(tmp_path: os.PathLike[str]) -> None:
    script = (REPOSITORY / "include" / "stack" / "install.sh").read_text()
    home = os.path.join(tmp_path, "include", "stack")
    os.makedirs(home)
    with open(os.path.join(home, "install.sh"), "w") as file:
        file.write(script)
    bin_ = os.path.join(tmp_path, "bin")
    os.makedirs(bin_)
    for tool in ("dirname", "cat"):
        os.symlink(f"/usr/bin/{tool}", os.path.join(bin_, tool))
    done = run("/bin/bash", os.path.join(home, "install.sh"), PATH=bin_)
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13" in done.stderr
    assert "apt install" in done.stderr
