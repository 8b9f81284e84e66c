"""What a server was told when it was started: a frozen value that every part reads and none changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one request may ask for. Times in seconds, sizes in bytes."""

    body: int = 1_000_000
    text: int = 50_000
    """Characters of a document."""
    tokens: int = 2_000
    depth: int = 12
    aliases: int = 15
    root_fields: int = 10
    directives: int = 20
    fragments: int = 50
    """Operations and fragments of a document, and places where it uses one."""
    values: int = 5_000
    """Values in a request's JSON, lists and objects included."""
    repeats: int = 10
    """How often one field may be selected again in one selection set."""
    cost: int = 100_000
    """About as many values in an answer: one plan of sixty approvals with everything, and not two."""
    page: int = 100
    """Rows on one page of a connection."""
    timeout: float = 10.0
    subscriptions: int = 20
    """Subscriptions under way on one connection."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How requests prove who sends them. With neither keys nor tokens the server serves this machine only."""

    issuer: str = ""
    audience: str = ""
    algorithms: tuple[str, ...] = ()
    keys: str = ""
    """A JWKS: a file's path or an https address."""
    tokens: Path | None = None
    """A file of static tokens (hashes of them) for small offices."""

    @property
    def configured(self) -> bool:
        return bool(self.keys or self.tokens)


@dataclass(frozen=True, slots=True)
class Settings:
    """A server's settings. The defaults are those of `planner serve` on one's own machine, with everything allowed that is safe there."""

    database: str = ""
    """A SQLAlchemy URL; "" for a SQLite file in the user's data folder (`planner_api.store`)."""
    rules: Path | None = None
    allow_unchecked: bool = False
    watch: bool = True
    """Whether changed rule files are looked for and, once checked, taken into use."""
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "::1", "[::1]")
    origins: tuple[str, ...] = ()
    """Web origins beside the server's own that may call it (CORS, WebSocket)."""
    introspection: bool = True
    graphiql: bool = True
    trusted: Path | None = None
    """A manifest of operations; then only these run."""
    sign_in: SignIn = field(default_factory=SignIn)
    limits: Limits = field(default_factory=Limits)
    cache: int = 64_000_000
    """Bytes of answers about immutable things to keep."""
    metrics: bool = True
    traces: bool = False
    examples: bool = False
    """Whether a database with nothing in it begins with the example projects."""
    log_level: str = ""
    """From which level on the server writes to its log; "" for a service inside another program, which logs as that one does."""
    workers: int = 1
    proxies: tuple[str, ...] = ()
    """Addresses of proxies whose word on where a request came from is taken."""
