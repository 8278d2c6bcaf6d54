"""When a dependency was last listed, and since when its list is shorter than what was listed then."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("dependencies", sa.Column("listed_at", sa.BigInteger))
    op.add_column("dependencies", sa.Column("short_since", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("dependencies", "short_since")
    op.drop_column("dependencies", "listed_at")
