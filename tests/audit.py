"""`make audit`: asks a public database for known holes in the locked packages.

pip-audit runs in an environment of its own (`.venv/audit`, from the hashed requirements-audit.txt): what looks for holes
is no part of what is looked at. Exit status 1 means that holes were found. When nobody answers, that is said, and
the status is 0: an advisory that cannot be read must not keep anybody from working offline.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")
ADVISORIES = "https://api.osv.dev/v1/query"
SILENCE = ("ConnectionError", "Could not connect", "ServiceError", "Timeout", "ProxyError", "SSLError")


def main(locks: list[Path], environment: Path, advisories: str = ADVISORIES) -> int:
    """Ask about every package of the locks; prints what was found, returns the exit status."""
    program = _installed(environment)
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        asked = subprocess.run(
            [
                str(program), "--require-hashes", "--disable-pip", "--progress-spinner=off", "--vulnerability-service=osv",
                f"--osv-url={advisories}", "--format=json", f"--output={answer}", *(f"--requirement={lock}" for lock in locks),
            ],
            capture_output=True,
            text=True,
        )  # fmt: skip
        told = json.loads(answer.read_text()) if answer.exists() and answer.stat().st_size else None
    lines, status = verdict(told, asked.stderr)
    print("\n".join(lines))
    return status


def verdict(told: dict[str, Any] | None, complaint: str) -> tuple[list[str], int]:
    """(what to say, exit status) for pip-audit's answer, None when it gave none, and what it complained of."""
    if told is None:
        if any(word in complaint for word in SILENCE):
            return [
                "The advisories cannot be reached: nothing was checked. Run `make audit` again online."
            ], 0
        return [f"pip-audit could not do its work:\n{complaint.strip()[-2000:]}"], 2
    packages = told["dependencies"]
    lines = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release'}"
        for package in packages
        for hole in package.get("vulns", ())
    ]
    if lines:
        return [*lines, f"{len(lines)} known holes in {len(packages)} packages."], 1
    return [f"No known hole in {len(packages)} packages."], 0


def _installed(environment: Path) -> Path:
    """pip-audit in its own environment, made when it is missing or its lock has changed."""
    program, lock = environment / "bin" / "pip-audit", ROOT / "requirements-audit.txt"
    stamp = environment / "installed"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--clear", str(environment)], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)],
            check=True,
            env={**os.environ, "VIRTUAL_ENV": str(environment)},
        )
        stamp.write_text(lock.read_text())
    return program


if __name__ == "__main__":
    raise SystemExit(main([ROOT / lock for lock in LOCKS], ROOT / ".venv" / "audit"))
