"""Who says to have built an image, by its provenance."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "provenances",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("built_by", sa.JSON, nullable=False),
        sa.Column("heard_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_provenances"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("provenances")
