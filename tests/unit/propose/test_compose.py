# ruff: noqa: E501, RUF001 - a rendered body is shown as it is
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from proposal_samples import APP, NOTES, REPO, change, digest, pin, update

from bot.model.assessment import Dismissed, VexStatement, VexStatus
from bot.model.chart import Change, ChartEntry, ChartMove, ChartStep, ChartVersion, ValueChange
from bot.model.comparison import Difference, ImageStep
from bot.model.contents import NotRead, OperatingSystem
from bot.model.dependency import Release
from bot.model.fleet import Phase
from bot.model.notes import CUT, CommitsBetween, ImageFacts, Notes, ReleaseNote
from bot.model.pull_request import Proposal
from bot.model.rules import Grouping, Rule
from bot.model.update import Candidate, Decision, Hold, Propose, Undecidable, UpdateKind, UpToDate
from bot.propose.compose import MAX_BODY_CHARACTERS, compose
from bot.propose.marker import read, text_hash, visible
from bot.propose.orders import orders_of
from bot.propose.takers import Takers
from tests import hostile as hostile_text
from tests.image_steps import OPENSSL, hole, image, step

REDIS = pin(name="docker.io/library/redis", value="7.2.4", file="deploy/redis.yaml", line=7)
HELD = Decision(
    pin=REDIS,
    verdict=Hold(
        update=update(REDIS, value="7.4.0", kind=UpdateKind.MINOR),
        policy="cooldown",
        reason="seen for 2 of 7 days",
        until=datetime(2026, 5, 9, tzinfo=UTC),
    ),
)


def proposal(*updates, notes=NOTES, held=(), app=APP, rule=None, changes=None, labels=()):
    return compose(
        today=date(2026, 5, 9),
        takers=Takers.of(app),
        repo=REPO,
        updates=updates,
        explain=lambda _update: notes,
        changes=changes or [change()],
        rule=rule or Rule(),
        held=held,
        labels=labels,
    ).tell()


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (UpdateKind.PATCH, "3.12.5-slim", "A newer version is out on the line that is in use."),
        (UpdateKind.MINOR, "3.13.0-slim", "A newer version is out."),
        (UpdateKind.CYCLE, "3.13.0-slim", "This is a step to another cycle of its releases, no patch of the one in use: read its notes"),
        (UpdateKind.MAJOR, "4.0.0-slim", "This is a major version: read its notes before you merge."),
    ],
)
def test_why_now_says_what_kind_of_step_it_is(kind, value, words):
    assert f"**Why now.** {words}" in visible(proposal(update(value=value, kind=kind)).body)


def test_a_whole_pull_request():
    worker = update(pin(file="deploy/worker.Dockerfile", line=4))

    made = proposal(update(), worker, held=[HELD], rule=Rule(labels=("base-image",), reviewers=("@acme/web",)), labels=("rebuild-bot",))

    assert made.title == "Update python to 3.12.5-slim"
    assert made.branch == "rebuild-bot/shop/python"
    assert (made.labels, made.reviewers) == (("rebuild-bot", "base-image"), ("@acme/web",))
    assert (made.base, made.base_head) == ("main", REPO.head)
    assert visible(made.body) == snapshot("""\
**Runs as `app` from now on, not as `root`.**

**Risk: high**: runs as `app` from now on, not as `root`. More is not known, because what is inside the two images was not compared. The image in use was 69 days old when this was written.

| What | Where | From → to | Kind |
|---|---|---|---|
| `python` | [`Dockerfile:1`](https://github.com/acme/shop/blob/0123456789abcdef0123456789abcdef01234567/Dockerfile#L1)<br>final-stage base | `3.12.4-slim` → `3.12.5-slim` | patch |
| `python` | [`deploy/worker.Dockerfile:4`](https://github.com/acme/shop/blob/0123456789abcdef0123456789abcdef01234567/deploy/worker.Dockerfile#L4)<br>final-stage base | `3.12.4-slim` → `3.12.5-slim` | patch |

**Why now.** A newer version is out on the line that is in use. The app is in BAU, so nothing else brings it.

#### `python` `3.12.4-slim` → `3.12.5-slim`

- ⚠️ **user: `root` → `app`**
- Published 2026-05-02, seen here since 2026-05-03
- Built 2026-05-02; the one in use 2026-03-01
- Size 45.1 MB → 44.9 MB (−200.0 kB), compressed
- Layers 4 → 4, 2 of them unchanged
- [Source](https://github.com/python/cpython) · [all changes between the two](https://github.com/python/cpython/compare/v3.12.4...v3.12.5)
- Could not read the releases of acme/base: GitHub said 502

<details><summary>Configuration (1)</summary>

- environment `PYTHON_VERSION`: `3.12.4` → `3.12.5`

</details>

<details><summary>Release notes (1)</summary>

**[`v3.12.5`](https://github.com/python/cpython/releases/tag/v3.12.5) · 2026-05-01**

> Fixes a crash.
>
> - one
> - two

</details>

#### Not in this pull request

- `redis` `7.4.0`: seen for 2 of 7 days, until 2026-05-08

---

<sub>**Not wanted?** Close this pull request; it stays closed until another line of versions is out, or a worse hole is to be closed (where holes are not known: until the next release). `/rebuild-bot snooze 14d` in a comment has it asked again later, `/rebuild-bot help` tells what else there is. To leave a line alone for good, write `rebuild-bot: ignore` in a comment on it or above it. A newer release updates this pull request in place; once somebody else commits to its branch, the bot leaves it alone.</sub>\
""")


