"""Chinese steps for feature files: any fact, any approval, any date. Policy staff write scenarios with these and no Python.

Names may stand in “中文引号” or "straight quotes". An approval is named by its code, its 名称 or an unmistakable part of it; a fact by
its 名称, an alias or its code. docs/步骤.md lists every step; a test keeps the list complete.
"""

from __future__ import annotations

from planner.features.steps.dates import *  # noqa: F403 - pytest finds steps as names of a module
from planner.features.steps.failures import *  # noqa: F403
from planner.features.steps.law import *  # noqa: F403
from planner.features.steps.messages import *  # noqa: F403
from planner.features.steps.order import *  # noqa: F403
from planner.features.steps.outcome import *  # noqa: F403
from planner.features.steps.project import *  # noqa: F403
from planner.features.steps.routes import *  # noqa: F403
from planner.features.steps.whole import *  # noqa: F403
