"""The peers' own environments, made once under a cache folder with pinned versions from PyPI."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(".nightshift", "bench", "peers").absolute()
PACKAGES = {
    "dlt": ("dlt[postgres]==1.31.0",),
    "singer-suite": ("singer-sdk[testing]==0.54.9",),
    "singer": ("meltanolabs-target-postgres==0.8.1", "singer-sdk==0.54.9"),
}


class NotInstalled(Exception):
    """Why a peer cannot take part; its row says so."""


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made when it is not there."""
    pinned = re.sub(r"[^\w.]+", "-", " ".join(PACKAGES[peer]))
    folder = CACHE / f"python{sys.version_info[0]}.{sys.version_info[1]}-{pinned}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = Path(sys.executable).with_name("uv")
        _run(str(uv), "venv", "--quiet", "--python", sys.executable, str(folder))
        _run(str(uv), "pip", "install", "--quiet", "--python", str(python), *PACKAGES[peer])
        (folder / "complete").touch()
    return python


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(type(error).__name__) from None
    if done.returncode:
        raise NotInstalled(done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "uv failed")
