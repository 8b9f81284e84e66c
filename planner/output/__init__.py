"""Faces of a plan: documents made from a frozen `Plan` and nothing else. Each module renders one format and is pure.

What a document is made with (rich, jinja2) is imported when it is rendered, so that importing the library costs neither.
"""
