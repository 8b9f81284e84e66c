"""Who is asking, and which rows that lets them see.

Five roles. An applicant sees its own projects; a working group (专班) those of its class; a department its own approvals in them;
policy staff the rulebook and no project; an administrator everything. Roles add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    APPLICANT = "applicant"
    DEPARTMENT = "department"
    TEAM = "team"
    POLICY = "policy"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who sent a request. `subject` names them stably and is no personal data we understand.

    `departments`: offices as plans name them (鞍山市自然资源局). `teams`: codes of working groups (social_investment_team).
    """

    subject: str
    roles: frozenset[Role]
    departments: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()

    @property
    def scope(self) -> Scope:
        """The rows this viewer sees."""
        return Scope(
            everything=Role.ADMIN in self.roles,
            owner=self.subject if Role.APPLICANT in self.roles else None,
            teams=self.teams if Role.TEAM in self.roles else frozenset(),
            departments=self.departments if Role.DEPARTMENT in self.roles else frozenset(),
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows that may be seen: all of them, or those of an owner, of working groups and of departments, together.

    A department sees a project that has, or had in one of its plans, an approval of its own, and of its plans and deadlines its own
    approvals only. Owner and working group see their projects whole.
    """

    everything: bool = False
    owner: str | None = None
    teams: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()

    @property
    def empty(self) -> bool:
        """No row at all."""
        return not (self.everything or self.owner is not None or self.teams or self.departments)

    def whole(self, owner: str, team: str | None) -> bool:
        """Whether a project of this owner and working group is seen with all its approvals."""
        return self.everything or self.owner == owner or team in self.teams


LOCAL = Viewer("local", frozenset({Role.ADMIN}))
"""The viewer of a server without keys: it listens on this machine only, so whoever asks sits at it."""
