"""Since when updates from an old value are known to close a hole of each severity."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "step_severities",
        sa.Column("dependency", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("dependency", "old", "severity", name="pk_step_severities"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("step_severities")
