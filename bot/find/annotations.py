"""Versions that a comment names: `# rebuild-bot: datasource=github-releases depName=owner/repo`, on the line above or at the line's end.

In text of any language, by the comments that there are; where there are none, by a key: `"x-rebuild-bot": "datasource=..."`. The comments
that Renovate's users already have (`# renovate: ...`) are read in the same way, with the short forms `docker=name` and `image=name` too.
What a format of its own reads (an image in a manifest, say) stays with that format.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.find.annotated_files import is_markup, may_be_annotated
from bot.find.annotated_value import NotFoundError, find_value
from bot.find.finder import Finder, Tree
from bot.find.reference import Literal
from bot.find.syntax.lines import Lines
from bot.find.terraform_registry import module_name
from bot.model.dependency import DEPS_DEV, GIT_REFS, GIT_TAGS, GITHUB_RELEASES, GITHUB_TAGS, GOLANG, HELM, OCI, TERRAFORM_MODULE, Dependency
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.pin import Finding, Pin, Role

ANNOTATION: Final = "annotation"
_COMMENT: Final = re.compile(
    r"(?:(?P<mark>\#|//|;|--|/\*|<!--|\{#|%|\bREM[ \t])[-#*%; \t]{0,4}(?:renovate|rebuild-bot)[ \t]*:[ \t]*(?P<rest>[^\n\r]{0,600})"
    r"|\"(?P<key>[\w/-]{0,40})\"[ \t]*:[ \t]*\"(?:(?P<said>renovate|rebuild-bot)[ \t]*:[ \t]*)?(?P<held>[^\"\n\r\\]{3,600})\"[ \t]*,?)",
    re.IGNORECASE,
)
_WORDS: Final = ("renovate", "rebuild-bot")
_OPTION: Final = re.compile(r"(?P<name>[A-Za-z-]+)=(?P<value>'[^']*'|\"[^\"]*\"|\S+)")
_PACKAGE_NAMES: Final = ("packageName", "lookupName", "depName", "image", "chart")
"""The options that say whose releases are asked for; the first that is there counts."""
_PATTERN: Final = re.compile(r"\(\?|\\|\[\^")
_CLOSINGS: Final = ("*/", "#}", "-->", ",")
"""What may end a comment, or stand between options, right behind a value."""
_DATASOURCES: Final = {
    "docker": OCI,
    "oci": OCI,
    "helm": HELM,
    "github-releases": GITHUB_RELEASES,
    "github-release-attachments": GITHUB_RELEASES,
    "github-tags": GITHUB_TAGS,
    "git-tags": GIT_TAGS,
    "git-refs": GIT_REFS,
    "pypi": DEPS_DEV,
    "npm": DEPS_DEV,
    "maven": DEPS_DEV,
    "go": DEPS_DEV,
    "crate": DEPS_DEV,
    "nuget": DEPS_DEV,
    "golang-version": GOLANG,
    "terraform-module": TERRAFORM_MODULE,
}
_DEPS_DEV_SYSTEMS: Final = {"crate": "cargo"}
_DEFAULT_SCHEMES: Final = {"docker": "docker", "oci": "docker", "helm": "semver", "pypi": "pep440", "maven": "maven", "npm": "semver"}
_SCHEMES: Final = {
    "docker": "docker",
    "semver": "semver",
    "semver-coerced": "loose",
    "semver-partial": "loose",
    "loose": "loose",
    "helm": "semver",
    "npm": "semver",
    "pep440": "pep440",
    "maven": "maven",
    "nuget": "nuget",
    "deb": "debian",
    "apk": "alpine",
    "same-major": "semver",
    "cargo": "semver",
    "gradle": "maven",
    "ruby": "loose",
}


class NoAnnotationError(Exception):
    """The comment names nothing that can be watched; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Annotation:
    """What a comment says of the value beside it."""

    dependency: Dependency
    name: str
    scheme: str
    extract_version: str | None
    branch: str | None


