from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.oci.session import NotFoundError
from bot.explain.compare import differences
from bot.explain.explainer import Explainer
from bot.explain.sources import SourceRepo
from bot.model.comparison import Difference
from bot.model.dependency import GITHUB_TAGS, HELM, OCI, Dependency, Release
from bot.model.failure import UNFORESEEN
from bot.model.forge import ForgeError
from bot.model.image import Digest, ImageReference, Platform
from bot.model.listing import NotListedError
from bot.model.notes import ChangelogFile, CommitsBetween, ImageFacts, NamedSource, NewestNotes, Notes, ReleaseNote
from bot.model.pin import Pin, Role
from bot.model.update import Update, UpdateKind

OLD_DIGEST, NEW_DIGEST = Digest("sha256:" + "a" * 64), Digest("sha256:" + "b" * 64)
SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
VERSION = "org.opencontainers.image.version"


def update(
    *,
    name="docker.io/acme/base",
    datasource=OCI,
    old="1.0.0",
    new="1.1.0",
    old_digest=None,
    new_digest=None,
    role=Role.FINAL_BASE,
    platform=None,
) -> Update:
    dependency = Dependency(datasource=datasource, name=name)
    pin = Pin(
        file=PurePosixPath("Dockerfile"),
        finder="dockerfile",
        dependency=dependency,
        name=name,
        scheme="docker",
        value=old,
        digest=old_digest,
        role=role,
        sites=(),
        line=1,
        column=1,
        platform=platform,
    )
    return Update(pin=pin, release=Release(dependency=dependency, value=new, digest=new_digest), kind=UpdateKind.MINOR)


class Registry:
    def __init__(self, facts: dict[str, ImageFacts]) -> None:
        self.facts = facts
        self.asked: list[tuple[str, str]] = []

    def __call__(self, image: ImageReference, platform: Platform | None) -> ImageFacts:
        self.asked.append((str(image), str(platform or "")))
        return self.facts[image.tag or str(image.digest)]


class Releases:
    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[str] = []

    def __call__(self, repo: str) -> list[ReleaseNote]:
        self.asked.append(repo)
        return [ReleaseNote(name=name, text=f"by @octocat in {name}") for name in self.names]


def facts(version: str = "", revision: str = "", source: str = "https://github.com/acme/base") -> ImageFacts:
    return ImageFacts(labels={key: value for key, value in ((VERSION, version), (REVISION, revision), (SOURCE, source)) if value})


def test_an_image_is_explained_by_its_labels_and_the_releases_of_its_source():
    registry = Registry({"1.0.0": facts(revision="a" * 40), "1.1.0": facts(revision="b" * 40)})
    releases = Releases("v1.1.0", "v1.0.0")

    notes = Explainer(registry, releases).explain(update(new_digest=NEW_DIGEST, platform="linux/arm/v7"))

    assert registry.asked == [("docker.io/acme/base:1.0.0", "linux/arm/v7"), (f"docker.io/acme/base:1.1.0@{NEW_DIGEST}", "linux/arm/v7")]
    assert releases.asked == ["acme/base"]
    assert [(note.name, note.text) for note in notes.releases] == [("v1.1.0", "by @\u200boctocat in v1.1.0")]
    assert notes.source_url == "https://github.com/acme/base"
    assert notes.compare_url == f"https://github.com/acme/base/compare/{'a' * 40}...{'b' * 40}"
    assert notes.problems == ()


def test_a_rebuild_of_one_tag_is_told_by_the_versions_in_its_labels():
    def image_facts(image, _platform):
        return facts("12.5") if image.digest == NEW_DIGEST else facts("12.4")

    rebuilt = update(old="12", new="12", old_digest=OLD_DIGEST, new_digest=NEW_DIGEST)

    notes = Explainer(image_facts, Releases("12.5", "12.4")).explain(rebuilt)

    assert [note.name for note in notes.releases] == ["12.5"]
    assert notes.compare_url == "https://github.com/acme/base/compare/12.4...12.5"


