"""Which holes publishers closed in their images."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "base_fixes",
        sa.Column("dependency", sa.Text, nullable=False),
        sa.Column("hole", sa.Text, nullable=False),
        sa.Column("fix_known_since", sa.BigInteger, nullable=False),
        sa.Column("built_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("dependency", "hole", name="pk_base_fixes"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("base_fixes")
