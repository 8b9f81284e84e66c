"""pytest plugin: makes the Chinese steps of `planner.features.steps` known to every feature file.

Loaded by pytest through its entry point wherever the package is installed. Without the extra `features` (pytest-bdd) it does nothing.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("pytest_bdd") is not None:
    from planner.features.steps import *  # noqa: F403 - pytest finds steps as names of a plugin module
