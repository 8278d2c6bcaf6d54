"""Rebuilds that were asked for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "rebuild_steps",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("image", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("build", sa.BigInteger, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rebuild_steps"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rebuild_steps_app", "rebuild_steps", ["app"])


def downgrade() -> None:
    op.drop_table("rebuild_steps")