def test_a_rebuild_of_a_base_in_an_app_in_development():
    old = pin(value="3.12-slim", old_digest=digest("a"))
    rebuilt = update(old, value="3.12-slim", new_digest=digest("b"), kind=UpdateKind.DIGEST)

    made = proposal(rebuilt, notes=Notes(), app=replace(APP, phase=Phase.DEVELOPMENT))

    assert visible(made.body) == snapshot("""\
**Risk: not known**, because what is inside the two images, and how they run, was not compared.

| What | Where | From → to | Kind |
|---|---|---|---|
| `python` | [`Dockerfile:1`](https://github.com/acme/shop/blob/0123456789abcdef0123456789abcdef01234567/Dockerfile#L1)<br>final-stage base | `3.12-slim@aaaaaaaaaaaa` → `3.12-slim@bbbbbbbbbbbb` | digest |

**Why now.** The tag was built again: fixes in it reach this app only with the new digest.

#### `python` `3.12-slim@aaaaaaaaaaaa` → `3.12-slim@bbbbbbbbbbbb`

- Published 2026-05-02, seen here since 2026-05-03

---

<sub>**Not wanted?** Close this pull request; it stays closed until another line of versions is out, or a worse hole is to be closed (where holes are not known: until the next release). `/rebuild-bot snooze 14d` in a comment has it asked again later, `/rebuild-bot help` tells what else there is. To leave a line alone for good, write `rebuild-bot: ignore` in a comment on it or above it. A newer release updates this pull request in place; once somebody else commits to its branch, the bot leaves it alone.</sub>\
""")


def hostile_step(text: str) -> ImageStep:
    package = replace(OPENSSL, name=text, version=text)
    word = VexStatement(names=frozenset({text}), products=(), status=VexStatus.FIXED, where=text)
    ended = OperatingSystem(id=text or "a", version=f"1{text}", name=text, end_of_life=date(2020, 1, 1))
    found = step(
        closed=[hole(text, package=package, fixed_in=text)],
        brought=[hole(f"{text}2", package=package)],
        not_checked=[text],
        old=replace(image(package), operating_system=ended),
        new=replace(image(layers=(text,), end_of_life=date(2030, 1, 1)), not_read=(NotRead(what=text, reason=text),)),
    )
    return replace(found, holes=replace(found.holes, dismissed=(Dismissed(hole=hole(text, package=package), statement=word),)))


def hostile_chart(text: str) -> ChartStep:
    return ChartStep(
        app_version=(text, f"{text}2"),
        kube_version=(text, f"{text}2"),
        is_deprecated=True,
        dependencies=(ChartMove(name=text, old=text, new=f"{text}2"),),
        images=tuple(ChartMove(name=text, old=text, new="") for _ in range(9)),
        values=tuple(ValueChange(key=text, change=change, old=text, new=text, count=count) for change in Change for count in (1, 2)),
        versions=(
            ChartVersion(version=text, entries=(ChartEntry(description=text, kind=text, links=((text, f"https://e.example/{text}"),)),)),
        ),
        not_compared=(text,),
    )


