"""The runbook as data: per incident what is quoted as seen, and what is to be typed."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "runbook.md"
NOT_PRINTED = re.compile(r"^(make|mv) |^[\w.]+/$|^\w+\.\w+$")
"""Quoted as well, but not as what a command prints: commands, folders, files and tables."""


@dataclass(frozen=True)
class Incident:
    """One section of the page; `notice` and `after` are the words in backticks of those paragraphs."""

    title: str
    notice: tuple[str, ...]
    commands: tuple[str, ...]
    after: tuple[str, ...]

    @classmethod
    def read(cls, section: str) -> "Incident":
        title, _, text = section.partition("\n")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        return cls(
            title.strip(),
            _quoted(text, "You notice"),
            tuple(line for block in blocks for line in block.splitlines()),
            _quoted(text, "After it"),
        )


def incidents() -> list[Incident]:
    return [Incident.read(section) for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]]


def _quoted(text: str, heading: str) -> tuple[str, ...]:
    [paragraph] = re.findall(rf"^\*\*{heading}\*\*(.*?)(?:\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
    words = re.findall(r"`([^`]+)`", " ".join(paragraph.split()))
    return tuple(word for word in words if not NOT_PRINTED.match(word))
