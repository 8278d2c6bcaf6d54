"""What has one row a thing: images, layers, last times, what updates close, fixes of bases, and steps of rebuilds."""

from sqlalchemy import select

from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target
from bot.ledger.tables import (
    BASE_FIXES,
    BASE_IMAGES,
    BASE_LOOKS,
    IMAGE_INDEXES,
    IMAGE_PLATFORMS,
    IMAGES,
    KNOWN_LINEAGES,
    LAST_TIMES,
    LAYERS,
    PROVENANCES,
    REBUILD_STEPS,
    STEP_HOLES,
    STEP_SEVERITIES,
)


def merge_facts(source: Source, target: Target) -> None:
    for table, rule in (
        (IMAGES, first_record),
        # Of a digest, which never changes its content.
        (IMAGE_PLATFORMS, as_it_is),
        (IMAGE_INDEXES, as_it_is),
        (BASE_IMAGES, first_name),
        (KNOWN_LINEAGES, newest_proof),
        (PROVENANCES, first_heard),
        # Read again where the form is another one than that of the code which asks.
        (LAYERS, as_it_is),
        (LAST_TIMES, latest),
        (STEP_HOLES, newest_word),
        (STEP_SEVERITIES, earliest_since),
        (BASE_FIXES, earliest_fix),
        (BASE_LOOKS, newest_look),
        (REBUILD_STEPS, first_step),
    ):
        target.merge(table, source.rows(select(table)), rule)


def as_it_is(mine: Row, theirs: Row) -> Row:  # noqa: ARG001 - a rule's signature
    return mine


def first_record(mine: Row, theirs: Row) -> Row:
    return theirs if theirs["first_seen"] < mine["first_seen"] else mine


def first_name(mine: Row, theirs: Row) -> Row:
    """Of two at the same second any, but always the same one."""
    return min(mine, theirs, key=lambda row: (row["first_seen"], row["name"], row["tag"]))


def first_heard(mine: Row, theirs: Row) -> Row:
    """Of two at the same second any, but always the same one."""
    return min(mine, theirs, key=lambda row: (row["heard_at"], str(row["built_by"])))


def newest_proof(mine: Row, theirs: Row) -> Row:
    """Of two at the same second any, but always the same one."""
    return max(mine, theirs, key=lambda row: (row["found_at"], row["form"], row["record"]))


def latest(mine: Row, theirs: Row) -> Row:
    return theirs if theirs["at"] > mine["at"] else mine


def newest_word(mine: Row, theirs: Row) -> Row:
    """Of two at the same second any, but always the same one."""
    return max(mine, theirs, key=lambda row: (row["at"], row["severity"], row["said"], row["holes"] or ""))


def newest_look(mine: Row, theirs: Row) -> Row:
    """Of two at the same second any, but always the same one."""
    return max(mine, theirs, key=lambda row: (row["at"], row["record"]))


def earliest_since(mine: Row, theirs: Row) -> Row:
    return theirs if theirs["since"] < mine["since"] else mine


def earliest_fix(mine: Row, theirs: Row) -> Row:
    return {**mine, **{column: min(mine[column], theirs[column]) for column in ("fix_known_since", "built_at")}}


def first_step(mine: Row, theirs: Row) -> Row:
    """Of two that two runs recorded of one try. One that knows its build tells more than one that does not."""
    told = ("at", "build", "url", "verdict", "said", "digest")
    return min(mine, theirs, key=lambda row: (not row["build"], *(row[name] for name in told)))