@pytest.mark.parametrize(
    ("known", "names", "told"),
    [
        pytest.param(
            {OLD_DIGEST: ["v12", "v12.4.0"], NEW_DIGEST: ["12", "v12.5", "v12.5.1"]}, ("v12.4.0", "v12.5.1"), ["v12.5.1"], id="both"
        ),
        pytest.param({NEW_DIGEST: ["v12.5.1"]}, (None, "v12.5.1"), [], id="the new one"),
        pytest.param({}, (None, None), [], id="neither"),
    ],
)
def test_a_floating_value_is_told_by_what_else_its_digests_are_called(known, names, told):
    explainer = Explainer(
        lambda _image, _platform: facts(), Releases("v12.5.1", "v12.4.0"), values_at=lambda _dependency, digest: known.get(digest, [])
    )

    refresh = replace(update(old="12", new="12", old_digest=OLD_DIGEST, new_digest=NEW_DIGEST), kind=UpdateKind.DIGEST)
    notes = explainer.explain(refresh)

    assert (notes.old_name, notes.new_name) == names
    assert [note.name for note in notes.releases] == told


def test_what_many_apps_take_is_asked_for_once():
    registry, releases = Registry({"1.0.0": facts(), "1.1.0": facts()}), Releases()
    explainer = Explainer(registry, releases)

    for _app in range(3):
        explainer.explain(update())

    assert (len(registry.asked), len(releases.asked)) == (2, 1)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        pytest.param(update(name="actions/checkout", datasource=GITHUB_TAGS, role=Role.ACTION), ["actions/checkout"], id="an action"),
        pytest.param(
            update(name="actions/cache/save", datasource=GITHUB_TAGS, role=Role.ACTION), ["actions/cache"], id="an action in a folder"
        ),
        pytest.param(update(name="https://charts.example.org#redis", datasource=HELM, role=Role.CHART), [], id="a chart without a source"),
        pytest.param(update(name="docker.io/library/traefik"), ["traefik/traefik"], id="a known image without a label"),
    ],
)
def test_where_the_releases_are_looked_for(given, asked):
    releases = Releases()

    Explainer(lambda _image, _platform: ImageFacts(), releases).explain(given)

    assert releases.asked == asked


def test_a_source_that_fails_is_a_line_and_the_rest_is_told():
    def broken(_repo):
        raise ForgeError("502\nfrom the\tproxy")

    notes = Explainer(Registry({"1.1.0": facts()}), broken).explain(update())

    assert notes.old is None
    assert notes.new == facts()
    assert notes.problems == (
        f"Could not read the image docker.io/acme/base as it is now: {UNFORESEEN}",
        "Could not read the releases of acme/base: 502 from the proxy",
    )


