"""The weekly issue, as a lead reads it."""

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from markdown_it import MarkdownIt

from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.severity import Severity
from bot.report.weekly import MARKER, MAX_CHARACTERS, Sight, Style, weekly_issue
from tests.unit.report.sample import CHECKOUT, DAY, EXPOSURES, KEPT_BACK, MOVED, NOW, ORPHAN, PYTHON, SEARCH, exposure

unhurried = hypothesis_settings(deadline=None)
"""A busy machine is no fault."""


def html(markdown: str) -> str:
    return MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)


def parts(body: str) -> str:
    """The body without its marker and its foot."""
    return body.removeprefix(MARKER).partition("<sub>")[0].strip().replace("\N{NO-BREAK SPACE}", "~")


def test_the_whole_issue() -> None:
    body = weekly_issue(EXPOSURES, MOVED, now=NOW).body

    assert body.replace("\N{NO-BREAK SPACE}", "~") == snapshot("""\
<!-- rebuild-bot:weekly-issue:v1 -->
**3 apps are stale**: not updated in the time that criticality and severity allow. 1 app is due within 7 days. 1 more update is on the way, not due yet. 2 updates went in since last week.

**Whom to ask first:** `@acme/payments` (2 apps), `@dana` (1 app), 1 app has no owner

## Stale now: 3 apps, 5 updates

| App | Ask | Behind | Since | Stuck at | Due |
| --- | --- | --- | --- | --- | --- |
| **checkout**<br>BAU, high~criticality | `@acme/payments` | distroless/java21-debian12 `nonroot` rebuilt: `aaaaaaa` → `bbbbbbb` | 61~days<br>23~Sep | [PR 12](https://github.com/acme/checkout/pull/12) waits for review, open 60~days | **47~days late** |
|  |  | maven `3.9.5` → `3.9.11` | 45~days<br>9~Oct | [PR 14](https://github.com/acme/checkout/pull/14) has a conflict, open 45~days | **31~days late** |
| **nightly-jobs**<br>BAU | `@acme/payments` `@dana` | python `3.12-slim-bookworm` rebuilt: `1a2b3c4` → `99aabbc` | 40~days<br>14~Oct | [PR 7](https://github.com/acme/jobs/pull/7) closed without a merge | **10~days late** |
|  |  | redis `18.0.1` → `18.19.4` | 31~days<br>23~Oct | [PR 9](https://github.com/acme/jobs/pull/9) edited by hand, open 31~days | **1~day late** |
| **legacy-gateway**<br>BAU | nobody | nginx `1.25.3` → `1.27.4` | 33~days<br>21~Oct | held: freeze until 2027-01-04: year's end | **3~days late** |

## Due soon: 1 app, 1 update

| App | Ask | Behind | Since | Stuck at | Due |
| --- | --- | --- | --- | --- | --- |
| **search**<br>development | `@acme/search` | python `3.12-slim-bookworm` rebuilt: `1a2b3c4` → `99aabbc` | 26~days<br>28~Oct | [PR 31](https://github.com/acme/search/pull/31) waits for review, open 26~days | in 4~days |

## Moved since last week: 2 updates

| App | Took | When | By |
| --- | --- | --- | --- |
| **search** | python `3.11-slim` → `3.12-slim` | 21~Nov<br>after 9~days | [PR 29](https://github.com/acme/search/pull/29) |
| **checkout** | node `20.1` | 19~Nov | another way |

<sub>Since: the day on which the bot first saw a replacement. Due: since, and the days that the app's criticality and the severity of the worst hole that is closed allow. This issue is edited in place; it closes itself when nothing is stale, due soon, opted out or past its end.</sub>
""")  # noqa: E501 - as it is sent


def test_it_is_the_same_for_the_same_input_in_any_order() -> None:
    shuffled = list(EXPOSURES)
    random.Random(7).shuffle(shuffled)

    assert weekly_issue(shuffled, MOVED, now=NOW) == weekly_issue(EXPOSURES, MOVED, now=NOW)


def test_title_and_marker() -> None:
    text = weekly_issue(EXPOSURES, now=NOW, style=Style(title="Stale"))

    assert (text.title, text.marker, text.is_open) == ("Stale", MARKER, True)
    assert text.body.startswith(MARKER)


def test_nothing_stale_closes_it() -> None:
    waiting = [exposure(SEARCH, PYTHON, "3.12.1", "3.12.4", days=2)]

    text = weekly_issue(waiting, MOVED, now=NOW)

    assert not text.is_open
    assert "No app is stale. 1 update is on the way, not due yet. 2 updates went in since last week." in text.body
    assert "Moved since last week" in text.body


