"""The first tables: what was seen when, what images are made of, what became of updates."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "dependencies",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("datasource", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("watched_since", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_dependencies"),
        sa.UniqueConstraint("datasource", "name", name="uq_dependencies"),
    )
    op.create_table(
        "sightings",
        sa.Column("dependency_id", sa.Integer, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["dependency_id"], ["dependencies.id"], name="fk_sightings_dependency_id"),
        sa.PrimaryKeyConstraint("dependency_id", "value", "digest", name="pk_sightings"),
        sqlite_with_rowid=False,
    )
    is_known = sa.text("digest != ''")
    op.create_index("ix_sightings_digest", "sightings", ["digest"], sqlite_where=is_known, postgresql_where=is_known)
    op.create_table(
        "images",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_images"),
    )
    op.create_table(
        "image_platforms",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("chain", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["images.digest"], name="fk_image_platforms_digest"),
        sa.PrimaryKeyConstraint("digest", "platform", name="pk_image_platforms"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_image_platforms_chain", "image_platforms", ["chain"])
    op.create_table(
        "events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("dependency", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_app", "events", ["app"])
    op.create_index("ix_events_step_at", "events", ["step", "at"])


def downgrade() -> None:
    for table in ("events", "image_platforms", "images", "sightings", "dependencies"):
        op.drop_table(table)
