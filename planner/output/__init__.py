"""Faces of a plan: terminal table, JSON, HTML."""
