"""The simulated company: `build(WorldConfig(...))` makes it, `load_or_build` keeps it between runs."""

from include.sandbox.world.build import build
from include.sandbox.world.config import WorldConfig
from include.sandbox.world.keep import load_or_build

__all__ = ["WorldConfig", "build", "load_or_build"]
