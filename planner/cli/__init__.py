"""The command line: `planner plan`, `why`, `ask`, `schema`, `serve`."""