def test_only_due_soon_keeps_it_open() -> None:
    text = weekly_issue([exposure(SEARCH, PYTHON, "3.12.1", "3.12.4", days=26)], now=NOW)

    assert text.is_open
    assert "No app is stale. 1 app is due within 7 days.\n" in text.body


def test_an_empty_fleet_is_quiet() -> None:
    text = weekly_issue([], now=NOW)

    assert not text.is_open
    assert "No app is stale.\n" in text.body
    assert "##" not in text.body


def test_repos_without_a_commit_are_named_and_need_nobody() -> None:
    text = weekly_issue([], now=NOW, sight=Sight(empty_repos=[f"acme/{number:02}" for number in range(22, 0, -1)]))

    assert not text.is_open
    assert "22 repos without a commit yet: `acme/01`, `acme/02`," in text.body
    assert "`acme/20` and 2 others.\n" in text.body


def test_repos_that_could_not_be_looked_at_keep_it_open() -> None:
    repos = [Failure(where="acme/b", what="gone"), Failure(where="acme/a", what="gone", last_good=NOW - 3 * DAY)]
    text = weekly_issue([], now=NOW, sight=Sight(unseen_repos=repos))

    assert text.is_open
    assert "nothing is said of them: `acme/a` (last looked at 20~Nov), `acme/b`. The run says why." in parts(text.body)


@pytest.mark.parametrize(
    ("sight", "says"),
    [
        pytest.param(
            Sight(unread=[Failure(where=PYTHON, what="no answer", last_good=NOW - DAY), Failure(where=PYTHON, what="it shrank")]),
            "**What is new of 1 dependency could not be read**, so it is told as it was known before: `oci: docker.io/library/python`.",
            id="each once",
        ),
        pytest.param(Sight(unread=[Failure(where=PYTHON, what="no answer")]), "No app is known to be stale.", id="no all-clear"),
        pytest.param(
            Sight(unread=[Failure(where=PYTHON, what="no", last_good=NOW - DAY)], apps_of={PYTHON: ["shop", "jobs", "shop"]}),
            "`oci: docker.io/library/python` (of jobs, shop, last read 22~Nov)",
            id="with its apps",
        ),
        pytest.param(
            Sight(unread=[Failure(where=f"oci: x/{number}", what="no", last_good=NOW - 300 * DAY) for number in range(25)]),
            "`oci: x/0` (last read 27~Jan), ",
            id="with its day",
        ),
        pytest.param(
            Sight(unread=[Failure(where=f"oci: x/{number}", what="no") for number in range(25)]), " and 5 others. The run", id="not all"
        ),
        pytest.param(
            Sight(is_late=True, last_run=NOW - 12 * DAY),
            "**The last run over the whole fleet was 12~days ago, on 11~Nov**: what came out since then was proposed to nobody.",
            id="late",
        ),
        pytest.param(Sight(is_late=True), "**No run over the whole fleet is on record**", id="never"),
    ],
)
def test_what_could_not_be_seen_is_said_and_keeps_it_open(sight, says) -> None:
    text = weekly_issue([], now=NOW, sight=sight)

    assert text.is_open
    assert says in parts(text.body)


def test_who_opted_out_is_named_and_keeps_it_open() -> None:
    text = weekly_issue([], kept_back=KEPT_BACK[:2], now=NOW)

    assert text.is_open
    assert parts(text.body) == snapshot("""\
No app is stale.

**2 apps opted out** of an update; no due day holds for that.

## Opted out by their owners: 2 apps, 2 updates

| App | Ask | Behind | Why | Until |
| --- | --- | --- | --- | --- |
| **nightly-jobs**<br>BAU | `@acme/payments` `@dana` | python `3.9` → `3.12` | leave it alone: \\<b\\>legacy |  |
| **search**<br>development | `@acme/search` | python `3.12-slim-bookworm` rebuilt: `1a2b3c4` → `99aabbc` | not now | 1~Dec |\
""")


def test_what_rules_refuse_is_named_once_for_all_apps_and_closes_it_all_the_same() -> None:
    text = weekly_issue([], kept_back=KEPT_BACK[2:], now=NOW)

    assert not text.is_open
    assert parts(text.body) == snapshot("""\
No app is stale.

## Not allowed by rules: 1 update

| Release | Rule | Apps |
| --- | --- | --- |
| python `4.0.0` | kinds: major is not among what may be proposed | app-0, app-1, app-2, app-3, app-4 and 2 more |\
""")