@pytest.mark.parametrize(
    "revision",
    [
        pytest.param("../../evil", id="a path"),
        pytest.param("a" * 7 + ")", id="a bracket"),
        pytest.param("main", id="a branch"),
        pytest.param("", id="none"),
    ],
)
def test_a_label_that_is_no_commit_makes_no_link(revision):
    notes = Explainer(Registry({"1.0.0": facts(revision="a" * 40), "1.1.0": facts(revision=revision)}), Releases()).explain(update())

    assert notes.compare_url is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        pytest.param("https://github.com/acme/base", "acme/base", id="plain"),
        pytest.param("https://github.com/acme/base.git#main", "acme/base", id="clone address"),
        pytest.param("git+https://www.GitHub.com/acme/base/tree/main/x", "acme/base", id="a folder of it"),
        pytest.param("git@github.com:acme/base.git", "acme/base", id="ssh"),
        pytest.param("github.com/acme/base", "acme/base", id="no scheme"),
        pytest.param("https://token@github.com/acme/base", "acme/base", id="with a user"),
        pytest.param("https://gitlab.com/acme/base", None, id="another host"),
        pytest.param("https://github.com.evil.example/acme/base", None, id="a host that begins alike"),
        pytest.param("https://evil.example/github.com/acme/base", None, id="the host in the path"),
        pytest.param("https://github.com/acme", None, id="an owner"),
        pytest.param("https://github.com/../..", None, id="dots"),
        pytest.param("https://github.com/acme/ba)se", None, id="a bracket"),
        pytest.param("https://[::1/acme/base", None, id="no address"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_source_label_is_read(url, name):
    source = SourceRepo.parse(url, ["github.com"])

    assert (source.name if source else None) == name


SERVER = "git.acme.example:8443/code"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        pytest.param(f"https://{SERVER}/up/stream.git", f"https://{SERVER}/up/stream", id="below the path"),
        pytest.param(f"{SERVER}/up/stream/tree/main", f"https://{SERVER}/up/stream", id="deeper"),
        pytest.param("https://git.acme.example:8443/up/stream", None, id="beside the path"),
        pytest.param(f"https://{SERVER}s/up/stream", None, id="a longer name"),
        pytest.param(f"https://{SERVER}/up", None, id="no repo"),
        pytest.param("https://git.acme.example/code/up/stream", None, id="another port"),
    ],
)
def test_a_server_below_a_path(url: str, found: str | None) -> None:
    source = SourceRepo.parse(url, [SERVER, "github.com"])

    assert (None if source is None else source.url) == found


IMAGE = ImageFacts(
    platforms=("linux/amd64", "linux/arm64"),
    user="app",
    entrypoint=("/run",),
    command=("serve",),
    environment=("PATH=/bin", "API_TOKEN=hunter2"),
    exposed_ports=("80/tcp",),
    labels={VERSION: "1.0", SOURCE: "https://github.com/acme/base"},
)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(IMAGE, (), id="the same"),
        pytest.param(
            replace(IMAGE, platforms=("linux/amd64",)),
            (Difference(aspect="platforms", old="linux/arm64", new="", needs_attention=True),),
            id="platform lost",
        ),
        pytest.param(replace(IMAGE, platforms=()), (), id="a single manifest tells of no platforms"),
        pytest.param(replace(IMAGE, user=""), (Difference(aspect="user", old="app", new="root", needs_attention=True),), id="user"),
        pytest.param(
            replace(IMAGE, entrypoint=("/init", "-x")),
            (Difference(aspect="entrypoint", old="/run", new="/init -x", needs_attention=True),),
            id="entrypoint",
        ),
        pytest.param(replace(IMAGE, command=()), (Difference(aspect="command", old="serve", new="", needs_attention=True),), id="command"),
        pytest.param(
            replace(IMAGE, exposed_ports=("80/tcp", "443/tcp")), (Difference(aspect="ports", old="", new="443/tcp"),), id="port opened"
        ),
        pytest.param(replace(IMAGE, volumes=("/data",)), (Difference(aspect="volumes", old="", new="/data"),), id="volume"),
        pytest.param(
            replace(IMAGE, working_folder="/app"),
            (Difference(aspect="working folder", old="/", new="/app", needs_attention=True),),
            id="working folder",
        ),
        pytest.param(
            replace(IMAGE, healthcheck=("CMD", "true"), stop_signal="SIGINT"),
            (
                Difference(aspect="healthcheck", old="", new="CMD true", needs_attention=True),
                Difference(aspect="stop signal", old="", new="SIGINT", needs_attention=True),
            ),
            id="healthcheck and stop signal",
        ),
        pytest.param(
            replace(IMAGE, labels=IMAGE.labels | {VERSION: "1.1"}),
            (Difference(aspect="label", name=VERSION, old="1.0", new="1.1"),),
            id="version",
        ),
        pytest.param(
            replace(IMAGE, labels=IMAGE.labels | {SOURCE: "https://github.com/else/base"}),
            (
                Difference(
                    aspect="label",
                    name=SOURCE,
                    old="https://github.com/acme/base",
                    new="https://github.com/else/base",
                    needs_attention=True,
                ),
            ),
            id="built from another repo",
        ),
        pytest.param(
            replace(IMAGE, environment=("API_TOKEN=other", "LANG=C")),
            (
                Difference(aspect="environment", name="PATH", old="/bin", new="", needs_attention=True),
                Difference(aspect="environment", name="API_TOKEN", old="***", new="***"),
                Difference(aspect="environment", name="LANG", old="", new="C"),
            ),
            id="environment, secrets not shown",
        ),
    ],
)
def test_what_differs_between_two_images(new, expected):
    assert differences(IMAGE, new) == expected


