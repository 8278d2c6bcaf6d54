"""Which holes an update was last known to close, by their names."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("step_holes", sa.Column("holes", sa.Text))


def downgrade() -> None:
    op.drop_column("step_holes", "holes")
