"""GitHub Actions: workflows and actions (workflow syntax; metadata syntax): actions by tag or commit, and images.

An action that is pinned by commit names its version in the comment behind it; both move together. Where the comment names a branch
(`@<commit> # main`), the commit follows the branch. Forgejo and Gitea read the same form.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.ci_images import DOCKER_SCHEME
from bot.find.finder import Finder, Tree
from bot.find.reference import PLACEHOLDER, Literal
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.workflow_values import find_in_values, matrix_values, outputs_of
from bot.find.yaml_pins import YamlSource, distinct
from bot.model.dependency import GIT_REFS, GITHUB_TAGS, Dependency
from bot.model.pin import Finding, Pin, Role, Site, SiteKind

_FILES: Final = re.compile(
    r"(?:.*/)?(?:\.(?:github|gitea|forgejo)/(?:workflows|actions)|workflow-templates)/.*\.ya?ml|(?:.*/)?action\.ya?ml"
)
_ACTION: Final = re.compile(r"(?P<repo>[\w.-]{1,100}/[\w.-]{1,100})(?:/[^@\s]{1,300})?@(?P<ref>[^@\s]{1,250})", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VERSION_COMMENT: Final = re.compile(
    r"#[ \t]*(?:(?:renovate|pin|tag)(?:[:=@][ \t]*|[ \t]+))*(?:tag[ \t]*=[ \t]*)?"
    r"(?P<version>v{0,2}[0-9][\w.+-]{0,100}|[\w-]{1,60}[/@-]v?[0-9][\w.+-]{0,100})(?=\s|$)",
    re.ASCII,
)
_BRANCH_COMMENT: Final = re.compile(
    r"#[ \t]*(?:(?:renovate|pin|ref)(?:[:=@][ \t]*|[ \t]+))?"
    r"(?:branch[ \t]*[:=][ \t]*(?P<named>[\w.-][\w./-]{0,99})|(?P<usual>main|master|develop|trunk|mainline))"
    r"(?=[ \t]*(?:$|\#|\(|,|branch\b|HEAD\b))",
    re.ASCII,
)
"""A comment that says the branch in so many words, or is the usual name of one: any other word may be prose."""
_VERSION: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+)*(?:[-+.][\w.+-]+)?|[\w-]+[/@-]v?[0-9]+(?:\.[0-9]+)*", re.ASCII)
_REST_OF_LINE: Final = re.compile(r"['\"]?(?P<blank>[ \t]*)(?=\r?$|\#)", re.MULTILINE)
"""What may stand behind the version for a comment to have its place there: in flow style, it would swallow what follows."""
_OWN_REPO: Final = ("./", "../", "$/")
"""How a workflow names an action or workflow of the repo that it is in itself."""
_IMAGES: Final = ("container", "container.image", "services.*.image")
"""Below a job."""
_STEPS: Final = ("jobs.*.steps[]", "runs.steps[]")
_USES: Final = ("jobs.*.uses", "jobs.*.steps[].uses", "runs.steps[].uses")


class GithubActionsFinder:
    name = "github-actions"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            yield from _find_images(source, document)
            runs_on = document.scalar("runs", "image")
            if runs_on is not None and runs_on.value.startswith(DOCKER_SCHEME):
                yield _find_image(source, runs_on)
            for node in (node for place in _USES for node in select(document, place)):
                if isinstance(node, Scalar) and not node.value.startswith(_OWN_REPO):
                    yield from _find_used(source, node)
            for step in (node for place in _STEPS for node in select(document, place)):
                if isinstance(step, Mapping):
                    yield from _find_checked_out(source, step)
            yield from distinct(find_in_values(source, document, outputs_of(path, text)))


def _find_images(source: YamlSource, document: Mapping) -> Iterator[Finding]:
    """The images that jobs and their services run in; of a job whose matrix names them, the entries of that matrix."""
    found: list[Finding] = []
    for job in (job for job in select(document, "jobs.*") if isinstance(job, Mapping)):
        for node in (node for place in _IMAGES for node in select(job, place)):
            if isinstance(node, Scalar) and node.value and not node.is_null:
                found += (_find_image(source, image) for image in matrix_values(job, node) or (node,))
    yield from distinct(found)


def _find_image(source: YamlSource, image: Scalar) -> Finding:
    part = image.value.removeprefix(DOCKER_SCHEME)
    return source.reference(image, role=Role.CI_IMAGE, part=part if part != image.value else None)


def _find_used(source: YamlSource, uses: Scalar) -> Iterator[Finding]:
    if uses.value.startswith(DOCKER_SCHEME):
        yield _find_image(source, uses)
        return
    action = _ACTION.fullmatch(uses.value)
    if PLACEHOLDER.search(uses.value) or not uses.is_exact:
        yield source.skip(uses, source.obstacle(uses) or "can't be read")
    elif action is None:
        yield source.skip(uses, "no ref: an action is named owner/repo@ref")
    else:
        yield _find_ref(source, uses, repo=action["repo"], ref=action["ref"])


def _find_checked_out(source: YamlSource, step: Mapping) -> Iterator[Finding]:
    """The repo and ref that actions/checkout is told to take."""
    repo, ref = step.scalar("with", "repository"), step.scalar("with", "ref")
    if step.text("uses").startswith("actions/checkout@") and repo is not None and ref is not None and ref.is_exact:
        is_plain = not PLACEHOLDER.search(repo.value + ref.value)
        if is_plain and (_COMMIT.fullmatch(ref.value) or _VERSION.fullmatch(ref.value)):
            yield _as_git(_find_ref(source, ref, repo=repo.value, ref=ref.value))


def _as_git(finding: Finding) -> Finding:
    return replace(finding, role=Role.GIT) if isinstance(finding, Pin) else finding


def _find_ref(source: YamlSource, scalar: Scalar, *, repo: str, ref: str) -> Finding:
    literal = source.literal(scalar, part=ref)
    comment = _version_comment(source, scalar)
    if _COMMIT.fullmatch(ref):
        commit = literal.site(SiteKind.COMMIT, 0, len(ref))
        branch = _branch_comment(source, scalar) if comment is None else None
        if branch is not None:
            pin = _pin(source, repo=repo, value=branch.text, commit=ref, sites=(commit, branch))
            return replace(pin, dependency=Dependency(datasource=GIT_REFS, name=f"https://github.com/{repo.lower()}"), scheme="loose")
        if comment is None:
            return _pin(source, repo=repo, value=None, commit=ref, sites=(commit,))
        return _pin(source, repo=repo, value=comment.text, commit=ref, sites=(commit, comment))
    if not _VERSION.fullmatch(ref):
        return source.skip(scalar, "a branch: nothing is released under it")
    version = literal.site(SiteKind.VERSION, 0, len(ref))
    if comment is None or comment.text.removeprefix("v") != ref.removeprefix("v"):
        comment = _place_of_comment(source, scalar)
    return _pin(source, repo=repo, value=ref, commit=None, sites=(version, comment) if comment else (version,))


def _version_comment(source: YamlSource, scalar: Scalar) -> Site | None:
    comment = source.comment(scalar)
    match = _VERSION_COMMENT.match(comment.text) if comment else None
    if comment is None or match is None:
        return None
    return _comment_site(source, comment.span.start + match.start("version"), match["version"])


def _branch_comment(source: YamlSource, scalar: Scalar) -> Site | None:
    comment = source.comment(scalar)
    match = _BRANCH_COMMENT.match(comment.text) if comment else None
    if comment is None or match is None:
        return None
    return _comment_site(source, comment.span.start + match.start(match.lastgroup or 0), match[match.lastgroup or 0])


def _place_of_comment(source: YamlSource, scalar: Scalar) -> Site | None:
    """Where the version is written once a commit stands in its place: at the line's end, before a comment that is there already."""
    match = _REST_OF_LINE.match(source.stream.text, scalar.span.end)
    return replace(_comment_site(source, match.start("blank"), ""), before=" # ") if match else None


def _comment_site(source: YamlSource, start: int, text: str) -> Site:
    literal = Literal(file=source.file, finder=source.finder, text=text, start=start, lines=source.stream.lines)
    return literal.site(SiteKind.COMMENT, 0, len(text))


def _pin(source: YamlSource, *, repo: str, value: str | None, commit: str | None, sites: tuple[Site, ...]) -> Pin:
    first = sites[0]
    return Pin(
        file=source.file,
        finder=source.finder,
        dependency=Dependency(datasource=GITHUB_TAGS, name=repo.lower()),
        name=repo,
        scheme="semver",
        value=value,
        digest=commit,
        role=Role.ACTION,
        sites=sites,
        line=first.line,
        column=source.stream.lines.column(first.span.start),
    )


PLUGIN: Final[Finder] = GithubActionsFinder()
