"""Classes, working groups and offices by code and name, as lists show them."""

from __future__ import annotations

import strawberry

from planner.rulebook.rulebook import PROJECT_CLASS, Rulebook


@strawberry.type(description="Something of the rulebook by its code and name.")
class CodeName:
    code: str = strawberry.field(description="Its code; stable. Filters take it.")
    name: str = strawberry.field(description="名称, to show; the code itself where the rulebook in use does not know it.")


def class_of(book: Rulebook, code: str | None) -> CodeName | None:
    """A project class (项目类别)."""
    if code is None:
        return None
    fact = book.vocabulary.facts.get(PROJECT_CLASS)
    return CodeName(code=code, name=fact.names.get(code, code) if fact else code)


def team_named(book: Rulebook, code: str | None) -> CodeName | None:
    """A working group (专班), by the newest name it has."""
    if code is None:
        return None
    versions = book.teams.get(code)
    return CodeName(code=code, name=versions[-1].model.name if versions else code)