def test_what_moved_earlier_is_not_told_again() -> None:
    old = replace(MOVED[0], at=NOW - 8 * DAY)

    assert "Moved" not in weekly_issue([], [old], now=NOW).body


def test_owners_are_mentioned_only_when_it_is_wanted() -> None:
    quiet = weekly_issue(EXPOSURES, now=NOW).body
    loud = weekly_issue(EXPOSURES, now=NOW, style=Style(mention_owners=True)).body

    assert not re.search(r"(?<![`\w])@\w", quiet)
    assert "| @acme/payments @dana |" in loud


def test_a_known_severity_is_told() -> None:
    severe = replace(EXPOSURES[1], severity=Severity.CRITICAL)

    assert "<br>critical severity |" in weekly_issue([severe], now=NOW).body


def test_a_long_table_says_what_it_leaves_out() -> None:
    many = [exposure(replace(ORPHAN, name=f"app-{n:03}", repo=f"acme/app-{n:03}"), PYTHON, "1", "2", days=60) for n in range(120)]

    body = weekly_issue(many, now=NOW, style=Style(top_rows=100, rest_url="https://github.com/acme/ops/actions/runs/1")).body

    assert body.count("**app-") == 100
    assert (
        "*20 more rows not shown; all are in the JSON export of [the run that wrote this](https://github.com/acme/ops/actions/runs/1).*"
        in body
    )


def test_a_huge_fleet_stays_below_the_limit_and_keeps_the_worst() -> None:
    apps = [
        replace(ORPHAN, name=f"app-{n:04}" + "x" * 60, repo=f"acme/app-{n:04}", owners=("@acme/" + "y" * 40,) * 3) for n in range(3_000)
    ]
    many = [exposure(app, PYTHON, "1" * 100, "2" * 100, days=100 + n, number=n + 1) for n, app in enumerate(apps)]

    text = weekly_issue(many, MOVED, now=NOW, style=Style(top_rows=5_000, mention_owners=True))

    assert len(text.body) <= MAX_CHARACTERS
    assert "app-2999" in text.body
    assert "more rows not shown" in text.body
    assert "## Moved since last week" in text.body


HOSTILE = {
    "table cell": "a|b|c",
    "mention": "@octocat",
    "mention behind a bracket": "(@acme/admins)",
    "issue of another repo": "acme/shop#1",
    "image": "![x](https://evil.example/x.png)",
    "link": "[click](https://evil.example)",
    "plain link": "https://evil.example/x",
    "link without a scheme": "www.evil.example",
    "issue by its old form": "GH-1",
    "HTML": "<img src=x onerror=alert(1)>",
    "comment": "<!-- " + MARKER,
    "new line": "a\n\n# Heading\n| x |",
    "backticks": "``` `@octocat` ```",
    "bidirectional": "\u202egnp.exe",
    "backslash": "\\<img src=x>\\",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_text_of_others_stays_text(text: str) -> None:
    app = App(name=text, repo="acme/shop", owners=(f"{text}.",))
    one = exposure(app, f"oci: {text}", text, f"2{text}", days=60, number=3, blocked_by=text)
    body = weekly_issue([one], now=NOW, style=Style(mention_owners=True)).body.replace(MARKER, "")

    assert MARKER not in body
    rendered = html(body.replace("<br>", " ").replace("<sub>", "").replace("</sub>", ""))
    assert rendered.count("<tr>") == 2
    assert len(re.findall(r"<td", rendered)) == 6
    assert rendered.count("<h2>") == 1
    assert not re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td|p|h2|strong|em|code|a)\b)[a-z!]", rendered)
    assert re.findall(r'href="([^"]+)"', rendered) == ["https://github.com/acme/shop/pull/3"]
    outside_code = re.sub(r"<code>.*?</code>", "", rendered)
    assert not re.search(r"@[A-Za-z]|#\d|GH-\d|www\.|https?://", re.sub(r'href="[^"]+"', "", outside_code))


@unhurried
@given(text=st.text(max_size=60))
def test_no_text_breaks_the_table(text: str) -> None:
    app = replace(CHECKOUT, name=text or "x", owners=(text,))
    one = exposure(app, text, text, text, days=60, number=3, blocked_by=text)

    rendered = html(weekly_issue([one], now=NOW).body.replace("<br>", " "))

    assert rendered.count("<tr>") == 2
    assert rendered.count("<td") == 6
