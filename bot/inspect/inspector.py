"""Opens an image: its layers, read once each, are believed; what is only declared is said to be."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

import structlog

from bot.clients.oci.documents import Descriptor, InvalidDocumentError, Manifest, suits
from bot.clients.oci.session import RegistryError
from bot.clients.once import Turns
from bot.inspect.attached.look import AttachedBill, Look
from bot.inspect.attached.merge import merge
from bot.inspect.configuration import ImageConfig, declared_base, read_config
from bot.inspect.end_of_life import EndsOf, dated, shipped
from bot.inspect.layers.by_table import read_by_table
from bot.inspect.layers.overlay import Overlay
from bot.inspect.layers.record import LayerRecord
from bot.inspect.layers.table import Claim, TableError, claim_of
from bot.inspect.layers.unpacked import LayerError, LayerLimits, Unpacked
from bot.inspect.layers.walk import walk
from bot.inspect.purls import named
from bot.inspect.readers import READERS
from bot.inspect.registry import Registry
from bot.model.contents import Contents, KnownBy, Layer, NotRead, OperatingSystem, Package, Source
from bot.model.image import ImageReference, Platform

log = structlog.get_logger()

_MAX_CONFIG_BYTES: Final = 8 << 20
_MAX_LAYERS: Final = 1000
_PART_TIMEOUT: Final = timedelta(minutes=1)
"""For some MiB of a layer."""
_SYSTEMS: Final = ("etc/os-release", "usr/lib/os-release")
"""In the order in which os-release(5) has programs look."""


class LayerMemory(Protocol):
    """Where what a layer tells is kept: its diff_id never changes its meaning."""

    def layer(self, diff_id: str) -> LayerRecord | None: ...

    def remember(self, diff_id: str, record: LayerRecord) -> None: ...


Progress = Callable[[str, int, int], None]
"""Told of what is done how many of how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """Reads what is inside images. Safe to use from several threads."""

    registry: Registry
    memory: LayerMemory | None = None
    limits: LayerLimits = field(default_factory=LayerLimits)
    ends_of: EndsOf = shipped
    """Until when distributions are cared for."""
    _turns: Turns = field(default_factory=Turns, init=False, compare=False)

    def inspect(self, reference: ImageReference, platform: Platform | None = None, progress: Progress = lambda *_: None) -> Contents:
        """What is inside the image on one platform; without a wish linux/amd64, else the first one.

        Raises RegistryError where there is no such image. A layer that can't be read is said, and the others are read.
        """
        top = self.registry.manifest(reference)
        manifest = self._for_platform(reference, top, platform) if top.is_index else top
        config = self._config(reference, manifest)
        if platform is not None and not top.is_index and not suits(Platform.parse(config.platform), platform):
            raise RegistryError(f"{reference}: no image for {platform}; there is {config.platform or 'one that does not say for what'}.")
        try:
            layers = config.layers(manifest.layers)
        except InvalidDocumentError as error:
            raise RegistryError(f"{reference}: {error}. Report it to its publisher.") from error
        overlay, not_read, by_table = self._read_layers(reference, manifest, layers, progress)
        found = _found(overlay, self.ends_of)
        look = Look(registry=self.registry, reference=reference)
        declared = _declared(look.bills(manifest, top if top.is_index else None), found.packages, is_whole=not not_read)
        labels = {**top.annotations, **manifest.annotations, **config.configuration.labels}
        return Contents(
            image=str(reference),
            digest=manifest.digest,
            index_digest=top.digest if top.is_index else None,
            platform=config.platform,
            platforms=tuple(map(str, top.platforms)),
            created_at=config.created_at,
            operating_system=found.system,
            packages=_sorted((*found.packages, *declared.packages)),
            layers=layers,
            configuration=config.configuration,
            base=declared_base(labels),
            sources=(*found.sources, *_by_table(by_table, found.packages), *declared.sources),
            not_read=(*not_read, *found.not_read, *look.not_read),
            disagreements=declared.disagreements,
        )

    def _for_platform(self, reference: ImageReference, index: Manifest, platform: Platform | None) -> Manifest:
        child = index.child(platform)
        if child is None:
            known = ", ".join(map(str, index.platforms)) or "none"
            raise RegistryError(f"{reference}: no image for {platform or 'any platform'}; there are: {known}.")
        return self.registry.manifest(reference.at(digest=child.digest))

    def _config(self, reference: ImageReference, manifest: Manifest) -> ImageConfig:
        if manifest.config is None or len(manifest.layers) > _MAX_LAYERS:
            raise RegistryError(f"{reference}: its manifest {manifest.digest} is not that of a container image.")
        try:
            return read_config(self.registry.blob(reference, manifest.config, max_bytes=_MAX_CONFIG_BYTES))
        except InvalidDocumentError as error:
            raise RegistryError(f"{reference}: {error}.") from error

    def _read_layers(
        self, reference: ImageReference, manifest: Manifest, layers: tuple[Layer, ...], progress: Progress
    ) -> tuple[Overlay, list[NotRead], list[Layer]]:
        overlay, not_read, by_table = Overlay(), [], []
        for number, (layer, descriptor) in enumerate(zip(layers, manifest.layers, strict=True), start=1):
            progress("inspect", number - 1, len(layers))
            try:
                record = self._record(reference, layer, descriptor)
            except (LayerError, RegistryError) as error:
                log.info("inspect.layer_not_read", image=str(reference), layer=layer.digest, reason=str(error))
                reason = f"not read: {error}; what it changes in the layers below is not known"
                not_read.append(NotRead(what=f"layer {number} ({layer.digest.short})", reason=reason, is_layer=True))
                continue
            not_read += [NotRead(what=f"layer {number} ({layer.digest.short})", reason=problem) for problem in record.problems]
            by_table += [layer] if record.is_by_table else []
            overlay.put(record, layer.diff_id)
        progress("inspect", len(layers), len(layers))
        return overlay, not_read, by_table

    def _record(self, reference: ImageReference, layer: Layer, descriptor: Descriptor) -> LayerRecord:
        """What a layer tells: remembered, else read. Of images that share a layer and are opened at the same time one reads it."""
        claim = claim_of(descriptor) if descriptor.size >= self.limits.by_table_from_bytes else None
        by_table = f"{descriptor.digest} {claim.digest}" if claim else ""
        with self._turns.at(layer.diff_id):
            known = self._known(layer.diff_id) or (self._known(by_table) if by_table else None)
            if known is not None:
                return known
            record = (self._read_by_table(reference, descriptor, claim) if claim else None) or self._read(reference, layer, descriptor)
            if self.memory is not None:
                self.memory.remember(by_table if record.is_by_table else layer.diff_id, record)
        return record

    def _known(self, key: str) -> LayerRecord | None:
        return None if self.memory is None else self.memory.layer(key)

    def _read_by_table(self, reference: ImageReference, descriptor: Descriptor, claim: Claim) -> LayerRecord | None:
        """What a layer tells by its table of contents; None where that can't be had, so that the whole is to be read."""

        def part(start: int, size: int) -> bytes | None:
            return self.registry.part(reference, descriptor, start=start, size=size, total_timeout=_PART_TIMEOUT)

        try:
            return read_by_table(descriptor, claim, part, READERS, self.limits)
        except (TableError, LayerError, RegistryError) as error:
            log.debug("inspect.table_not_used", layer=descriptor.digest, reason=str(error))
            return None

    def _read(self, reference: ImageReference, layer: Layer, descriptor: Descriptor) -> LayerRecord:
        """What a layer tells, proved by both its digests."""
        with self.registry.stream(reference, descriptor, total_timeout=self.limits.longest) as source:
            unpacked = Unpacked(source, limits=self.limits)
            record = walk(unpacked, READERS, self.limits)
        if unpacked.diff_id != layer.diff_id:
            raise LayerError(f"it unpacks to {unpacked.diff_id} and not to {layer.diff_id}, which the image's config names")
        log.debug("inspect.layer_read", layer=layer.digest, bytes=unpacked.packed_bytes, unpacked_bytes=unpacked.unpacked_bytes)
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    system: OperatingSystem | None
    packages: tuple[Package, ...]
    sources: tuple[Source, ...]
    not_read: tuple[NotRead, ...]


