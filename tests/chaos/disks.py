"""A small disk that fills up."""

import shutil
import subprocess
import tempfile
from pathlib import Path


class Disk:
    """A small disk of its own for one database: a tmpfs, which only root may mount."""

    def __init__(self, megabytes: int):
        self.folder = Path(tempfile.mkdtemp(prefix="nightshift-disk-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.folder], capture_output=True
        )
        self.is_mounted = mounted.returncode == 0

    def leave(self, free: int) -> None:
        """Fill it up but for so many bytes."""
        self.clear()
        with (self.folder / "filler").open("wb") as filler:
            filler.write(b"\0" * max(0, shutil.disk_usage(self.folder).free - free))

    def clear(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)

    def remove(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", self.folder], check=True)
        self.folder.rmdir()
