"""What is installed is what was locked, byte for byte; known holes are asked for."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from include.stack.home import REPOSITORY
from tests import audit

LOCKS = sorted(REPOSITORY.glob("requirements*.txt"))
TREASURE = "tiny-1.0-py3-none-any.whl"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_one_version_and_its_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", lock.read_text(), flags=re.MULTILINE).strip())
    loose = [
        entry.splitlines()[0]
        for entry in entries
        if not re.match(r"[\w.\[\],-]+==\S+", entry) or "--hash=sha256:" not in entry
    ]
    assert entries
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_wish_is_in_its_lock(lock: Path) -> None:
    wishes = [line for line in lock.with_suffix(".in").read_text().splitlines() if re.match(r"\w", line)]
    names = {re.split(r"[\[=<>]", wish)[0].lower() for wish in wishes}
    locked = {
        name.lower() for name in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==", lock.read_text(), re.MULTILINE)
    }
    assert names <= locked


@pytest.mark.parametrize("script", ["include/stack/install.sh", "Dockerfile"])
def test_nothing_is_installed_without_its_hash(script: str) -> None:
    text = re.sub(r"\\\n", " ", (REPOSITORY / script).read_text())
    installs = [line for line in text.splitlines() if re.search(r"pip install", line)]
    borrowed = [line for line in installs if line.rstrip().endswith("install --quiet pip >/dev/null 2>&1 &&")]
    unchecked = [line for line in installs if "--require-hashes" not in line and '"${locks[@]}"' not in line]
    assert unchecked == borrowed
    assert "--require-hashes -r requirements.txt -r requirements-dev.txt" in re.sub(r" +", " ", text)


def wheel(folder: Path, text: str) -> str:
    """Make a package with one module; returns its hash."""
    file, kept = folder / TREASURE, []
    with zipfile.ZipFile(file, "w") as out:
        for name, content in {
            "tiny.py": text,
            "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
            "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }.items():
            out.writestr(name, content)
            digest = urlsafe_b64encode(sha256(content.encode()).digest()).rstrip(b"=").decode()
            kept.append(f"{name},sha256={digest},{len(content)}")
        out.writestr("tiny-1.0.dist-info/RECORD", "\n".join([*kept, "tiny-1.0.dist-info/RECORD,,", ""]))
    return sha256(file.read_bytes()).hexdigest()


@pytest.mark.prove
def test_the_installer_refuses_a_package_that_was_changed_after_it_was_locked(tmp_path: Path) -> None:
    """The real script, a package index in a folder, and a package that is another one the second time."""
    shop = tmp_path / "shop"
    shop.mkdir()
    script = tmp_path / "include" / "stack" / "install.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / "include" / "stack" / "install.sh", script)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / ".venv"], check=True)
    uv = Path(sys.executable).with_name("uv")
    (tmp_path / ".venv" / "bin" / "uv").symlink_to(uv)
    (tmp_path / "requirements-dev.txt").write_text("")
    (tmp_path / "requirements.txt").write_text(f"tiny==1.0 --hash=sha256:{wheel(shop, 'honest = True')}\n")
    here = {name: str(shop) for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS")}
    env = {
        **os.environ,
        **here,
        "UV_NO_INDEX": "1",
        "PIP_NO_INDEX": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
    }

    def install() -> int:
        (tmp_path / ".venv" / "installed").unlink(missing_ok=True)
        return subprocess.run(["bash", script], env=env, capture_output=True, timeout=120).returncode

    assert install() == 0
    module = next((tmp_path / ".venv").rglob("tiny.py"))
    assert module.read_text() == "honest = True"
    subprocess.run(
        [uv, "pip", "uninstall", "-q", "tiny"],
        env={**env, "VIRTUAL_ENV": str(tmp_path / ".venv")},
        check=True,
    )
    shutil.rmtree(tmp_path / "cache")
    wheel(shop, "honest = False")
    assert install() != 0
    assert not (tmp_path / ".venv" / "installed").exists()
    assert list((tmp_path / ".venv").rglob("tiny.py")) == []


def test_holes_fail_the_audit_and_silence_does_not() -> None:
    hole = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    found = {
        "dependencies": [
            {"name": "tiny", "version": "1.0", "vulns": [hole]},
            {"name": "fine", "version": "2"},
        ]
    }
    assert audit.verdict(found, "") == (
        ["tiny 1.0: PYSEC-1, mended in 1.1", "1 known holes in 2 packages."],
        1,
    )
    assert audit.verdict({"dependencies": [{"name": "fine", "version": "2", "vulns": []}]}, "")[1] == 0
    said, status = audit.verdict(
        None, "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.osv.dev')"
    )
    assert (status, "nothing was checked" in said[0]) == (0, True)
    assert audit.verdict(None, "error: unrecognized arguments")[1] == 2


@pytest.fixture
def advisories() -> Iterator[str]:
    """A database of holes that knows of one, in tiny 1.0."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = asked["package"]["name"] == "tiny"
            hole = {"id": "PYSEC-1", "summary": "a hole", "affected": []}
            body = json.dumps({"vulns": [hole]} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    server.shutdown()


@pytest.mark.prove
def test_the_real_audit_finds_a_hole_passes_without_one_and_says_when_nobody_answers(
    advisories: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, str], None],
) -> None:
    """Installs the locked pip-audit from the package index; the advisories are answered on this machine."""
    locks = {name: tmp_path / f"{name}.txt" for name in ("tiny", "fine")}
    for name, lock in locks.items():
        lock.write_text(f"{name}==1.0 --hash=sha256:{'0' * 64}\n")
    environment = tmp_path / "audit"
    assert audit.main([locks["tiny"], locks["fine"]], environment, advisories) == 1
    assert "tiny 1.0: PYSEC-1" in capsys.readouterr().out
    assert audit.main([locks["fine"]], environment, advisories) == 0
    assert audit.main([locks["fine"]], environment, "http://127.0.0.1:9/v1/query") == 0
    assert "nothing was checked" in capsys.readouterr().out
    told = {"figure": "audits of locked packages", "target": "holes fail, silence passes", "tried": 3}
    record_property("score", json.dumps(told | {"survived": 3, "seed": 0}))
