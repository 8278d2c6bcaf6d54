"""Which platforms an image is published for: asked of a digest once, since a digest never changes its content."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "image_indexes",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("platforms", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_image_indexes"),
    )


def downgrade() -> None:
    op.drop_table("image_indexes")
