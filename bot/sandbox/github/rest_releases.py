"""Releases."""

from bot.sandbox.github import shapes
from bot.sandbox.github.merging import follow
from bot.sandbox.github.rest import Answer, Call, Page, Routes, check_text, invalid, not_found
from bot.sandbox.github.state import Release, Repo


def published(repo: Repo) -> list[Release]:
    """Newest first, without drafts."""
    releases = [release for release in repo.releases if not release.is_draft]
    return sorted(releases, key=lambda release: (release.created_at, release.id), reverse=True)


def latest(repo: Repo) -> Release | None:
    return next((release for release in published(repo) if not release.is_prerelease), None)


def _list(call: Call) -> Answer:
    repo = call.repo()
    drafts = [release for release in repo.releases if release.is_draft and call.token is not None and call.token.may_write]
    return Answer(data=Page(items=[*drafts, *published(repo)], shape=lambda item: shapes.release(call.base, repo, item)))


def _latest(call: Call) -> Answer:
    repo = call.repo()
    release = latest(repo)
    if release is None:
        raise not_found()
    return Answer(data=shapes.release(call.base, repo, release))


def _by_tag(call: Call) -> Answer:
    repo, tag = call.repo(), call.path("tag")
    for release in published(repo):
        if release.tag == tag:
            return Answer(data=shapes.release(call.base, repo, release))
    raise not_found()


def _get(call: Call) -> Answer:
    repo, wanted = call.repo(), call.path("release")
    for release in repo.releases:
        if str(release.id) == wanted:
            return Answer(data=shapes.release(call.base, repo, release))
    raise not_found()


def _create(call: Call) -> Answer:
    repo, tag = call.writable_repo(), call.need("Release", "tag_name")
    check_text("Release", body=call.text("body"))
    if any(release.tag == tag for release in published(repo)):
        raise invalid("Release", "tag_name", "already_exists")
    target = call.text("target_commitish") or repo.default_branch
    is_draft = bool(call.body.get("draft"))
    if tag not in repo.store.tags() and not is_draft:
        commit = repo.store.commit_id(target)
        if commit is None:
            raise invalid("Release", "target_commitish")
        repo.store.update_ref(f"refs/tags/{tag}", commit)
        follow(repo, call.now)
    release = Release(
        id=call.world.next_id(),
        tag=tag,
        target=target,
        name=call.text("name"),
        body=call.text("body"),
        is_draft=is_draft,
        is_prerelease=bool(call.body.get("prerelease")),
        author=call.viewer,
        created_at=call.now,
        published_at=None if is_draft else call.now,
    )
    repo.releases.append(release)
    return Answer(status=201, data=shapes.release(call.base, repo, release))


_ROOT = "/repos/{owner}/{repo}/releases"
ROUTES: Routes = (
    ("GET", _ROOT, _list),
    ("POST", _ROOT, _create),
    ("GET", f"{_ROOT}/latest", _latest),
    ("GET", f"{_ROOT}/tags/{{tag:path}}", _by_tag),
    ("GET", f"{_ROOT}/{{release}}", _get),
)