def test_many_differences_are_bounded():
    many = ImageFacts(environment=tuple(f"V{number}=1" for number in range(500)), created_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert len(differences(ImageFacts(), many)) == 40


WORDS = r"@ # < > [ ] ( ) & ` \ . .. - / : v 1 1.2.3 -rc.1 https:// github.com git@ acme [::1 %"
PIECES = [*WORDS.split(), " ", "\n", "\x00", "\u202e", "\ud800"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_that_a_registry_or_a_repo_says_raises(label, name, tag):
    def image_facts(_image, _platform):
        return ImageFacts(labels={SOURCE: label, REVISION: name, VERSION: tag}, environment=(label, name), user=tag)

    def release_notes(_repo):
        return [ReleaseNote(name=name, text=label, url=tag), ReleaseNote(name=tag, text=name)]

    notes = Explainer(image_facts, release_notes).explain(update(old="1.0", new=tag or "2.0"))

    assert notes.new is not None


@pytest.mark.parametrize("error", [NotListedError("404. Check it."), NotFoundError("404 MANIFEST_UNKNOWN.")])
def test_what_is_not_there_is_told_and_is_no_failure(error):
    def gone(*_args):
        raise error

    notes = Explainer(gone, gone).explain(update(name="actions/checkout", datasource=GITHUB_TAGS))
    image = Explainer(gone, gone).explain(update())

    assert notes.unseen == ("Not there, or not shown to the bot: the releases of actions/checkout",)
    assert image.unseen == (
        "Not there, or not shown to the bot: the image docker.io/acme/base as it is now",
        "Not there, or not shown to the bot: the image docker.io/acme/base:1.1.0",
    )
    assert notes.problems == image.problems == ()


def told_by_the_forge() -> ForgeError:
    error = ForgeError("acme/base: its releases: GitHub said 403: no. Give the token more.")
    error.where = "acme/base: its releases"
    return error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        pytest.param(told_by_the_forge(), "GitHub said 403: no. Give the token more.", id="told"),
        pytest.param(KeyError("tag_name"), UNFORESEEN, id="ours"),
    ],
)
def test_a_source_that_fails_is_told_once_and_in_plain_words(error, says):
    def release_notes(_repo):
        raise error

    notes = Explainer(Registry({"1.0.0": facts(), "1.1.0": facts()}), release_notes).explain(update())

    assert notes.problems == (f"Could not read the releases of acme/base: {says}",)


class Source:
    """A source repo that counts what it is asked."""

    def __init__(self, *releases: ReleaseNote, changelog: str | None = None, commits: CommitsBetween | None = None) -> None:
        self.releases, self.text, self.commits_between = releases, changelog, commits
        self.asked: list[tuple[str | None, ...]] = []

    def explainer(self, image_facts, **options) -> Explainer:
        return Explainer(image_facts, self.of, changelog=self.changelog, commits=self.commits, **options)

    def of(self, repo: str) -> list[ReleaseNote]:
        self.asked.append(("releases", repo))
        return list(self.releases)

    def changelog(self, repo: str, ref: str | None, path: str | None) -> ChangelogFile | None:
        self.asked.append(("changelog", repo, ref, path))
        return None if self.text is None else ChangelogFile(path="CHANGES.md", text=self.text)

    def commits(self, repo: str, old: str, new: str) -> CommitsBetween | None:
        self.asked.append(("commits", repo, old[:1], new[:1]))
        return self.commits_between