def _found(overlay: Overlay, ends_of: EndsOf) -> _Told:
    """What all the files tell that are seen in the end."""
    found = list(overlay.found())
    systems = {path: told.system for path, told in found if told.system}
    system = next((dated(systems[path], ends_of) for path in _SYSTEMS if path in systems), None)
    packages = [named(package, system) for _, told in found for package in told.packages]
    problems = [NotRead(what=path, reason=problem) for path, told in found for problem in told.problems]
    return _Told(
        system=system,
        packages=tuple(packages),
        sources=tuple(_sources(packages)),
        not_read=(*problems, *(_split(stray) for stray in overlay.strays(READERS))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
    packages: tuple[Package, ...]
    sources: tuple[Source, ...]
    disagreements: tuple[str, ...]


def _declared(bills: Iterable[AttachedBill], read: Sequence[Package], *, is_whole: bool) -> _Declared:
    """What is only declared, by one document or more."""
    kept: dict[Package, None] = {}
    sources: list[Source] = []
    disagreements: list[str] = []
    for attached in bills:
        merged = merge(read, attached.bill, attached.where, is_whole=is_whole)
        kept.update(dict.fromkeys(merged.declared))
        disagreements += merged.disagreements
        unnamed = f", {attached.bill.unnamed} entries without a package URL left out" if attached.bill.unnamed else ""
        where = f"{attached.where}{unnamed}"
        sources.append(Source(name=attached.bill.form, where=where, packages=len(attached.bill.packages), known_by=KnownBy.DECLARED))
    return _Declared(packages=tuple(kept), sources=tuple(sources), disagreements=tuple(disagreements))


def _sorted(packages: Iterable[Package]) -> tuple[Package, ...]:
    return tuple(sorted(packages, key=lambda package: (package.type, package.name, package.version, package.path)))


def _sources(packages: list[Package]) -> Iterator[Source]:
    """One line for each database; one for all files of a kind that tell of one package each."""
    by_file: dict[tuple[str, str], int] = {}
    for package in packages:
        by_file[(package.type, package.path)] = by_file.get((package.type, package.path), 0) + 1
    for kind in sorted({kind for kind, _ in by_file}):
        files = {path: count for (of, path), count in by_file.items() if of == kind}
        where = next(iter(files)) if len(files) == 1 else f"{len(files)} files"
        yield Source(name=kind, where=where, packages=sum(files.values()))


def _by_table(layers: Sequence[Layer], packages: Sequence[Package]) -> Iterator[Source]:
    """That layers were read by their tables of contents, which is a weaker word than that of their archives."""
    for layer in layers:
        where = f"{layer.digest.short} by the table of contents that its manifest names; what only its archive has was not looked for"
        yield Source(name="packages", where=where, packages=sum(package.layer == layer.diff_id for package in packages))


def _split(stray: str) -> NotRead:
    what, _, reason = stray.partition(": ")
    return NotRead(what=what, reason=reason)
