"""What is looked up where images and packages are taken away."""

from collections.abc import Sequence

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_opened_indexes_image_id", "opened_indexes", ["image_id"])
    op.create_index("ix_package_set_gaps_package_id", "package_set_gaps", ["package_id"])


def downgrade() -> None:
    op.drop_index("ix_package_set_gaps_package_id", "package_set_gaps")
    op.drop_index("ix_opened_indexes_image_id", "opened_indexes")
