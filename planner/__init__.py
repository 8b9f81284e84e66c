"""Approval planner: from a construction project's facts to a dated, reasoned plan of the approvals it needs."""

from planner.diagnostics import Diagnostic, DiagnosticError
from planner.plan import Plan
from planner.planner import Planner
from planner.project import Project, load_project

__all__ = ["Diagnostic", "DiagnosticError", "Plan", "Planner", "Project", "load_project"]