def hostile(text: str) -> Proposal:
    """A proposal in which every foreign value is this text; release notes come neutralised, so theirs is only unclosed."""
    # A path that is no UTF-8 is never read.
    old = pin(file=f"a/{text.encode(errors='replace').decode()}/Dockerfile", value="1")
    step_to = update(old, value=text or "2", deprecation=text or None)
    rebuilt = update(pin(value=text or "3", old_digest=digest("a")), value=text or "3", new_digest=digest("b"), kind=UpdateKind.DIGEST)
    facts = ImageFacts(labels={"org.opencontainers.image.version": text}, environment=(f"PYTHON_VERSION={text}",))
    aspects = ("user", "entrypoint", "command", "ports", "volumes", "environment", "platforms", "label", text)
    notes = Notes(
        old=replace(facts, environment=("PYTHON_VERSION=1",)),
        new=facts,
        source_url=f"https://e.example/{text}",
        compare_url=text,
        releases=(ReleaseNote(name=text, text="a\n```\nunclosed", url=f"https://e.example/{text}"),),
        differences=tuple(
            Difference(aspect=aspect, name=text, old=text, new=new, needs_attention=True) for aspect in aspects for new in ("", f"{text}2")
        ),
        old_name=text,
        new_name=text,
        changelog=text,
        chart=hostile_chart(text),
        same_revision=text,
        commits=CommitsBetween(count=3, subjects=(text, text)),
        problems=(text,),
        unseen=(text,),
        step=hostile_step(text),
    )
    remark = Candidate(value=text, verdict="moved", reason=text)
    held = Decision(pin=REDIS, verdict=Undecidable(pin=REDIS, reason=text), candidates=(remark,))
    return proposal(step_to, rebuilt, notes=notes, held=[held])


def hostile_body(text: str) -> str:
    return visible(hostile(text).body)


def faults_of(body: str) -> list[str]:
    """What the body would do besides showing text, links and our own few tags."""
    return [*hostile_text.faults_of(body), *([] if "Not wanted?" in body.rpartition("\n")[2] else ["the end is swallowed"])]


@pytest.mark.parametrize("text", hostile_text.TEXTS)
def test_nothing_foreign_gets_out_of_its_place(text):
    assert faults_of(hostile_body(text)) == []


def test_no_text_of_others_is_an_order_to_the_bot():
    body = hostile(hostile_text.MARKS).body

    assert orders_of(body) == ()
    assert body.count("<!--") == 1
    assert orders_of(hostile_text.MARKS) != ()


WORDS = r"@a #1 GH-1 &commat;a &num;1 &#64;a < > <b> </details> <!-- --> ! ![ [ ]( ] ( ) & &lt; ` `` ``` | || \ * ** _ ~~ $ https://e.example javascript: www.e.example - + 1."


@given(st.lists(st.sampled_from([*WORDS.split(), " ", "\n", "\n\n", "\t", "\x00", "\u202e"]), max_size=15).map("".join))
def test_no_mixture_of_markup_gets_out_of_its_place(text):
    assert faults_of(hostile_body(text)) == []


@given(st.lists(st.sampled_from([*WORDS.split(), "fixes", " ", "\n", "\x00", "\u202e"]), max_size=15).map("".join))
def test_no_mixture_of_markup_acts_in_a_title_or_a_commit(text):
    made = hostile(text)

    assert made.title.isprintable() or "\u200b" in made.title
    # Of a file's path, which is the repo's own, nothing is changed.
    values = [made.title, *(line.partition("Dockerfile:")[2] for line in made.commit_message.split("\n"))]
    assert not any(re.search(r"(?<!\w)@[A-Za-z]|#[0-9]|\bGH-[0-9]|[\x00\u202e\n]", value) for value in values)


def test_a_rule_of_a_group_names_branch_and_title():
    redis = update(REDIS, value="7.4.0", kind=UpdateKind.MINOR)

    made = proposal(update(), redis, notes=Notes(), rule=Rule(group=Grouping(name="base images")))

    assert made.title == "Update base images: python 3.12.5-slim and redis 7.4.0"
    assert made.branch == "rebuild-bot/shop/group-base-images-7c68bb"


