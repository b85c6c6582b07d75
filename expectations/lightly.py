"""Great Expectations imported without scipy and altair: only expectations that are none of ours use them, and of the import's
time and memory a quarter is theirs."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

UNUSED = ("scipy.stats", "altair")


class Later(ModuleType):
    """Stands for a module of the same name, which is imported when somebody asks something of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # the import system looks at a module, too
        return getattr(import_module(self.__name__), name)


def import_great_expectations() -> None:
    """Only the import itself meets the stand-ins: whoever else imports these modules gets them."""
    stand_ins = {name: Later(name) for name in UNUSED if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        import_module("great_expectations")
    finally:
        for name in stand_ins:
            del sys.modules[name]
