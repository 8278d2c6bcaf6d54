"""Made-up pairs of base and app whose maker knows the truth: built, damaged, labelled and lied about as it happens in the wild."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.clients.oci.documents import OCI_INDEX, sha256
from bot.inspect.lineage.dockerfile import WrittenBase
from bot.model.dependency import OCI, Dependency, Release
from bot.model.lineage import Confidence, Lineage
from bot.sandbox.registry.store import Store, encode
from tests.lineages import BASE_DIGEST, BASE_NAME, World, served_by_nobody

PLATFORMS = ("linux/amd64", "linux/arm64")
BUILDERS = ("docker", "docker", "buildkit v0.2", "buildkit v1", "bundle other v1", "annotations", "labels")
DAMAGES = (*[""] * 14, "squashed", "flattened", "history lost", "scratch", "relabelled", "copied")


@dataclass(frozen=True, kw_only=True)
class Made:
    """An image that others may be built on, as its maker knows it."""

    text: str
    """Repository and digest."""
    repository: str
    tag: str
    digest: str
    """Of the index."""
    manifests: frozenset[str]
    """Of its platforms."""
    labels: dict[str, str] = field(default_factory=dict)
    below: "Made | None" = None

    @property
    def line(self) -> Iterator["Made"]:
        """Itself and what it stands on."""
        yield self
        if self.below is not None:
            yield from self.below.line


@dataclass(frozen=True, kw_only=True)
class Pair:
    """An app and the truth."""

    app: str
    platform: str
    built_on: Made | None
    """None: on nothing."""
    stands_on: Made | None
    """What of it is still in its layers."""
    evidence: str
    is_lied_about: bool = False
    is_base_known: bool = False
    damage: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    pair: Pair
    lineage: Lineage

    @property
    def confidence(self) -> Confidence | None:
        return self.lineage.base.confidence if self.lineage.base else None

    @property
    def is_direct(self) -> bool:
        if self.confidence is Confidence.INFERRED and self.lineage.base and self.pair.built_on:
            base, made = self.lineage.base.base, self.pair.built_on
            return (base.repository, base.tag, base.digest) == (made.repository, made.tag, None)
        return self._names(self.pair.built_on if self.confidence is Confidence.CLAIMED else self.pair.stands_on)

    @property
    def is_wrong(self) -> bool:
        """Whether what was told is not so: a base that it is not, or that it does not stand on at all."""
        if self.lineage.base is None:
            return False
        if self.confidence is Confidence.AT_LEAST:
            line = self.pair.stands_on.line if self.pair.stands_on else ()
            return not any(self._names(made) for made in line)
        return not self.is_direct

    def _names(self, made: Made | None) -> bool:
        return made is not None and self.lineage.base is not None and bool({made.digest, *made.manifests} & self.lineage.base.digests)


def outcomes(count: int, *, seed: int) -> list[Outcome]:
    """What is told of each of so many pairs."""
    with served_by_nobody() as world:
        maker = Maker(world=world, chance=random.Random(seed))
        maker.make_bases()
        pairs = [maker.pair(number) for number in range(count)]
        maker.look_again()
        maker.collect_garbage()
        world.anew()
        world.lineages = world.lineages.with_dockerfiles(maker.dockerfiles)
        return [Outcome(pair=pair, lineage=world.lineage(pair.app, pair.platform)) for pair in pairs]


@dataclass(kw_only=True)
class Maker:
    world: World
    chance: random.Random
    bases: list[Made] = field(default_factory=list)
    again: list[Release] = field(default_factory=list)
    gone: list[Made] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    written: dict[str, list[str]] = field(default_factory=dict)

    def make_bases(self) -> None:
        for day in range(6):
            for distribution in ("debian", "alpine", "ubuntu"):
                system = self._base(f"library/{distribution}", "stable", None, [f"RUN bootstrap {distribution} {day}", "CMD sh"])
                for runtime in ("python", "node"):
                    steps = ["ENV PATH=/opt", f"RUN build {runtime} {day}", f"CMD {runtime}"]
                    self._base(f"library/{runtime}-{distribution}", "3", system, steps)
            self.world.clock.advance(timedelta(days=7))
        for number in range(24):
            below = self.chance.choice(self.bases)
            steps = [f"ENV TEAM={number}"] if number % 3 == 0 else [f"RUN harden {number}", f"ENV TEAM={number}"]
            labels = {BASE_NAME: self.world.name(f"{below.repository}:{below.tag}"), BASE_DIGEST: below.digest} if number % 2 else {}
            self._base(f"team/base-{number}", "1", below, steps, labels=labels, shown=self.chance.random() < 0.6)
        self.world.clock.advance(timedelta(days=1))

    def _base(self, repository: str, tag: str, below: Made | None, steps: Sequence[str], *, labels: Any = None, shown: bool = True) -> None:
        handed = {**(below.labels if below else {}), **(labels or {})}
        digest = self.world.push(repository, tag, on=below.text if below else None, steps=steps, platforms=PLATFORMS, labels=handed)
        made = Made(
            text=f"{repository}@{digest}",
            repository=repository,
            tag=tag,
            digest=digest,
            manifests=frozenset(self.world.platform_digest(repository, digest, platform) for platform in PLATFORMS),
            labels=handed,
            below=below,
        )
        self.bases.append(made)
        if shown and self.chance.random() < 0.8:
            self.known.add(digest)
            dependency = Dependency(datasource=OCI, name=self.world.name(repository))
            release = Release(dependency=dependency, value=tag, digest=digest)
            self.world.ledger.sightings.seen(release, self.world.clock())
            if self.chance.random() < 0.5:  # by the run of the next month again, for the last of a tag
                self.again.append(release)
            for platform in PLATFORMS if self.chance.random() < 0.8 else PLATFORMS[:1]:
                self.world.lineages.remember(self.world.reference(f"{repository}:{tag}").at(tag=tag, digest=digest), platform)

    def pair(self, number: int) -> Pair:
        chance, name = self.chance, f"apps/app-{number}"
        base, builder, damage = chance.choice(self.bases), chance.choice(BUILDERS), chance.choice(DAMAGES)
        platforms = PLATFORMS if chance.random() < 0.5 else PLATFORMS[chance.randrange(2) :][:1]
        platform = chance.choice(platforms)
        is_lie = chance.random() < 0.08
        named = chance.choice(self.bases) if is_lie else base
        written = {BASE_NAME: self.world.name(f"{named.repository}:{named.tag}"), BASE_DIGEST: self._named_digest(named, platform)}
        revision = {"org.opencontainers.image.revision": f"{number:040x}"} if chance.random() < 0.3 else {}
        labels = {**base.labels, **revision, **(written if builder == "labels" else {})}
        annotations = written if builder == "annotations" else {}
        steps = [f"RUN make {number}", "COPY . /srv", *(["ENV A=1"] if chance.random() < 0.5 else []), "CMD app"]
        steps = steps if chance.random() < 0.9 else ["ENV A=1", "CMD app"]
        on = None if damage == "scratch" else base.text
        self.world.push(name, "1", on=on, steps=steps, platforms=platforms, labels={} if on is None else labels, annotations=annotations)
        tag = "1"
        if damage in EDITS:
            tag = edited(self.world, name, EDITS[damage])
        if builder.startswith(("buildkit", "bundle")) and damage not in {"squashed", "flattened", "copied"}:
            self._attest(name, tag, base, builder, platform)
        if revision:
            self.written[name] = [f"{base.repository}:{base.tag}"]
        if chance.random() < 0.01:
            self.gone.append(base)
        stands_on = None if damage in {"scratch", "squashed", "flattened"} else base
        return Pair(
            app=f"{name}:{tag}",
            platform=platform,
            built_on=None if on is None else base,
            stands_on=stands_on,
            evidence=f"{builder}{' + Dockerfile' if revision else ''}",
            is_lied_about=(is_lie or on is None) and builder in {"labels", "annotations"},
            is_base_known=base.digest in self.known,
            damage=damage,
        )

    def dockerfiles(self, image: Any, revision: str) -> tuple[WrittenBase, ...]:
        del revision
        named = self.written.get(image.repository, ())
        return tuple(WrittenBase(base=self.world.reference(text), file="Dockerfile") for text in named)

    def look_again(self) -> None:
        """A later run finds tags where they stand."""
        for release in self.again:
            repository = release.dependency.name.removeprefix(f"{self.world.host}/")
            if self.world.sandbox.store.repositories[repository].tags[release.value] == release.digest:
                self.world.ledger.sightings.seen(release, self.world.clock() + timedelta(days=2))

    def collect_garbage(self) -> None:
        """Registries forget images, those of tags that they take back as well."""
        for base in self.gone:
            repository = self.world.sandbox.store.repositories[base.repository]
            for digest in (base.digest, *base.manifests):
                repository.manifests.pop(digest, None)

    def _attest(self, name: str, tag: str, base: Made, builder: str, platform: str) -> None:
        used = [self.chance.choice(self.bases) for _ in range(self.chance.randrange(3))]
        used = used if self.chance.random() < 0.7 else []
        materials = [*used, base] if "other" not in builder or self.chance.random() < 0.6 else used
        self.chance.shuffle(materials)
        listed = [(f"{made.repository}:{made.tag}", self._named_digest(made, platform)) for made in materials]
        told = [self.world.material(text, digest, platform=platform) for text, digest in listed]
        self.world.attest(name, tag, told, way=builder, platform=platform)

    def _named_digest(self, made: Made, platform: str) -> str:
        """Of the index, or of the manifest of a platform: builders write both."""
        by_platform = self.chance.random() < 0.3
        return self.world.platform_digest(made.repository, made.digest, platform) if by_platform else made.digest


def edited(world: World, name: str, edit: Callable[[dict[str, Any], dict[str, Any]], None]) -> str:
    """The image `name:1` with another manifest and config, as another tool writes them, under the tag that comes back."""
    store = world.sandbox.store
    top = store.manifest(name, "1")
    told = top.read()
    if "manifests" not in told:
        store.add_manifest(name, "2", _body(store, name, top.digest, edit), top.media_type)
        return "2"
    children = []
    for child in told["manifests"]:
        body = _body(store, name, child["digest"], edit)
        stored = store.add_manifest(name, sha256(body), body, store.manifest(name, child["digest"]).media_type)
        children.append({**child, "digest": stored.digest, "size": len(body)})
    store.add_manifest(name, "2", encode({**told, "manifests": children}), OCI_INDEX)
    return "2"


def _body(store: Store, name: str, digest: str, edit: Callable[[dict[str, Any], dict[str, Any]], None]) -> bytes:
    manifest = store.manifest(name, digest).read()
    config = json.loads(store.blobs[manifest["config"]["digest"]])
    edit(manifest, config)
    body = encode(config)
    manifest["config"] = {**manifest["config"], "digest": store.add_blob(body), "size": len(body)}
    return encode(manifest)


def _one_layer(manifest: dict[str, Any], config: dict[str, Any]) -> None:
    """All layers in one: nobody has seen it before."""
    mark = sha256(encode(config["rootfs"]))
    manifest["layers"] = manifest["layers"][-1:]
    config["rootfs"]["diff_ids"] = [mark]


def _squash(manifest: dict[str, Any], config: dict[str, Any]) -> None:
    _one_layer(manifest, config)
    config["history"] = [{"created_by": "squashed"}]


def _flatten(manifest: dict[str, Any], config: dict[str, Any]) -> None:
    _one_layer(manifest, config)
    config["history"], config["config"] = [], {}


def _forget(_: dict[str, Any], config: dict[str, Any]) -> None:
    config["history"] = []


def _relabel(_: dict[str, Any], config: dict[str, Any]) -> None:
    config["config"]["Labels"] = {**config["config"].get("Labels", {}), "team": "shop"}


def _copy(manifest: dict[str, Any], _: dict[str, Any]) -> None:
    """Packed anew: other digests of layers, the same content."""
    manifest["layers"] = [{**layer, "mediaType": f"{layer['mediaType'].removesuffix('+gzip')}+zstd"} for layer in manifest["layers"]]


EDITS: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "squashed": _squash,
    "flattened": _flatten,
    "history lost": _forget,
    "relabelled": _relabel,
    "copied": _copy,
}
