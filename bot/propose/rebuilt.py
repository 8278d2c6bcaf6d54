"""Published images that are to be built anew -> the pull request whose merge makes the app's own pipeline build them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from bot.model.edit import FileChange
from bot.model.fleet import App, Repo
from bot.model.pull_request import Proposal
from bot.model.rebuild import RebuildFinding, RebuildGoal
from bot.model.rules import Rule
from bot.propose.compose import TEMPLATES, Draft
from bot.propose.conventional import prefix_for
from bot.propose.markdown import Markdown, code, escape, link
from bot.propose.marker import Marker, Rebuild, content_hash, visible
from bot.propose.naming import BRANCH_PREFIX, branch_of_image, harmless
from bot.propose.wording import Wording
from bot.settings.pull_requests import PullRequests

_MAX_TITLE: Final = 100
_MAX_FIXES: Final = 15
_MAX_EVIDENCE: Final = 8
MAX_IMAGES: Final = 20
"""Of one pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is edited for an image."""

    file: PurePosixPath
    line: int
    """1-based, in the edited file."""
    said: str
    """What is done, in words, without a full stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToBuild:
    """One published image that is to be built anew."""

    rebuild: Rebuild
    places: tuple[Place, ...]
    goal: Callable[[], RebuildGoal]
    """What the new image has to show; asked where the text is written."""
    finding: RebuildFinding | None = None
    """The verdict on a build before, which this is a remedy for."""


def draft_rebuild(
    *,
    app: App,
    repo: Repo,
    images: Sequence[ToBuild],
    changes: Sequence[FileChange],
    rule: Rule,
    labels: Sequence[str] = (),
    branch_prefix: str = BRANCH_PREFIX,
    wording: PullRequests | None = None,
    today: date,
    hears_comments: bool = True,
) -> Draft:
    """What is asked of an app: one pull request for its images; for each remedy one of its own (`images` is then that one)."""
    settings = wording or PullRequests()
    worded = Wording(settings=settings)
    remedy = images[0].finding
    prefix = prefix_for(repo, (), settings.commit_prefix)
    known = _variables(app, repo, prefix)
    title = worded.title(_title(app, images, prefix), {**known, "title": _title(app, images, prefix)})
    lines = [f"{place.file}:{place.line}: {place.said}" for image in images for place in image.places]
    untold = Proposal(
        repo=repo.full_name,
        base=repo.default_branch,
        base_head=repo.head,
        branch=branch_of_image(app, None if remedy is None else images[0].rebuild.image, prefix=branch_prefix, fill=worded.branch),
        title=title,
        body="",
        commit_message=worded.commit_message(
            f"{title}\n\n" + "\n".join(map(harmless, dict.fromkeys(lines))) + "\n", {**known, "title": title}
        ),
        changes=tuple(changes),
        updates=(),
        labels=tuple(dict.fromkeys([*labels, *rule.labels])),
        reviewers=rule.reviewers,
        assignees=rule.assignees,
        milestone=rule.milestone,
    )
    marker = Marker(
        app=app.name,
        targets=tuple(sorted(image.rebuild.target for image in images)),
        content=content_hash(changes),
        base=repo.default_branch,
        rebuilds=tuple(image.rebuild for image in images),
    )

    def tell() -> Proposal:
        built_in = Markdown(_body(images, repo, hears_comments=hears_comments))
        text = visible(worded.body(built_in, built_in, {**known, "title": title}))
        return replace(untold, body=f"{text}\n{marker.for_text(text, title=title).write()}\n")

    return Draft(untold=untold, marker=marker, today=today, tell=tell)


def _title(app: App, images: Sequence[ToBuild], prefix: str) -> str:
    names = list(dict.fromkeys(harmless(image.rebuild.image) for image in images))
    shown = names[0] if len(names) == 1 else f"{len(names)} images of {harmless(app.name)}"
    finding = images[0].finding
    bases = list(dict.fromkeys(_short(image.rebuild.base) for image in images))
    on = f" on the newest {harmless(bases[0])}" if len(bases) == 1 else ""
    text = f"Build {shown} anew{on}" if finding is None else f"Let the next build of {shown} take its fixes"
    text = f"{prefix}{text[0].lower()}{text[1:]}" if prefix.rstrip().endswith(":") else f"{prefix}{text}"
    return text if len(text) <= _MAX_TITLE else f"{text[: _MAX_TITLE - 1]}…"


def _short(base: str) -> str:
    return base.removeprefix("docker.io/library/").removeprefix("docker.io/")


def _variables(app: App, repo: Repo, prefix: str) -> dict[str, object]:
    """What templates may name."""
    return {
        "prefix": prefix,
        "app": app.name,
        "apps": [app.name],
        "repo": repo.full_name,
        "group": "",
        "stage": "",
        "kinds": ["rebuild"],
        "updates": [],
        "closes": "",
        "severity": "",
        "risk": "",
    }


def _body(images: Sequence[ToBuild], repo: Repo, *, hears_comments: bool) -> str:
    goals = [image.goal() for image in images]
    fixes = list(dict.fromkeys(_fix(one.name, one.fixed_in, one.holes) for goal in goals for one in goal.packages))
    finding = images[0].finding
    return TEMPLATES.get_template("rebuild.md.j2").render(
        ours=Markdown,
        is_one=len(images) == 1,
        rows=[
            {
                "image": code(image.rebuild.image),
                "old": code(image.rebuild.old[:19]),
                "base": code(f"{_short(image.rebuild.base)}@{image.rebuild.digest[:19]}"),
                "where": Markdown("<br>".join(_where(place, repo) for place in image.places)),
            }
            for image in images
        ],
        fixes=fixes[:_MAX_FIXES],
        more_fixes=max(0, len(fixes) - _MAX_FIXES),
        not_known=list(dict.fromkeys(said for goal in goals for said in goal.not_known))[:_MAX_EVIDENCE],
        verdict="" if finding is None else finding.verdict.value,
        evidence=() if finding is None else finding.evidence[:_MAX_EVIDENCE],
        remedy="" if finding is None else finding.remedy,
        hears_comments=hears_comments,
    )


def _fix(name: str, fixed_in: str, holes: Sequence[str]) -> Markdown:
    closes = f": closes {escape(', '.join(holes[:5]))}" if holes else ""
    return Markdown(f"{code(name)}{f' to {code(fixed_in)}' if fixed_in else ''}{closes}")


def _where(place: Place, repo: Repo) -> Markdown:
    url = f"{repo.clone_url.removesuffix('.git')}/blob/{repo.head}/{quote(str(place.file), errors='replace')}#L{place.line}"
    return Markdown(f"{link(code(f'{place.file}:{place.line}'), url)}: {escape(place.said)}")