def note(name: str, text: str = "Text.") -> ReleaseNote:
    return ReleaseNote(name=name, text=text)


CHANGELOG = "## 1.1.0\nFrom the file, @octocat.\n\n## 1.0.0\nOld.\n"


@pytest.mark.parametrize(
    ("source", "newest", "names"),
    [
        pytest.param(Source(note("v1.1.0"), note("v1.0.0")), NewestNotes.TOLD, ["v1.1.0"], id="a release"),
        pytest.param(Source(note("v1.1.0", " "), note("v1.0.0")), NewestNotes.EMPTY, ["v1.1.0"], id="a release without a text"),
        pytest.param(Source(note("v1.0.0")), NewestNotes.NOT_YET, [], id="not released yet"),
        pytest.param(Source(note("v1.0.5"), note("v1.0.0")), NewestNotes.NOT_YET, ["v1.0.5"], id="one between, the newest not yet"),
        pytest.param(Source(note("nightly")), NewestNotes.NO_RELEASES, [], id="no releases of versions"),
        pytest.param(Source(note("other-1.0.0")), NewestNotes.NO_RELEASES, [], id="releases of another package"),
        pytest.param(Source(), NewestNotes.NO_RELEASES, [], id="nothing at all"),
        pytest.param(Source(changelog=CHANGELOG), NewestNotes.TOLD, ["1.1.0"], id="a changelog"),
        pytest.param(Source(note("v1.1.0", ""), changelog=CHANGELOG), NewestNotes.TOLD, ["1.1.0"], id="a changelog for empty releases"),
        pytest.param(Source(changelog="## 1.0.0\nOld.\n"), NewestNotes.NOT_YET, [], id="a changelog that is behind"),
    ],
)
def test_whether_the_newest_notes_are_known(source, newest, names):
    notes = source.explainer(Registry({"1.0.0": facts(), "1.1.0": facts()})).explain(update())

    assert (notes.newest, [one.name for one in notes.releases]) == (newest, names)
    assert (notes.changelog == "CHANGES.md") is (newest is NewestNotes.TOLD and source.text is not None)


def test_a_section_of_a_changelog_is_neutralised():
    notes = Source(changelog=CHANGELOG).explainer(Registry({"1.0.0": facts(), "1.1.0": facts()})).explain(update())

    assert [one.text for one in notes.releases] == ["From the file, @\u200boctocat."]


@pytest.mark.parametrize(
    ("error", "newest", "told"),
    [
        pytest.param(ForgeError("502"), NewestNotes.FAILED, "Could not read the releases of acme/base: 502", id="failed"),
        pytest.param(
            NotListedError("404"), NewestNotes.NOT_SHOWN, "Not there, or not shown to the bot: the releases of acme/base", id="not shown"
        ),
    ],
)
def test_a_source_that_does_not_answer_is_asked_nothing_more(error, newest, told):
    source = Source()

    def fails(_repo):
        raise error

    explainer = Explainer(Registry({"1.0.0": facts(), "1.1.0": facts()}), fails, changelog=source.changelog, commits=source.commits)
    notes = explainer.explain(update())

    assert notes.newest is newest
    assert [*notes.problems, *notes.unseen] == [told]
    assert source.asked == []


def test_the_changelog_is_read_where_the_source_stood_and_asked_for_only_where_releases_tell_nothing():
    silent, told = Source(), Source(note("v1.1.0"), note("v1.0.0"))
    images = {"1.0.0": facts(revision="a" * 40), "1.1.0": facts(revision="b" * 40)}

    silent.explainer(Registry(images)).explain(update())
    told.explainer(Registry(images)).explain(update())

    assert silent.asked == [("releases", "acme/base"), ("changelog", "acme/base", "b" * 40, None), ("commits", "acme/base", "a", "b")]
    assert told.asked == [("releases", "acme/base")]


