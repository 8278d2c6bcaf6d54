"""What is inside the images that were opened."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "opened_images",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("not_read", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_opened_images"),
        sa.UniqueConstraint("digest", name="uq_opened_images"),
    )
    op.create_table(
        "opened_indexes",
        sa.Column("index_digest", sa.Text, nullable=False),
        sa.Column("image_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("index_digest", "image_id", name="pk_opened_indexes"),
        sa.ForeignKeyConstraint(["image_id"], ["opened_images.id"], name="fk_opened_indexes_image_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "packages",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("type", "namespace", "name", "version", "source_name", "source_version")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("known_by", "name_key", "source_key")),
        sa.PrimaryKeyConstraint("id", name="pk_packages"),
        sa.UniqueConstraint("identity", name="uq_packages"),
    )
    op.create_index("ix_packages_name_key", "packages", ["name_key"])
    told = sa.text("source_key != ''")
    op.create_index("ix_packages_source_key", "packages", ["source_key"], sqlite_where=told, postgresql_where=told)
    _create_sets()


def _create_sets() -> None:
    op.create_table(
        "package_sets",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("diff_id", sa.Text, nullable=False),
        sa.Column("whole_id", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_package_sets"),
        sa.ForeignKeyConstraint(["whole_id"], ["package_sets.id"], name="fk_package_sets_whole_id"),
        sa.UniqueConstraint("identity", name="uq_package_sets"),
    )
    op.create_index("ix_package_sets_diff_id", "package_sets", ["diff_id"])
    op.create_index("ix_package_sets_whole_id", "package_sets", ["whole_id"])
    for table, columns in {"package_set_members": ("package_id", "set_id"), "package_set_gaps": ("set_id", "package_id")}.items():
        op.create_table(
            table,
            *(sa.Column(name, sa.Integer, nullable=False) for name in columns),
            sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}"),
            sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name=f"fk_{table}_package_id"),
            sa.ForeignKeyConstraint(["set_id"], ["package_sets.id"], name=f"fk_{table}_set_id"),
            sqlite_with_rowid=False,
        )
    op.create_index("ix_package_set_members_set_id", "package_set_members", ["set_id"])
    op.create_table(
        "opened_layers",
        sa.Column("image_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("set_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("image_id", "position", name="pk_opened_layers"),
        sa.ForeignKeyConstraint(["image_id"], ["opened_images.id"], name="fk_opened_layers_image_id"),
        sa.ForeignKeyConstraint(["set_id"], ["package_sets.id"], name="fk_opened_layers_set_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_opened_layers_set_id", "opened_layers", ["set_id"])


def downgrade() -> None:
    for table in (
        "opened_layers",
        "package_set_gaps",
        "package_set_members",
        "package_sets",
        "packages",
        "opened_indexes",
        "opened_images",
    ):
        op.drop_table(table)
