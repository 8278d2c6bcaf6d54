"""Images in values of any structure, as Helm charts and custom resources write them: told by the shape around them, not by keys alone.

image: ghcr.io/acme/api:1.4.0                       a reference in one piece
image: {registry: quay.io, repository: acme/api, tag: "1.4.0", digest: sha256:...}
images: {agent: {repository: acme/agent, tag: 2.0.0}}
driver: {repository: nvcr.io/nvidia, image: driver, version: 535.104.05}
apiImage: ghcr.io/acme/api, apiImageTag: 1.4.0      keys that belong together by their beginning
args: [--reloader=quay.io/acme/reloader:v1]         what is unmistakably a reference, anywhere
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from bot.find.image_keys import MERGED, aliased_images, normal_key, speaks_of_image
from bot.find.reference import PLACEHOLDER
from bot.find.registry_hosts import on_host, on_registry
from bot.find.syntax.yaml import Mapping, Node, Scalar, Sequence, Style, inside, walk
from bot.find.yaml_pins import HOLDS_PLACEHOLDER, YamlSource
from bot.model.image import split_tag
from bot.model.pin import Finding, Pin

_NAME_ENDINGS: Final = ("image", "imagename", "imagerepository", "imagerepo", "imageref", "imagereference", "imageuri")
_TAG_ENDINGS: Final = ("imagetag", "tag", "imageversion", "version")
_DIGEST_ENDINGS: Final = ("imagedigest", "digest", "imagesha")
_REPOSITORY: Final = ("repository", "repo")
_TAG: Final = ("tag", "version", "imagetag")
_DIGEST: Final = ("digest", "sha", "sha256", "imagedigest")
_REGISTRY: Final = ("registry", "imageregistry", "hub")
_CONTAINERS: Final = frozenset({"container", "containers", "initcontainers", "sidecars", "steps", "steptemplate", "script"})
_CONTAINER_FIELDS: Final = frozenset({"args", "command", "env", "imagepullpolicy", "script", "volumemounts"})
_PULL_POLICY: Final = ("pullpolicy", "imagepullpolicy")
_NO_PLACE: Final = ("annotations", "labels", "matchlabels", "nodeselector")
"""Keys, or endings of keys, below which nothing is deployed."""
_FLOAT: Final = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)
_NO_IMAGE_KEY: Final = "looks like the tag of {}, but no key says that this is an image"
_PREFIX: Final = re.compile(r"(?:docker|oci|docker-image)://")
_REFERENCE: Final = re.compile(r"[a-z0-9][\w./:-]{0,250}:(?![0-9]{1,5}$)[\w.-]{1,128}|[a-z0-9][\w./:-]{0,380}@sha\S{60,140}", re.ASCII)
"""A reference with a tag or digest, below a key that speaks of images; no host with a port."""
_OPENSHIFT_KIND: Final = "DockerImage"
"""Of an ObjectReference that names an image (OpenShift: BuildConfig, ImageStream)."""
_NO_REFERENCE: Final = re.compile(r"[./~]|data:|\S*\s|[a-z]+://", re.ASCII)
"""How a text begins that can't be an image's name: paths, data, prose, addresses."""


def find_images(source: YamlSource, node: Node, *, key: str = "", is_helm: bool = False, base: Mapping | None = None) -> Iterator[Finding]:
    """The images below a node that is the value of `key`, in reading order; each node once.

    `is_helm`: the values are put into a chart's templates, where a number is printed as a number: `1.20` becomes 1.2.
    `base`: what the node overrides, in another file: the values that say the image's name where an override gives no more than its tag.
    """
    root_registry = node.text("global", "imageRegistry") if is_helm and isinstance(node, Mapping) else ""
    told = aliased_images(node, normal_key(key)) if "&" in source.stream.text else {}
    walk_ = _Walk(source=source, is_helm=is_helm, global_registry=root_registry, told=told)
    yield from _without_echoes(list(walk_.find(node, normal_key(key), is_image=False, base=base)))


def _without_echoes(findings: list[Finding]) -> Iterator[Finding]:
    """The findings without the skips of literals that are pins all the same: what an anchored map lacks, the place of its alias may say."""
    read = {(site.line, site.text) for finding in findings if isinstance(finding, Pin) for site in finding.sites}
    return (finding for finding in findings if isinstance(finding, Pin) or (finding.line, finding.text) not in read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The scalars of a mapping by their normal keys; nulls and empty texts left out, but for `keys`."""

    scalars: dict[str, Scalar]
    keys: frozenset[str]
    names: dict[str, Scalar]
    """The same of what is overridden; only for the parts of an image's name."""

    @classmethod
    def of(cls, mapping: Mapping, base: Node | None = None) -> "_Fields":
        nodes = {name.value: value for name, value in mapping.entries()}
        if "<<" in nodes:
            nodes |= {name: node for name in MERGED if name not in nodes and (node := mapping.get(name))}
        scalars = {normal_key(name): node for name, node in nodes.items() if isinstance(node, Scalar) and node.value and not node.is_null}
        overridden = cls.of(base) if isinstance(base, Mapping) else None
        keys = frozenset(map(normal_key, nodes)) | (overridden.keys if overridden else frozenset())
        return cls(scalars=scalars, keys=keys, names=overridden.scalars if overridden else {})

    def first(self, *names: str) -> Scalar | None:
        return next((self.scalars[name] for name in names if name in self.scalars), None)

    def first_name(self, *names: str) -> Scalar | None:
        return self.first(*names) or next((self.names[name] for name in names if name in self.names), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    source: YamlSource
    is_helm: bool
    global_registry: str
    told: dict[int, str]
    """What an alias tells of a node: see `aliased_images`."""
    seen: set[int] = field(default_factory=set)

    def find(self, node: Node, key: str, *, is_image: bool, base: Node | None = None) -> Iterator[Finding]:
        """`key` is the normal key above the node, an item of a list having that of the list; `is_image`: some key above says so."""
        if id(node) in self.told:
            key, is_image = self.told[id(node)], True
        if id(node) in self.seen or key.endswith(_NO_PLACE):
            return
        self.seen.add(id(node))
        is_image = is_image or speaks_of_image(key)
        match node:
            case Scalar():
                yield from self._find_in_scalar(node, key)
            case Sequence():
                for item in node.items:
                    yield from self.find(item, key, is_image=is_image)
            case Mapping():
                yield from self._find_in_mapping(node, key, is_image=is_image, base=base)

    def _find_in_scalar(self, scalar: Scalar, key: str) -> Iterator[Finding]:
        if key.endswith("images") and _REFERENCE.fullmatch(scalar.value):
            yield self._whole(scalar)
        elif scalar.style is Style.LITERAL and not scalar.is_exact:
            yield from self._find_in_text(scalar)
        else:
            found = self.source.unmistakable(scalar)
            if found:
                yield found

    def _find_in_text(self, scalar: Scalar) -> Iterator[Finding]:
        """What is unmistakable in YAML that a block scalar holds: whose it is, and what its keys mean, is not known."""
        stream = inside(self.source.stream, scalar) if "image" in scalar.value and "/" in scalar.value else None
        if stream:
            source = replace(self.source, stream=stream)
            scalars = (node for document in stream.documents for node in walk(document) if isinstance(node, Scalar))
            yield from filter(None, map(source.unmistakable, scalars))

    def _find_in_mapping(self, mapping: Mapping, key: str, *, is_image: bool, base: Node | None) -> Iterator[Finding]:
        fields = _Fields.of(mapping, base)
        found = {id(scalar): finding for scalar, finding in self._find_by_shape(fields, key, is_image=is_image)}
        self.seen.update(found)
        for name, value in mapping.entries():
            if id(value) in found:
                yield found.pop(id(value))
            else:
                overridden = base.get(name.value) if isinstance(base, Mapping) else None
                yield from self.find(value, normal_key(name.value), is_image=is_image, base=overridden)
        yield from found.values()  # what stands in a mapping that is merged in

    def _find_by_shape(self, fields: _Fields, key: str, *, is_image: bool) -> Iterator[tuple[Scalar, Finding]]:
        """What the mapping itself pins, each with the scalar at which it is reported."""
        whole_map = self._image_map(fields, is_image=is_image) or self._nameless(fields, key)
        used = set[int]()
        if whole_map:
            yield whole_map
            used = {id(scalar) for scalar in fields.scalars.values()}
        for name, scalar in fields.scalars.items():
            if id(scalar) in used or not scalar.is_string:
                continue
            if name.endswith(_NAME_ENDINGS):
                yield from self._named(fields, name, scalar, may_be_untagged=not self.is_helm and _is_container(fields, key))
            elif (key.endswith("images") and _REFERENCE.fullmatch(scalar.value)) or _is_openshift_name(fields, name):
                yield scalar, self._whole(scalar)

    def _image_map(self, fields: _Fields, *, is_image: bool) -> tuple[Scalar, Finding] | None:
        """The image that a mapping writes in parts, if its keys and the keys above say that it is one."""
        repository, image = fields.first_name(*_REPOSITORY), fields.first_name("image")
        tag, digest = fields.first(*_TAG), fields.first(*_DIGEST)
        has_registry = bool({*_REGISTRY} & fields.keys)
        name = repository or (fields.first_name("name") if is_image else None) or (image if is_image or has_registry else None)
        pinned = tag or digest
        if name is None or (name is image and is_pinned(name.value)):
            return None
        if pinned is None:
            is_whole = is_image and name in fields.scalars.values() and "/" in name.value and is_pinned(name.value)
            return (name, self._whole(name)) if is_whole else None
        if name not in {repository, image} and "/" not in name.value and "tag" not in fields.keys:
            return None
        text = name.value.rstrip("/")
        if repository and image and not is_pinned(image.value):
            text = f"{text}/{image.value}"
        elif not (is_image or has_registry or {*_PULL_POLICY} & fields.keys or _is_certain(fields, name, pinned)):
            return (pinned, self.source.skip(pinned, _NO_IMAGE_KEY.format(text))) if on_host(text) else None
        return pinned, self._split(fields, name, text, tag, digest)

    def _nameless(self, fields: _Fields, key: str) -> tuple[Scalar, Finding] | None:
        """The tag that overrides one of values not known here, if the mapping is one of an image and names none."""
        tag = fields.first("tag", "digest")
        if tag is None or not key.endswith("image") or any(name in fields.scalars for name in (*_REPOSITORY, *_NAME_ENDINGS, "name")):
            return None
        return tag, self.source.skip(tag, "the image's name is in the values that this tag overrides, which are not here")

    def _split(self, fields: _Fields, name: Scalar, text: str, tag: Scalar | None, digest: Scalar | None) -> Finding:
        registry_scalar = fields.first_name(*_REGISTRY)
        registry = registry_scalar.value if registry_scalar else ""
        if self.global_registry and {*_REGISTRY} & fields.keys:
            registry = self.global_registry
        registry = registry.rstrip("/")
        if registry and not text.startswith(f"{registry}/"):
            text = f"{registry}/{text}"
        if PLACEHOLDER.search(text):
            return self.source.skip(name if name in fields.scalars.values() else tag or digest or name, HOLDS_PLACEHOLDER)
        own_name, own_tag = split_tag(text)
        if own_tag and tag is None:
            text = own_name
        return self._printed(self.source.split_reference(text, tag=tag, digest=digest), tag)

    def _named(self, fields: _Fields, name: str, scalar: Scalar, *, may_be_untagged: bool) -> Iterator[tuple[Scalar, Finding]]:
        """The image that a key ending in `image` names, with the tag and digest of the keys that begin as it does."""
        text = scalar.value
        is_template = PLACEHOLDER.search(text) is not None
        if _NO_REFERENCE.match(text) and not _PREFIX.match(text) and not is_template:
            return
        if is_pinned(text) or is_template or not scalar.is_exact:
            yield scalar, self._whole(scalar)
            return
        ending = next(ending for ending in sorted(_NAME_ENDINGS, key=len, reverse=True) if name.endswith(ending))
        stem = name.removesuffix(ending)
        tag = fields.first(*(stem + tag for tag in _TAG_ENDINGS))
        digest = fields.first(*(stem + digest for digest in _DIGEST_ENDINGS))
        if tag or digest:
            yield tag or digest or scalar, self._printed(self.source.split_reference(text, tag=tag, digest=digest), tag)
        elif name == "image" and (may_be_untagged or (not self.is_helm and "/" in text)):
            yield scalar, self._whole(scalar)
        elif "/" in text:
            yield scalar, self.source.skip(scalar, "an image without a tag, which may be written elsewhere")

    def _whole(self, scalar: Scalar) -> Finding:
        prefix = _PREFIX.match(scalar.value)
        return self.source.reference(scalar, part=scalar.value[prefix.end() :] if prefix else None)

    def _printed(self, found: Finding, tag: Scalar | None) -> Finding:
        """The pin as a chart prints it: YAML reads an unquoted `1.20` as the number 1.2."""
        if not self.is_helm or tag is None or tag.is_string or not isinstance(found, Pin) or not _FLOAT.fullmatch(tag.value):
            return found
        return replace(found, value=tag.value.rstrip("0").rstrip("."))


def is_pinned(text: str) -> bool:
    """Whether a reference has a tag or a digest."""
    return "@" in text or split_tag(text)[1] is not None


def _is_container(fields: _Fields, key: str) -> bool:
    """Whether a mapping is a container's: elsewhere, a word alone may name the image of a machine (`image: ubuntu-24.04`)."""
    return key in _CONTAINERS or bool(_CONTAINER_FIELDS & fields.keys)


def _is_certain(fields: _Fields, name: Scalar, pinned: Scalar) -> bool:
    """Whether a name and a tag need no key above that says what they are: keys of their own do, and a host that is a registry."""
    return on_registry(name.value) and name is fields.first_name("repository") and pinned is fields.first("tag", "digest")


def _is_openshift_name(fields: _Fields, name: str) -> bool:
    kind = fields.first("kind") if name == "name" else None
    return kind is not None and kind.value == _OPENSHIFT_KIND