class AnnotationsFinder:
    name = ANNOTATION
    precedence = -10
    words = _WORDS
    """What a file must hold for this finder to read it; see `bot.find.scan`."""

    def matches(self, path: PurePosixPath) -> bool:
        return may_be_annotated(path)

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lowered = text.lower()
        if not any(word in lowered for word in _WORDS):
            return
        lines = Lines(text)
        is_shown = is_markup(path)
        for comment in _COMMENT.finditer(text):
            if comment["mark"] is None:
                is_meant = comment["said"] or any(word in comment["key"].lower() for word in _WORDS)
            else:
                is_meant = (comment["mark"] == "<!--" or not is_shown) and not comment["rest"].startswith("ignore")
            found = self._find(path, text, lines, comment) if is_meant else None
            if found is not None:
                yield found

    def _find(self, path: PurePosixPath, text: str, lines: Lines, comment: re.Match[str]) -> Finding | None:
        line = lines.line(comment.start())
        here = Literal(file=path, finder=self.name, text=comment.group().strip()[:200], start=comment.start(), lines=lines)
        options = _options(comment["rest"] or comment["held"] or "")
        if not options or any(_PATTERN.search(options.get(name, "")) for name in ("datasource", *_PACKAGE_NAMES)):
            return None  # prose, a command to the tool, or the pattern by which a tool finds annotations
        start, end = _place(text, lines, line, comment)
        if start == len(text):
            return here.skip("the annotation is the last line: there is no value below it")
        try:
            annotation = _annotation(options)
            value = find_value(text[start:end], is_image=annotation.dependency.datasource == OCI, is_yaml=path.suffix in {".yaml", ".yml"})
        except (NoAnnotationError, NotFoundError) as error:
            return here.skip(str(error))
        literal = Literal(file=path, finder=self.name, text=text[start:end], start=start, lines=lines)
        sites = value.sites(literal)
        return Pin(
            file=path,
            finder=self.name,
            dependency=annotation.dependency,
            name=annotation.name,
            scheme=annotation.scheme,
            value=value.text or annotation.branch,
            digest=value.digest,
            role=Role.TOOL,
            sites=sites,
            line=sites[0].line,
            column=lines.column(sites[0].span.start),
            extract_version=annotation.extract_version,
        )


def _place(text: str, lines: Lines, line: int, comment: re.Match[str]) -> tuple[int, int]:
    """Where the text stands that an annotation speaks of: before it on its line, else below; of a key, what follows on its line."""
    start = lines.start(line)
    following = lines.start(line + 1) if line < len(lines) else len(text)
    if comment["mark"] is None:
        if text[comment.end() : following].strip(" \t\r\n}],"):
            return comment.end(), following
    elif text[start : comment.start()].strip(" \t-#/;%*") != "":
        return start, comment.start()
    return following, lines.start(line + 2) if line + 2 <= len(lines) else len(text)


def _options(rest: str) -> dict[str, str]:
    return {match["name"]: _bare(match["value"]) for match in _OPTION.finditer(rest)}


def _bare(value: str) -> str:
    for closing in _CLOSINGS:
        value = value.removesuffix(closing)
    return value.strip("'\"")


def _annotation(options: Mapping[str, str]) -> _Annotation:
    """Raises NoAnnotationError."""
    short = next((name for name in options if name in _DATASOURCES), None)
    named = options.get("datasource") or short or ("helm" if {"registryUrl", "chart"} <= options.keys() else None)
    named = named or ("docker" if options.get("image") else None)
    name = next((options[option] for option in _PACKAGE_NAMES if options.get(option)), None)
    if short is not None:
        name = name or options[short]
    if named is None or not name:
        raise NoAnnotationError(
            "the annotation names no datasource and dependency: # rebuild-bot: datasource=github-releases depName=owner/repo"
        )
    datasource = _DATASOURCES.get(named)
    if datasource is None:
        raise NoAnnotationError(f"the datasource {named} is not watched; there are {', '.join(sorted(_DATASOURCES))}")
    versioning = options.get("versioning")
    scheme = _SCHEMES.get(versioning.partition(":")[0]) if versioning else _DEFAULT_SCHEMES.get(named, "loose")
    if scheme is None:
        raise NoAnnotationError(f"the versioning {versioning} is not known; there are {', '.join(sorted(_SCHEMES))}")
    return _Annotation(
        dependency=_dependency(named, datasource, name, options),
        name=name,
        scheme=scheme,
        extract_version=options.get("extractVersion"),
        branch=options.get("branch") or options.get("currentValue"),
    )


def _dependency(named: str, datasource: str, name: str, options: Mapping[str, str]) -> Dependency:
    if datasource == OCI:
        try:
            return Dependency(datasource=OCI, name=ImageReference.parse(name).name)
        except InvalidReferenceError as error:
            raise NoAnnotationError(f"{name} is no image: {error}") from error
    if datasource == HELM:
        repository = options.get("registryUrl") or options.get("repository")
        if not repository:
            raise NoAnnotationError("the annotation of a chart names no repository: registryUrl=https://charts.example.org")
        return Dependency(datasource=HELM, name=f"{repository.rstrip('/')}#{name.rpartition('/')[2]}")
    if datasource == DEPS_DEV:
        return Dependency(datasource=DEPS_DEV, name=f"{_DEPS_DEV_SYSTEMS.get(named, named)}/{name}")
    if datasource == GOLANG:
        return Dependency(datasource=GOLANG, name="go")
    if datasource == TERRAFORM_MODULE:
        module = module_name(name)
        if module is None:
            raise NoAnnotationError(f"{name} is no module of a public registry: namespace/name/provider")
        return Dependency(datasource=TERRAFORM_MODULE, name=module)
    return Dependency(datasource=datasource, name=name)


PLUGIN: Final[Finder] = AnnotationsFinder()
