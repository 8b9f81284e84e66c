"""Projects, plans, deadlines, the log of changes, rulebooks, feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    words = sa.Text(collation="C") if postgres else sa.Text()
    moment, identity = sa.DateTime(timezone=True), sa.Uuid()
    serial = sa.BigInteger() if postgres else sa.Integer()

    op.create_table(
        "projects",
        sa.Column("id", identity, nullable=False),
        sa.Column("owner", words, nullable=False),
        sa.Column("request_key", words),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", words, nullable=False),
        sa.Column("name_folded", words, nullable=False),
        sa.Column("name_order", words, nullable=False),
        sa.Column("content", words, nullable=False),
        sa.Column("district", words, nullable=False),
        sa.Column("progress", words, nullable=False),
        sa.Column("facts", words, nullable=False),
        sa.Column("durations", words, nullable=False),
        sa.Column("project_class", words),
        sa.Column("team", words),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("plan", identity),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="projects_key"),
        sa.UniqueConstraint("owner", "request_key", name="projects_owner_request_key_once"),
        # On SQLite a table may refer to one that is still to come; elsewhere the reference is added below.
        *([] if postgres else [sa.ForeignKeyConstraint(["plan"], ["plans.id"], name="projects_plan_refers")]),
    )
    for name, columns in {
        "projects_by_age": ["archived", "id"],
        "projects_by_update": ["archived", "updated_at", "id"],
        "projects_by_name": ["archived", "name_order", "id"],
        "projects_of_owner_by_age": ["owner", "archived", "id"],
        "projects_of_owner_by_update": ["owner", "archived", "updated_at", "id"],
        "projects_of_owner_by_name": ["owner", "archived", "name_order", "id"],
        "projects_of_team_by_age": ["team", "archived", "id"],
        "projects_of_team_by_update": ["team", "archived", "updated_at", "id"],
        "projects_of_team_by_name": ["team", "archived", "name_order", "id"],
    }.items():
        op.create_index(name, "projects", columns)

    op.create_table(
        "plans",
        sa.Column("id", identity, nullable=False),
        sa.Column("project", identity, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", words, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("rulebook", words, nullable=False),
        sa.Column("owner", words, nullable=False),
        sa.Column("team", words),
        sa.Column("departments", words, nullable=False),
        sa.PrimaryKeyConstraint("id", name="plans_key"),
        sa.UniqueConstraint("project", "number", name="plans_project_number_once"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="plans_project_refers"),
    )
    if postgres:
        op.create_foreign_key("projects_plan_refers", "projects", "plans", ["plan"], ["id"])
        # Compressed already: PostgreSQL need not try.
        op.execute("ALTER TABLE plans ALTER COLUMN document SET STORAGE EXTERNAL")

    op.create_table(
        "participations",
        sa.Column("project", identity, nullable=False),
        sa.Column("department", words, nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("project", "department", name="participations_key"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="participations_project_refers"),
    )
    op.create_index("participations_of_department", "participations", ["department", "project"])

    op.create_table(
        "deadlines",
        sa.Column("id", serial, nullable=False, autoincrement=True),
        sa.Column("project", identity, nullable=False),
        sa.Column("owner", words, nullable=False),
        sa.Column("team", words),
        sa.Column("project_class", words),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("key", words, nullable=False),
        sa.Column("kind", words, nullable=False),
        sa.Column("item", words, nullable=False),
        sa.Column("name", words, nullable=False),
        sa.Column("title", words, nullable=False),
        sa.Column("department", words, nullable=False),
        sa.Column("stage", words, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("depends", sa.Boolean(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="deadlines_key"),
        sa.ForeignKeyConstraint(["project"], ["projects.id"], name="deadlines_project_refers"),
        sqlite_autoincrement=True,
    )
    op.create_index("deadlines_of_project", "deadlines", ["project", "day"])
    live = sa.text("NOT archived" if postgres else "archived = 0")
    for name, columns in {
        "deadlines_by_day": ["day", "department", "id", "provisional", "archived"],
        "deadlines_of_department": ["department", "day", "id", "provisional", "archived"],
        "deadlines_of_team": ["team", "day", "department", "id", "provisional", "archived"],
        "deadlines_of_owner": ["owner", "day", "department", "id", "provisional", "archived"],
        "deadlines_of_item": ["item", "day", "department", "id", "archived"],
    }.items():
        op.create_index(name, "deadlines", columns, postgresql_where=live, sqlite_where=live)

    op.create_table(
        "changes",
        sa.Column("sequence", serial, nullable=False, autoincrement=True),
        sa.Column("kind", words, nullable=False),
        sa.Column("project", identity, nullable=False),
        sa.Column("plan", identity),
        sa.Column("owner", words, nullable=False),
        sa.Column("team", words),
        sa.Column("departments", words, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="changes_key"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "rulebooks",
        sa.Column("digest", words, nullable=False),
        sa.Column("name", words, nullable=False),
        sa.Column("first_used_at", moment, nullable=False),
        sa.Column("archive", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="rulebooks_key"),
    )
    op.create_index("rulebooks_by_age", "rulebooks", ["first_used_at", "digest"])

    op.create_table(
        "feeds",
        sa.Column("id", identity, nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("department", words, nullable=False),
        sa.Column("created_by", words, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("revoked_at", moment),
        sa.PrimaryKeyConstraint("id", name="feeds_key"),
        sa.UniqueConstraint("token", name="feeds_token_once"),
    )
    op.create_index("feeds_of_department", "feeds", ["department", "id"])

    for statement in _POSTGRES_GUARDS if postgres else _SQLITE_GUARDS:
        op.execute(statement)


# A kept plan is evidence: the database itself refuses to change or remove one.
_SQLITE_GUARDS = (
    "CREATE TRIGGER plans_are_not_changed BEFORE UPDATE ON plans BEGIN SELECT RAISE(ABORT, 'a kept plan is never changed'); END",
    "CREATE TRIGGER plans_are_not_removed BEFORE DELETE ON plans BEGIN SELECT RAISE(ABORT, 'a kept plan is never removed'); END",
)
_POSTGRES_GUARDS = (
    "CREATE FUNCTION plans_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'a kept plan is never changed or removed' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER plans_are_kept BEFORE UPDATE OR DELETE ON plans FOR EACH ROW EXECUTE FUNCTION plans_are_kept()",
    "CREATE TRIGGER plans_are_not_emptied BEFORE TRUNCATE ON plans FOR EACH STATEMENT EXECUTE FUNCTION plans_are_kept()",
)