def many(count):
    return [update(pin(name=f"docker.io/acme/image-{number}", value="1.0.0"), value="1.1.0") for number in range(count)]


@pytest.mark.parametrize(
    ("updates", "note_characters", "kept"),
    [
        pytest.param(many(1), 6_000, ["Release notes (20)", "image-0", "Not in this pull request"], id="many notes"),
        pytest.param(many(40), 6_000, ["Release notes (20)", "image-39", "Not in this pull request"], id="many images with many notes"),
        pytest.param(many(150), 6_000, ["image-99", "and 50 more"], id="very many images"),
        pytest.param(many(400), 6_000, ["image-9", "and 390 more"], id="a whole fleet"),
    ],
)
def test_a_body_keeps_below_the_limit_and_the_notes_give_way_first(updates, note_characters, kept):
    releases = tuple(ReleaseNote(name=f"v{number}", text="word " * (note_characters // 5)) for number in range(20))

    made = proposal(*updates, notes=replace(NOTES, releases=releases), held=[HELD])

    assert len(made.body) <= MAX_BODY_CHARACTERS
    marker = read(made.body)
    assert marker is not None
    assert len(marker.targets) == len(updates)
    assert marker.text == text_hash(made.body)
    assert [text for text in kept if text in made.body] == kept


def test_release_notes_of_one_image_are_shown_once():
    slim, alpine = update(), update(pin(value="3.12.3-alpine", line=9), value="3.12.5-alpine")
    older = ReleaseNote(name="v3.12.4", text="Adds a thing.")
    of_alpine = replace(NOTES, releases=(*NOTES.releases, older))

    made = compose(
        takers=Takers.of(APP),
        repo=REPO,
        updates=[slim, slim, alpine, replace(slim, pin=pin(value="3.12.4", line=12))],
        explain=lambda one: of_alpine if one is alpine else NOTES,
        changes=[change()],
        rule=Rule(),
        held=[],
        today=date(2026, 5, 9),
    ).tell()

    assert made.body.count("Fixes a crash.") == 1
    assert made.body.count("Adds a thing.") == 1
    assert made.body.count("Release notes (1)") == 2
    assert made.body.count("- Release notes that stand above as well: 1\n") == 1
    assert made.body.count("- Its release notes stand above\n") == 1


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        pytest.param(Notes(older_releases=7), "- Older releases between the two that are not shown here: 7\n", id="more than are shown"),
        pytest.param(
            Notes(may_lack_releases=True),
            "- Of its releases the newest 300 were read: there may be more between the two\n",
            id="more than are read",
        ),
        pytest.param(Notes(releases=(ReleaseNote(name="v2", text="word " * 2_000),)), f"> {CUT}\n", id="a text of one long line"),
    ],
)
def test_what_is_left_out_of_release_notes_is_told(notes, line):
    assert line in proposal(update(), notes=notes).body


def test_where_no_text_of_release_notes_has_room_it_is_told():
    body = proposal(*many(80), notes=replace(NOTES, differences=NOTES.differences * 30)).body

    assert len(body) <= MAX_BODY_CHARACTERS
    assert "There is no room here for" in body


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        (Notes(old_name="7.2.3", new_name="7.2.4"), "- The new digest is that of `7.2.4`; the one in use is that of `7.2.3`\n"),
        (Notes(new_name="7.2.4"), "- The new digest is that of `7.2.4`\n"),
        (Notes(old_name="7.2.4", new_name="7.2.4"), "- The new digest is that of `7.2.4`\n"),
    ],
    ids=["both", "the new one", "a rebuild of the same"],
)
def test_what_a_digest_is_called_is_told(notes, line):
    assert line in proposal(update(), notes=notes).body


