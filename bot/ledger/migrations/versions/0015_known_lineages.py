"""Which base an image stands on, where that is proved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "known_lineages",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", "platform", name="pk_known_lineages"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("known_lineages")