def rebuild(old: ImageFacts, new: ImageFacts, source: Source) -> Notes:
    given = replace(update(old="12", new="12", old_digest=OLD_DIGEST, new_digest=NEW_DIGEST), kind=UpdateKind.DIGEST)
    return source.explainer(lambda image, _platform: new if image.digest == NEW_DIGEST else old).explain(given)


@pytest.mark.parametrize(
    ("old", "new", "same", "asked"),
    [
        pytest.param(facts(revision="a" * 40), facts(revision="a" * 40), "a" * 40, [], id="the same commit"),
        pytest.param(facts(revision="a" * 40), facts(revision="b" * 40), None, [("commits", "acme/base", "a", "b")], id="other commits"),
        pytest.param(facts(), facts(), None, [], id="not known is not the same"),
        pytest.param(facts(revision="a" * 40), facts(), None, [], id="one not known"),
        pytest.param(facts(revision="main"), facts(revision="main"), None, [], id="no commit"),
        pytest.param(
            facts(revision="a" * 40),
            facts(revision="a" * 40, source="https://github.com/b/c"),
            None,
            [],
            id="the same commit of another source",
        ),
        pytest.param(facts(revision="a" * 40, source=""), facts(revision="a" * 40, source=""), None, [], id="of no known source"),
    ],
)
def test_a_rebuild_is_told_by_the_commits_between(old, new, same, asked):
    source = Source(commits=CommitsBetween(count=1, subjects=("Mend",)))

    notes = rebuild(old, new, source)

    assert notes.same_revision == same
    assert source.asked == asked
    assert notes.commits == (source.commits_between if asked else None)


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        pytest.param(NamedSource(match=("docker.io/acme/*",), repo="up/stream"), ("up/stream", None), id="a repo"),
        pytest.param(NamedSource(match=("docker.io/acme/*",), repo="up/*"), ("up/base", None), id="one that is called alike"),
        pytest.param(
            NamedSource(match=("*/base",), repo="up/stream", changelog="a/NEWS"), ("up/stream", "a/NEWS"), id="with its changelog"
        ),
        pytest.param(NamedSource(match=("docker.io/other/*",), repo="up/stream"), ("acme/base", None), id="of something else"),
    ],
)
def test_the_configuration_says_where_the_notes_are(named, asked):
    source = Source()

    source.explainer(Registry({"1.0.0": facts(), "1.1.0": facts()}), named=[named]).explain(update())

    assert source.asked == [("releases", asked[0]), ("changelog", asked[0], None, asked[1])]


def test_of_several_packages_the_prefix_in_the_configuration_counts():
    source = Source(note("api-v1.1.0", "Ours."), note("v1.1.0", "Theirs."))
    named = NamedSource(match=("*",), repo="up/stream", tag_prefix="api-v")

    notes = source.explainer(Registry({"1.0.0": facts(), "1.1.0": facts()}), named=[named]).explain(update())

    assert [one.text for one in notes.releases] == ["Ours."]


def test_commits_of_a_floating_action_are_compared():
    source = Source(commits=CommitsBetween(count=2))
    action = update(
        name="actions/checkout", datasource=GITHUB_TAGS, role=Role.ACTION, old="v4", new="v4", old_digest="a" * 40, new_digest="b" * 40
    )

    notes = source.explainer(lambda _image, _platform: ImageFacts()).explain(replace(action, kind=UpdateKind.DIGEST))

    assert source.asked == [("commits", "actions/checkout", "a", "b")]
    assert notes.commits == CommitsBetween(count=2)
    assert notes.compare_url == f"https://github.com/actions/checkout/compare/{'a' * 40}...{'b' * 40}"
