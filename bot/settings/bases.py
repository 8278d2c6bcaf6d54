"""The section `bases` of the configuration: what the OPS team has its teams build on."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from bot.model.catalogue import Catalogue, Copy, Made
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.rules import ApprovedBase
from bot.settings.rule_entries import days, fault_at
from bot.settings.types import Days, PlainGlob, Section
from bot.versions.successor import fault

_STATUS = {"approved": "allowed", "deprecated": "deprecated", "forbidden": "forbidden"}


def _successor(text: str) -> str:
    if said := fault(text):
        raise ValueError(f"{text!r} is no successor: {said}")
    return text


class BaseEntry(Section):
    """One entry of the catalogue; the last one that fits a base counts."""

    image: PlainGlob
    """Registry and repository in normal form: docker.io/library/debian."""
    tags: PlainGlob = "*"
    """Which tags it speaks of."""
    status: Literal["approved", "deprecated", "forbidden"]
    since: date | None = None
    """The day from which on it is deprecated or forbidden; left out: it is."""
    older_than_days: Days | None = None
    """It speaks only of images that were built longer ago than this; left out: of all."""
    successor: Annotated[str, Field(min_length=1), AfterValidator(_successor)] | None = None
    """What to move to; with a tag it is proposed: registry.example.com/base/{name}:{major}.{minor}."""
    reason: str = ""

    @model_validator(mode="after")
    def _agrees(self) -> "BaseEntry":
        if self.status == "approved":
            for key, value in (("successor", self.successor), ("since", self.since), ("older_than_days", self.older_than_days)):
                if value is not None:
                    raise fault_at(key, f"an approved base needs no {key}; write status: deprecated, or take it out")
        return self

    def base(self) -> ApprovedBase:
        return ApprovedBase(
            dependency=self.image,
            tags=self.tags,
            status=_STATUS[self.status],
            since=self.since,
            older_than=days(self.older_than_days),
            successor=self.successor,
            reason=self.reason,
            is_proposed=self.successor is not None,
        )


class CopyEntry(Section):
    """Which internal repository holds what upstream's releases."""

    internal: Annotated[str, Field(min_length=3, max_length=300)]
    """Registry and repository in normal form; a * at the end stands for the rest of the name."""
    upstream: Annotated[str, Field(min_length=3, max_length=300)]
    """The same; with a * at the end where internal has one."""
    made: Made = Made.COPIED
    """copied: the same by digest; built: our own build, whose versions follow upstream's."""

    @model_validator(mode="after")
    def _agrees(self) -> "CopyEntry":
        for key, name in (("internal", self.internal), ("upstream", self.upstream)):
            bare = name.removesuffix("*")
            if "*" in bare or not _is_normal(f"{bare}x" if name != bare else bare):
                raise fault_at(
                    key, f"{name!r} is no repository in normal form; write it like docker.io/library/python, or docker.io/library/*"
                )
        if self.internal == self.upstream:
            raise fault_at("upstream", "it is the internal one itself; name the repository that it is a copy of")
        if self.internal.endswith("*") != self.upstream.endswith("*"):
            raise fault_at("upstream", "one of the two ends with a * and the other does not; write both alike")
        return self

    def copy_of(self) -> Copy:
        return Copy(internal=self.internal, upstream=self.upstream, made=self.made)


def _is_normal(name: str) -> bool:
    try:
        return ImageReference.parse(name).name == name
    except InvalidReferenceError:
        return False


class Bases(Section):
    """What teams may build on."""

    catalogue: tuple[BaseEntry, ...] = ()
    only_approved: bool = False
    """Whether a base that no entry speaks of may not be used; else it is told as not known."""
    copies: tuple[CopyEntry, ...] = ()
    """Which internal repositories hold what which upstream releases; the last one that fits counts."""
    owner: str = ""
    """Who is told where these lag behind: a login or a team."""

    def with_older(self, before: Iterable[ApprovedBase]) -> Catalogue:
        """The whole catalogue: entries of `approved_bases` come first, so that those of this section win."""
        return Catalogue(
            entries=(*before, *(entry.base() for entry in self.catalogue)),
            only_approved=self.only_approved,
            copies=tuple(entry.copy_of() for entry in self.copies),
            owner=self.owner,
        )
