"""Tags of any git remote, and its branches: each with the commit that it stands for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.model.dependency import GIT_REFS, GIT_TAGS, Dependency, Release
from bot.model.listing import NotListedError
from bot.watch.git_remote import GitRemotes


class GitRefs:
    """Every branch of a remote; its digest is the commit at its head."""

    name: str = GIT_REFS
    _prefix = "refs/heads/"

    def __init__(self, remotes: GitRemotes) -> None:
        self._remotes: Final = remotes

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        refs = self._remotes.refs(dependency, f"{self._prefix}*")
        return tuple(Release(dependency=dependency, value=ref.removeprefix(self._prefix), digest=commit) for ref, commit in refs.items())

    def describe(self, release: Release) -> Release:
        """The release as it is where the list named its commit: that costs no request."""
        if release.digest:
            return release
        ref = f"{self._prefix}{release.value}"
        commit = self._remotes.refs(release.dependency, ref, f"{ref}^{{}}").get(ref)
        if commit is None:
            raise NotListedError(f"{release.dependency}: {ref} is not there. Check the name.")
        return replace(release, digest=commit)


class GitTags(GitRefs):
    """Every tag of a remote; its digest is the commit that it stands for, through annotated tags."""

    name = GIT_TAGS
    _prefix = "refs/tags/"