@pytest.mark.parametrize(
    ("decision", "line"),
    [
        pytest.param(HELD, "- `redis` `7.4.0`: seen for 2 of 7 days, until 2026-05-08", id="held"),
        pytest.param(
            Decision(pin=REDIS, verdict=Undecidable(pin=REDIS, reason="tags of two kinds")),
            "- `redis` in `deploy/redis.yaml:7`: tags of two kinds",
            id="undecidable",
        ),
        pytest.param(
            Decision(
                pin=REDIS,
                verdict=Propose(update=update(REDIS, value="7.2.5")),
                candidates=(
                    Candidate(value="8.0.1", verdict="allow", reason="major updates are not allowed"),
                    Candidate(value="8.0.0", verdict="allow", reason="major updates are not allowed"),
                    Candidate(value="7.4.1-rc1", verdict="stray", reason="of another numbering"),
                    Candidate(value="7.4.0", verdict="held", reason="first seen 2 days ago"),
                    Candidate(value="7.2.5", verdict="chosen", reason=""),
                    Candidate(value="7.2.4-x", verdict="held", reason="older than the chosen one"),
                ),
            ),
            "- `redis` `8.0.1` (and 1 more): major updates are not allowed\n- `redis` `7.4.0`: first seen 2 days ago",
            id="passed over",
        ),
    ],
)
def test_what_is_kept_back_is_told(decision, line):
    body = visible(proposal(update(), held=[decision, decision]).body)

    assert body.partition("#### Not in this pull request\n\n")[2].partition("\n\n---")[0] == line


@pytest.mark.parametrize("verdict", [UpToDate(pin=REDIS), HELD.verdict], ids=["up to date", "held"])
def test_what_is_wrong_with_what_is_in_use_is_told(verdict):
    remark = Candidate(value="7.2.3", verdict="mismatch", reason="0123 belongs to 7.2.3, not to 7.2.4 beside it")
    decision = Decision(pin=REDIS, verdict=verdict, candidates=(remark,))
    body = visible(proposal(update(), held=[decision, decision]).body)

    noticed, _, rest = body.partition("#### Noticed in what is in use\n\n")[2].partition("\n\n")
    assert noticed == f"- `redis` in `deploy/redis.yaml:7`: {remark.reason}"
    assert remark.reason not in rest


def test_a_publishers_warning_stands_once():
    remark = Candidate(value="3.12.4-slim", verdict="deprecated", reason="its publisher warns: use another image")
    other = Candidate(value="3.12.4-slim", verdict="deprecated", reason="its publisher warns: something else")
    decision = Decision(pin=pin(), verdict=UpToDate(pin=pin()), candidates=(remark, other))

    body = visible(proposal(update(deprecation="use another image"), held=[decision]).body)

    assert body.count("use another image") == 1
    assert "something else" in body


@pytest.mark.parametrize(
    ("problems", "is_partial"),
    [pytest.param((), False, id="all sources answered"), pytest.param(("GitHub said 502",), True, id="one failed")],
)
def test_a_text_knows_whether_a_source_is_missing_from_it(problems, is_partial):
    assert read(proposal(update(), notes=replace(NOTES, problems=problems)).body).is_partial is is_partial


def test_the_same_input_gives_the_same_body():
    assert proposal(update(), held=[HELD]) == proposal(update(), held=[HELD])


def test_dates_that_reproducible_builds_make_up_are_not_told():
    old, new = ImageFacts(created_at=datetime(1970, 1, 1, tzinfo=UTC)), ImageFacts(created_at=datetime(2026, 5, 2, tzinfo=UTC))
    undated = replace(update(), release=Release(dependency=update().release.dependency, value="3.12.5-slim"))

    assert "Built" not in proposal(undated, notes=Notes(old=old, new=new)).body


def test_of_several_updates_what_can_break_is_open_and_what_is_calm_is_folded():
    redis = update(REDIS, value="7.2.5")
    past = replace(NOTES, step=step(new=image(end_of_life=date(2026, 1, 1))))

    body = visible(proposal(update(), redis, notes=past).body)

    about = [part.partition("</details>")[0] for part in body.split("<details><summary>About it</summary>")[1:]]
    assert len(about) == 2
    assert all("- Size 45.1 MB" in part and "⚠️" not in part for part in about)
    assert body.count("- **⚠️ Debian GNU/Linux 12 (bookworm) is past its end") == 2
    assert body.count("- Could not read the releases of acme/base: GitHub said 502") == 2
    assert not any("Could not read" in part for part in about)
