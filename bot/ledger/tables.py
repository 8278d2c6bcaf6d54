"""The tables of the ledger. Migrations make them; a test holds the two equal."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as whole seconds since 1970: small, sorted, and the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        return None if value is None else datetime.fromtimestamp(value, UTC)


METADATA: Final = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)

DEPENDENCIES: Final = Table(
    "dependencies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("datasource", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("watched_since", Instant),
    # Of the last list that was believed, to a day.
    Column("listed_at", Instant),
    # Since when the list lacks much of what that one had; null: it does not.
    Column("short_since", Instant),
    UniqueConstraint("datasource", "name"),
)

SIGHTINGS: Final = Table(
    "sightings",
    METADATA,
    # In this order, so that the primary key serves every question about one dependency; SQLite keeps the rows in it.
    Column("dependency_id", Integer, ForeignKey("dependencies.id"), primary_key=True),
    Column("value", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    sqlite_with_rowid=False,
)
# Which tags stood at a digest: lineage asks it.
Index(
    "ix_sightings_digest",
    SIGHTINGS.c.digest,
    sqlite_where=SIGHTINGS.c.digest != "",
    postgresql_where=SIGHTINGS.c.digest != "",
)

IMAGES: Final = Table(
    "images",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("created_at", Instant),
    Column("labels", JSON, nullable=False),
    Column("first_seen", Instant, nullable=False),
)

IMAGE_PLATFORMS: Final = Table(
    "image_platforms",
    METADATA,
    Column("digest", Text, ForeignKey("images.digest"), primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("chain", Text, nullable=False),
    sqlite_with_rowid=False,
)
# Which images are a prefix of another: its own chains are looked up here.
Index("ix_image_platforms_chain", IMAGE_PLATFORMS.c.chain)

IMAGE_INDEXES: Final = Table(
    "image_indexes",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("platforms", JSON, nullable=False),
)

# The history of bases: which image on which platform is made of which stack of layers.
BASE_IMAGES: Final = Table(
    "base_images",
    METADATA,
    # As it was asked for: of an index, or of a single manifest.
    Column("digest", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("manifest", Text, nullable=False),
    Column("name", Text, nullable=False),
    # By which it was asked for; empty: by its digest alone.
    Column("tag", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("layers", Integer, nullable=False),
    # What its history tells: how many steps, a hash of their instructions, and one with their dates. Empty: it tells nothing.
    Column("steps", Integer, nullable=False),
    Column("instructions", Text, nullable=False),
    Column("dated", Text, nullable=False),
    Column("created_at", Instant),
    Column("first_seen", Instant, nullable=False),
    sqlite_with_rowid=False,
)
# The bases of an image: its own chains are looked up here.
Index("ix_base_images_chain", BASE_IMAGES.c.chain)
Index("ix_base_images_manifest", BASE_IMAGES.c.manifest)

KNOWN_LINEAGES: Final = Table(
    "known_lineages",
    METADATA,
    # As it was asked for: of an index, or of a single manifest.
    Column("digest", Text, primary_key=True),
    # That was asked for; empty: none.
    Column("platform", Text, primary_key=True),
    # Which code found it: what other code found is found anew.
    Column("form", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# Who says to have built an image, by its provenance: as it was first heard.
PROVENANCES: Final = Table(
    "provenances",
    METADATA,
    # As a tag stands at it: of an index, or of a single manifest.
    Column("digest", Text, primary_key=True),
    Column("built_by", JSON, nullable=False),
    Column("heard_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

LAYERS: Final = Table(
    "layers",
    METADATA,
    Column("diff_id", Text, primary_key=True),
    # Which code read it: what other code read is read anew.
    Column("form", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

LAST_TIMES: Final = Table(
    "last_times",
    METADATA,
    Column("what", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

STEP_HOLES: Final = Table(
    "step_holes",
    METADATA,
    # An update of an image, as exposures name it.
    Column("dependency", Text, primary_key=True),
    Column("old", Text, primary_key=True),
    Column("new", Text, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # Of the first of them that was listed as exploited; null: none is known to be.
    Column("exploited_since", Instant),
    # The names of the holes, one of each, with blanks between them; null: not recorded.
    Column("holes", Text),
    sqlite_with_rowid=False,
)

STEP_SEVERITIES: Final = Table(
    "step_severities",
    METADATA,
    Column("dependency", Text, primary_key=True),
    Column("old", Text, primary_key=True),
    # At least so bad is a hole that some update from there closes.
    Column("severity", Text, primary_key=True),
    Column("since", Instant, nullable=False),
    sqlite_with_rowid=False,
)

BASE_FIXES: Final = Table(
    "base_fixes",
    METADATA,
    Column("dependency", Text, primary_key=True),
    Column("hole", Text, primary_key=True),
    Column("fix_known_since", Instant, nullable=False),
    Column("built_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

BASE_LOOKS: Final = Table(
    "base_looks",
    METADATA,
    # Of the manifest of one platform.
    Column("digest", Text, primary_key=True),
    # JSON: system, its end, and the holes by name.
    Column("record", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# Rebuilds that were asked for: one row for each step of each try.
REBUILD_STEPS: Final = Table(
    "rebuild_steps",
    METADATA,
    # What the try is of, its number and the step.
    Column("key", Text, primary_key=True),
    Column("app", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("digest", Text, nullable=False),
    # The forge's own number, which outgrows 32 bits; 0: not known.
    Column("build", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("said", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_rebuild_steps_app", REBUILD_STEPS.c.app)

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("app", Text, nullable=False),
    Column("dependency", Text, nullable=False),
    Column("old", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("new", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("stage", Text, nullable=False, server_default=""),
    # Why a clock stopped; of a detection, what was seen to be behind.
    Column("why", Text, nullable=False, server_default=""),
)
Index("ix_events_app", EVENTS.c.app)
Index("ix_events_step_at", EVENTS.c.step, EVENTS.c.at)

OPENED_IMAGES: Final = Table(
    "opened_images",
    METADATA,
    Column("id", Integer, primary_key=True),
    # Of the manifest of one platform.
    Column("digest", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("created_at", Instant),
    Column("opened_at", Instant, nullable=False),
    # Which code read it: what other code reads takes its place.
    Column("form", Text, nullable=False),
    # What could not be read of it, so that packages may be missing.
    Column("not_read", JSON, nullable=False),
    UniqueConstraint("digest"),
)

# The indexes that an opened image stands in: pins name these more often than the manifest of a platform.
OPENED_INDEXES: Final = Table(
    "opened_indexes",
    METADATA,
    Column("index_digest", Text, primary_key=True),
    Column("image_id", Integer, ForeignKey("opened_images.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# To take an image away its rows here must be found.
Index("ix_opened_indexes_image_id", OPENED_INDEXES.c.image_id)

PACKAGES: Final = Table(
    "packages",
    METADATA,
    Column("id", Integer, primary_key=True),
    # SHA-256 of the columns below: names and versions are hostile, and may be longer than an index takes.
    Column("identity", LargeBinary, nullable=False),
    Column("type", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("source_name", Text, nullable=False),
    Column("source_version", Text, nullable=False),
    Column("known_by", Text, nullable=False),
    # What it is looked up by: `bot.ledger.package_rows.key_of` its name, and of its source where that has another.
    Column("name_key", Text, nullable=False),
    Column("source_key", Text, nullable=False),
    UniqueConstraint("identity"),
)
Index("ix_packages_name_key", PACKAGES.c.name_key)
Index(
    "ix_packages_source_key", PACKAGES.c.source_key, sqlite_where=PACKAGES.c.source_key != "", postgresql_where=PACKAGES.c.source_key != ""
)

# What is left of one layer's packages in an image. Images that have the same of the same layer share the row.
PACKAGE_SETS: Final = Table(
    "package_sets",
    METADATA,
    Column("id", Integer, primary_key=True),
    # SHA-256 of the layer and the ids of the packages.
    Column("identity", LargeBinary, nullable=False),
    # Empty: what only a declaration names, of no layer.
    Column("diff_id", Text, nullable=False),
    # It has all packages of that set but those of `package_set_gaps`; null: it has those of `package_set_members`.
    Column("whole_id", Integer, ForeignKey("package_sets.id")),
    UniqueConstraint("identity"),
)
Index("ix_package_sets_diff_id", PACKAGE_SETS.c.diff_id)
Index("ix_package_sets_whole_id", PACKAGE_SETS.c.whole_id)

PACKAGE_SET_MEMBERS: Final = Table(
    "package_set_members",
    METADATA,
    Column("package_id", Integer, ForeignKey("packages.id"), primary_key=True),
    Column("set_id", Integer, ForeignKey("package_sets.id"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_package_set_members_set_id", PACKAGE_SET_MEMBERS.c.set_id)

PACKAGE_SET_GAPS: Final = Table(
    "package_set_gaps",
    METADATA,
    Column("set_id", Integer, ForeignKey("package_sets.id"), primary_key=True),
    Column("package_id", Integer, ForeignKey("packages.id"), primary_key=True),
    sqlite_with_rowid=False,
)

Index("ix_package_set_gaps_package_id", PACKAGE_SET_GAPS.c.package_id)

OPENED_LAYERS: Final = Table(
    "opened_layers",
    METADATA,
    Column("image_id", Integer, ForeignKey("opened_images.id"), primary_key=True),
    # 0: the lowest; behind the last one what only a declaration names.
    Column("position", Integer, primary_key=True),
    Column("set_id", Integer, ForeignKey("package_sets.id"), nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_opened_layers_set_id", OPENED_LAYERS.c.set_id)

APPS: Final = Table(
    "apps",
    METADATA,
    Column("app", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("owners", JSON, nullable=False),
)

IMAGE_PLACES: Final = Table(
    "image_places",
    METADATA,
    Column("id", Integer, primary_key=True),
    # SHA-256 of the columns below.
    Column("identity", LargeBinary, nullable=False),
    Column("app", Text, nullable=False),
    Column("repo", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("image", Text, nullable=False),
    UniqueConstraint("identity"),
)
Index("ix_image_places_repo", IMAGE_PLACES.c.repo)

IMAGE_USES: Final = Table(
    "image_uses",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("place_id", Integer, ForeignKey("image_places.id"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("known_from", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    # When it was first seen to be gone.
    Column("ended_at", Instant),
)
Index("ix_image_uses_place_id", IMAGE_USES.c.place_id)
