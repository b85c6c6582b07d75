"""The folders of one home, and the ports it remembers."""

import json
from dataclasses import dataclass
from pathlib import Path

from include.stack.ports import free_port, is_free

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """Everything one company's night leaves on disk lies under `path` (default .nightshift)."""

    path: Path

    @property
    def logs(self) -> Path:
        return self._folder("logs")

    @property
    def run(self) -> Path:
        """One file per running process."""
        return self._folder("run")

    @property
    def airflow(self) -> Path:
        return self._folder("airflow")

    @property
    def reports(self) -> Path:
        """Reports, one folder per business day; written by the actions."""
        return self.path / "reports"

    def keep_private(self) -> None:
        """Shut the home to everybody but its owner: reports, logs and the lake are pages nobody signs in to."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)

    @property
    def stays_up(self) -> bool:
        """Whether `up` asked for the stack to outlive a night."""
        return (self.path / "stays-up").exists()

    def stay_up(self, wanted: bool) -> None:
        """Remember whether a night should leave everything running."""
        mark = self.path / "stays-up"
        if wanted:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def port(self, name: str, in_use_by_us: bool = False) -> int:
        """The port remembered for `name`, or a free one when it is new or somebody else has taken it."""
        file = self.path / "ports.json"
        ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        if not in_use_by_us and not (name in ports and is_free(ports[name])):
            ports[name] = free_port()
            fresh = file.with_suffix(".new")
            fresh.write_text(json.dumps(ports))
            fresh.replace(file)
        return ports[name]

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder
