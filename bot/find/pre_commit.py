"""pre-commit (configuration reference): hooks' repos at a tag, or at a commit with `# frozen: tag` behind it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.git_url import COMMIT, git_dependency
from bot.find.reference import Literal
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Pin, Role, SiteKind

_FILES: Final = re.compile(r"\.(?:pre-commit-config|prek)\.ya?ml")
_NO_REPO: Final = frozenset({"local", "meta", "builtin"})
_FROZEN: Final = re.compile(r"#[ \t]*(?:frozen:)?[ \t]*(?P<version>v?[0-9][\w.+-]{0,100})", re.ASCII)


class PreCommitFinder:
    name = "pre-commit"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            for entry in (node for node in select(document, "repos[]") if isinstance(node, Mapping)):
                repo, revision = entry.scalar("repo"), entry.scalar("rev")
                if repo is not None and revision is not None and repo.value not in _NO_REPO:
                    yield _find(source, repo.value, revision)


def _find(source: YamlSource, repo: str, revision: Scalar) -> Finding:
    found = source.version(revision, dependency=git_dependency(repo), name=repo, role=Role.GIT, scheme="loose")
    if not isinstance(found, Pin) or not COMMIT.fullmatch(revision.value):
        return found
    comment = source.comment(revision)
    frozen = _FROZEN.match(comment.text) if comment else None
    if comment is None or frozen is None:
        return source.skip(revision, "a commit without the version that it is of; write the version behind it: # frozen: v1.2.3")
    version = Literal(
        file=source.file,
        finder=source.finder,
        text=frozen["version"],
        start=comment.span.start + frozen.start("version"),
        lines=source.stream.lines,
    )
    sites = (replace(found.sites[0], kind=SiteKind.COMMIT, quote=""), version.site(SiteKind.COMMENT, 0, len(version.text)))
    return replace(found, value=version.text, digest=revision.value, sites=sites)


PLUGIN: Final[Finder] = PreCommitFinder()
