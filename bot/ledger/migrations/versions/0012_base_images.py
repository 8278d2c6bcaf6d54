"""Which base images are made of which layers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "base_images",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("chain", sa.Text, nullable=False),
        sa.Column("layers", sa.Integer, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("instructions", sa.Text, nullable=False),
        sa.Column("dated", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", "platform", name="pk_base_images"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_base_images_chain", "base_images", ["chain"])
    op.create_index("ix_base_images_manifest", "base_images", ["manifest"])


def downgrade() -> None:
    op.drop_table("base_images")
