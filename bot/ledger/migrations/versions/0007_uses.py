"""Which image is in use where."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "apps",
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owners", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("app", name="pk_apps"),
    )
    op.create_table(
        "image_places",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("app", "repo", "stage", "role", "file", "image")),
        sa.PrimaryKeyConstraint("id", name="pk_image_places"),
        sa.UniqueConstraint("identity", name="uq_image_places"),
    )
    op.create_index("ix_image_places_repo", "image_places", ["repo"])
    op.create_table(
        "image_uses",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("place_id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("tag", "digest", "known_from")),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_image_uses"),
        sa.ForeignKeyConstraint(["place_id"], ["image_places.id"], name="fk_image_uses_place_id"),
    )
    op.create_index("ix_image_uses_place_id", "image_uses", ["place_id"])


def downgrade() -> None:
    for table in ("image_uses", "image_places", "apps"):
        op.drop_table(table)
