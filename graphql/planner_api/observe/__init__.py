"""What can be seen of a running server: metrics, traces, logs. None of them holds anything that people wrote."""

from planner_api.observe.asked import Asked, asked, measure

__all__ = ["Asked", "asked", "measure"]
