"""The weekly issue, as a lead reads it."""

import random
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from markdown_it import MarkdownIt

from bot.model.accepted import Accepted
from bot.model.base_state import BaseState
from bot.model.exposure import End, Exposure, KeptBack, Known, Moved, StageState, Step
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.hurdle import Hurdle, HurdleKind
from bot.model.readiness import Check, CheckState
from bot.model.severity import Severity
from bot.model.trend import Trend, TrendPoint
from bot.report import weekly_rows
from bot.report.weekly import MARKER, MAX_CHARACTERS, Sight, Style, weekly_issue
from bot.report.weekly_weeks import written_in
from tests.unit.report.sample import CHECKOUT, DAY, EXPOSURES, KEPT_BACK, MOVED, NOW, ORPHAN, PYTHON, SEARCH, exposure

unhurried = hypothesis_settings(deadline=None)
"""A busy machine is no fault."""


def html(markdown: str) -> str:
    return MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)


def parts(body: str) -> str:
    """The body without its marker and its foot."""
    return body.removeprefix(f"{MARKER}\n{written_in(NOW)}").partition("<sub>")[0].strip().replace("\N{NO-BREAK SPACE}", "~")


TREND = Trend(
    points=tuple(TrendPoint(at=NOW - weeks * 7 * DAY, open=10 - weeks, stale=6 - weeks, stale_apps=3) for weeks in (2, 1, 0)),
    week_ago=TrendPoint(at=NOW - 7 * DAY, open=9, stale=7, stale_apps=3),
    begins_at=NOW - 15 * DAY,
)


def rows_of(body: str) -> list[list[str]]:
    """The cells of each row of tables of fixes."""
    lines = [line.replace("\N{NO-BREAK SPACE}", "~") for line in body.splitlines()]
    return [cells for line in lines if line.startswith("| **") and len(cells := line.strip("| ").split(" | ")) == 4 and "<br>" in cells[0]]


def visible(markdown: str) -> str:
    """What is seen without a click, and without the addresses of links."""
    unfolded = re.sub(r"<details>.*?</details>", "", markdown, flags=re.DOTALL)
    return re.sub(r"\]\([^)]*\)", "]", unfolded)


def test_the_whole_issue() -> None:
    body = weekly_issue(EXPOSURES, MOVED, now=NOW, sight=Sight(apps=12), trend=TREND).body

    assert body.replace("\N{NO-BREAK SPACE}", "~") == snapshot("""\
<!-- rebuild-bot:weekly-issue:v1 -->
<!-- rebuild-bot:weekly-issue:written:2026-W48 -->
- **3 of 12 apps are exposed and stale** (5 fixes). 1 app due within 7 days, 1 more fix not due yet.
- **Worst:** **checkout** BAU, high~criticality (`@acme/payments`): distroless/java21-debian12 `nonroot` rebuilt: `aaaaaaa` → `bbbbbbb`, severity not known, **47 days past due**. [PR 12](https://github.com/acme/checkout/pull/12) waits for review, open 60~days; to unblock: review and merge it.
- **Trend:** 6 stale fixes (▼ 1 from 7), 3 stale apps (as before), 10 open fixes (▲ 1 from 9), against a week ago.

## Since last week

- **New:** 1 app, 1 fix: actions/checkout `v4.1.0` → `v4.2.2`.
- **Cleared:** 2 apps, 2 fixes: 1 merged (search); 1 taken another way (checkout).
- **Escalated** (past due since then): 2 apps, 2 fixes: legacy-gateway, nightly-jobs.

## Stale, and due soon: worst first, by owner

Whom to ask first: `@acme/payments` (2 apps), **1 app has no owner**.

### `@acme/payments`: 2 apps, 4 fixes

| App and fix | How bad | Stuck at | What would unblock it |
| --- | --- | --- | --- |
| **checkout** BAU, high~criticality<br>distroless/java21-debian12 `nonroot` rebuilt: `aaaaaaa` → `bbbbbbb` | severity~not~known<br>**47~days**~late | [PR 12](https://github.com/acme/checkout/pull/12) waits for review, open 60~days | review and merge it |
| **checkout** BAU, high~criticality<br>maven `3.9.5` → `3.9.11` | severity~not~known<br>**31~days**~late | [PR 14](https://github.com/acme/checkout/pull/14) has a conflict, open 45~days | the next run makes it anew |
| **nightly-jobs** BAU, also `@dana`<br>python `3.12-slim-bookworm` rebuilt: `1a2b3c4` → `99aabbc` | severity~not~known<br>**10~days**~late | [PR 7](https://github.com/acme/jobs/pull/7) closed without a merge | take it another way, or accept the risk with a day until which that holds |
| **nightly-jobs** BAU, also `@dana`<br>redis `18.0.1` → `18.19.4` | severity~not~known<br>**1~day**~late | [PR 9](https://github.com/acme/jobs/pull/9) edited by hand, open 31~days | merge it, or delete the branch so that the bot makes it anew |

### Without an owner: 1 app, 1 fix

Nobody is named for these apps, so nobody is asked. Say who it is in the fleet file, a custom property of the repo, or CODEOWNERS.

| App and fix | How bad | Stuck at | What would unblock it |
| --- | --- | --- | --- |
| **legacy-gateway** BAU<br>nginx `1.25.3` → `1.27.4` | severity~not~known<br>**3~days**~late | held: freeze until 2027-01-04: year's end | let the hold end, or lift it |

### `@acme/search`: 1 app, 1 fix

| App and fix | How bad | Stuck at | What would unblock it |
| --- | --- | --- | --- |
| **search** development<br>python `3.12-slim-bookworm` rebuilt: `1a2b3c4` → `99aabbc` | severity~not~known<br>due~in~4~days | [PR 31](https://github.com/acme/search/pull/31) waits for review, open 26~days | review and merge it |

## Exposure over the weeks

```mermaid
xychart-beta
    title "Fixes not taken: open (bars), stale (line)"
    x-axis ["9 Nov", "16 Nov", "now"]
    y-axis "fixes" 0 --> 10
    bar [8, 9, 10]
    line [4, 5, 6]
```

Open and stale fixes at the end of each week: 9~Nov: 8, 4; 16~Nov: 9, 5; now: 10, 6.

<details><summary>Cleared since last week: 2 fixes</summary>

| App | Fix | When | Why it is over |
| --- | --- | --- | --- |
| **search** | python `3.11-slim` → `3.12-slim` | 21~Nov, after 9~days | merged, [PR 29](https://github.com/acme/search/pull/29) |
| **checkout** | node `20.1` | 19~Nov | taken another way |

</details>

<sub>A fix is counted from the day on which the bot first saw it, and is due after the days that the app's criticality and the severity of the worst hole that it closes allow. This issue is edited in place; it closes itself when nothing is stale, due soon, opted out or past its end.</sub>
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
    assert "**No app is stale**. 1 fix not due yet." in text.body
    assert "- **Cleared:** 2 apps, 2 fixes: 1 merged (search); 1 taken another way (checkout).\n" in text.body


def test_only_due_soon_keeps_it_open() -> None:
    text = weekly_issue([exposure(SEARCH, PYTHON, "3.12.1", "3.12.4", days=26)], now=NOW)

    assert text.is_open
    assert "**No app is stale**. 1 app due within 7 days.\n" in text.body


def test_an_empty_fleet_is_quiet() -> None:
    text = weekly_issue([], now=NOW)

    assert not text.is_open
    assert "**No app is stale**.\n" in text.body
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
        pytest.param(
            Sight(unread=[Failure(where=PYTHON, what="no answer")]),
            "**No app is known to be stale**, but 1 dependency could not be read.",
            id="no all-clear",
        ),
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
- **No app is stale**. 2 apps opted out.

<details><summary>Opted out by their owners: 2 apps, 2 updates; no due day</summary>

| App | Ask | Behind | Why | Until |
| --- | --- | --- | --- | --- |
| **nightly-jobs** BAU | `@acme/payments` `@dana` | python `3.9` → `3.12` | leave it alone: \\<b\\>legacy |  |
| **search** development | `@acme/search` | python `3.12-slim-bookworm` rebuilt: `1a2b3c4` → `99aabbc` | not now | 1~Dec |

</details>\
""")


def test_what_rules_refuse_is_named_once_for_all_apps_and_closes_it_all_the_same() -> None:
    text = weekly_issue([], kept_back=KEPT_BACK[2:], now=NOW)

    assert not text.is_open
    assert parts(text.body) == snapshot("""\
- **No app is stale**.

<details><summary>Not allowed by rules: 1 update</summary>

| Release | Rule | Apps |
| --- | --- | --- |
| python `4.0.0` | kinds: major is not among what may be proposed | app-0, app-1, app-2, app-3, app-4 and 2 more |

</details>\
""")


def test_what_moved_earlier_is_not_told_again() -> None:
    old = replace(MOVED[0], at=NOW - 8 * DAY)

    assert "Cleared" not in weekly_issue([], [old], now=NOW).body


def test_owners_are_mentioned_only_when_it_is_wanted() -> None:
    quiet = weekly_issue(EXPOSURES, now=NOW).body
    loud = weekly_issue(EXPOSURES, now=NOW, style=Style(mention_owners=True)).body

    assert not re.search(r"(?<![`\w])@\w", quiet)
    assert "### @acme/payments: 2 apps, 4 fixes" in loud
    assert "Whom to ask first: @acme/payments (2 apps), **1 app has no owner**." in loud


def test_what_is_known_of_a_fix_is_told() -> None:
    severe = replace(
        EXPOSURES[1], severity=Severity.CRITICAL, closes="closes 3 holes (1 critical, 2 high)", is_exploited=True, unblock="merge #12"
    )

    body = weekly_issue([severe], now=NOW).body

    assert "| **critical**, **exploited**, 3 holes<br>**47 days** late |" in body.replace("\N{NO-BREAK SPACE}", " ")
    assert "| merge \\#\N{ZERO WIDTH NON-JOINER}12 |" in body
    assert "to unblock: merge" in body


PRODUCTION = StageState(stage="production", image="shop:1.4.1", has_fix=Known.NO, why="it was built before", is_running=True)
NOT_TOLD = StageState(stage="qa", image="", has_fix=Known.UNKNOWN, why="the inventory is 40 days old")
THERE = StageState(stage="dev", image="shop:1.4.2", has_fix=Known.YES, why="")


@pytest.mark.parametrize(
    ("changes", "stuck", "unblock"),
    [
        pytest.param(
            {"waiting_for": Step.REBUILT}, "merged 20~Nov, no image built with it yet", "build and publish the app", id="not built"
        ),
        pytest.param(
            {"waiting_for": Step.REBUILT, "built": StageState(stage="", image="", has_fix=Known.NO, why="its layer came out of a cache")},
            "merged 20~Nov, no image built with it yet, its layer came out of a cache",
            "build and publish the app",
            id="built without it",
        ),
        pytest.param(
            {"waiting_for": Step.DEPLOYED, "stages": (THERE, NOT_TOLD, PRODUCTION), "unblock": "promote shop:1.4.2 from dev"},
            "built with it 21~Nov, qa: not known (the inventory is 40 days old); not in production, which runs `shop:1.4.1`",
            "promote shop:1.4.2 from dev",
            id="stages",
        ),
        pytest.param(
            {"waiting_for": Step.DEPLOYED}, "built with it 21~Nov, deployed nowhere that is known", "deploy the new image", id="nowhere"
        ),
    ],
)
def test_where_a_fix_is_stuck_behind_its_merge(changes, stuck, unblock) -> None:
    steps = {Step.DETECTED: NOW - 60 * DAY, Step.MERGED: NOW - 3 * DAY, Step.REBUILT: NOW - 2 * DAY}

    (line,) = rows_of(weekly_issue([replace(EXPOSURES[1], steps=steps, **changes)], now=NOW).body)

    assert re.sub(r"\[PR 12\]\([^)]*\) ", "", line[2]) == stuck
    assert line[3] == unblock


def test_what_the_pipeline_says_of_the_way_behind_a_merge_is_told() -> None:
    said = "merged on 2026-11-20, not rebuilt: its layer came out of a cache"
    one = replace(EXPOSURES[1], waiting_for=Step.REBUILT, blocked_by=said, pull_request_number=None)

    (line,) = rows_of(weekly_issue([one], now=NOW).body)

    assert line[2] == f"[PR 12](https://github.com/acme/checkout/pull/12) {said}"


def test_what_nobody_can_tell_of_has_no_due_day_and_is_no_all_clear() -> None:
    one = replace(EXPOSURES[1], due=None, waiting_for=Step.DEPLOYED, blocked_by="qa: not known, the inventory is 40 days old")

    text = weekly_issue([one], now=NOW)

    assert text.is_open
    assert "**No app is known to be stale**, but of 1 fix it is not known whether it is where it should be." in text.body
    (line,) = rows_of(text.body.partition("## What could not be known")[2])
    assert line[1:] == [
        "severity~not~known<br>no~due~day",
        "[PR 12](https://github.com/acme/checkout/pull/12) qa: not known, the inventory is 40 days old",
        "make it known: why it is not stands beside",
    ]


def accepted(until: date, **what: str) -> Accepted:
    return Accepted(reason="replaced in May", by="@acme/payments", until=until, **what)


def test_what_is_accepted_is_not_stale_and_is_listed_with_its_reason_and_its_end() -> None:
    entry, idle = accepted(date(2026, 12, 20), app="checkout"), accepted(date(2026, 11, 10), dependency="redis")
    exposures = [replace(one, accepted=entry) if one.app == CHECKOUT else one for one in EXPOSURES]

    body = parts(weekly_issue(exposures, accepted=[entry, idle], now=NOW).body)

    assert "**2 apps are exposed and stale** (3 fixes)." in body
    assert "2 fixes accepted or put off" in body
    assert "**checkout**" not in body
    assert "<summary>Accepted risks and put-off fixes: 2 entries</summary>" in body
    why = "replaced in May | @\N{ZERO WIDTH NON-JOINER}acme/payments"
    assert f"| redis | {why} | **ran out on 10~Nov**: take it out, or renew it | nothing any more |" in body
    assert f"| app checkout | {why} | 20~Dec, 27 days left | 2 fixes of checkout |" in body


def test_what_was_accepted_comes_back_and_that_is_news() -> None:
    over = replace(EXPOSURES[1], accepted=accepted(date(2026, 11, 20), app="checkout"))

    text = weekly_issue([over], now=NOW)

    assert "- **Back** (accepted or put off until then): 1 app, 1 fix: checkout.\n" in text.body
    assert "**1 app is exposed and stale**" in text.body
    assert "Back" not in weekly_issue([over], now=NOW + 8 * DAY).body


def test_only_what_is_accepted_closes_it() -> None:
    entry = accepted(date(2026, 12, 20), app="checkout")

    text = weekly_issue([replace(EXPOSURES[1], accepted=entry)], accepted=[entry], now=NOW)

    assert not text.is_open
    assert "**No app is stale**. 1 fix accepted or put off." in text.body


def test_the_worst_comes_first_and_nothing_rated_before_what_is_mild() -> None:
    def rated(name: str, severity: Severity, days: int, *, is_exploited: bool = False):
        one = exposure(replace(ORPHAN, name=name), PYTHON, "1", "2", days=days)
        return replace(one, severity=severity, is_exploited=is_exploited)

    found = [
        rated("old-and-mild", Severity.LOW, 400),
        rated("due-soon", Severity.CRITICAL, 29),
        rated("fresh-and-high", Severity.HIGH, 31),
        rated("exploited", Severity.MEDIUM, 31, is_exploited=True),
        rated("unrated", Severity.UNKNOWN, 31),
        rated("critical", Severity.CRITICAL, 31),
    ]

    named = [line[0] for line in rows_of(weekly_issue(found, now=NOW).body)]

    ranked = ("exploited", "critical", "fresh-and-high", "unrated", "old-and-mild", "due-soon")
    assert [cell.partition("<br>")[0] for cell in named] == [f"**{name}** BAU" for name in ranked]


def test_an_app_of_several_owners_stands_once_and_names_the_others() -> None:
    one = replace(EXPOSURES[3], app=replace(EXPOSURES[3].app, owners=("@acme/a", "@b", "@c", "@d", "@e")))

    body = weekly_issue([one], now=NOW).body

    assert body.count("### ") == 1
    assert "| **nightly-jobs** BAU, also `@b` `@c` and 2 more<br>" in body


def test_apps_without_an_owner_are_a_finding() -> None:
    body = weekly_issue([EXPOSURES[4]], now=NOW).body

    assert "### Without an owner: 1 app, 1 fix\n" in body
    assert "Nobody is named for these apps" in body


def many(count: int, *, owners: int, fixes: int = 3, text: str = "") -> list[Exposure]:
    """Of apps with some fixes each, all stale."""
    return [
        exposure(
            replace(ORPHAN, name=f"app-{app:04}{text}", repo=f"acme/app-{app:04}", owners=(f"@acme/team-{app % owners:03}{text}",)),
            f"oci: docker.io/library/base-{fix}{text}",
            "1.0",
            "1.1",
            days=60 + app % 50,
            number=app * fixes + fix + 1,
        )
        for app in range(count)
        for fix in range(fixes)
    ]


def test_500_apps_are_read_in_a_minute_and_nothing_is_silently_cut() -> None:
    fleet = many(500, owners=40)

    text = weekly_issue(fleet, MOVED, now=NOW, sight=Sight(apps=900), style=Style(max_comments=8), trend=TREND)

    pages = [text.body, *(comment.body for comment in text.comments)]
    before_the_rest = text.body.partition("## All others, by owner")[0]
    assert max(map(len, pages)) <= MAX_CHARACTERS
    assert len(rows_of(before_the_rest.partition("<details>")[0])) == 50
    assert len(visible(before_the_rest)) < 16_000
    assert sum(page.count("| **app-") for page in pages) == len(fleet)
    assert f"*It goes on in {len(text.comments)} comments below.*" in text.body
    assert all(comment.body.startswith(comment.marker) for comment in text.comments)
    assert len({comment.marker for comment in text.comments}) == len(text.comments)


def test_what_no_page_has_room_for_is_counted() -> None:
    fleet = many(3_000, owners=100, text="x" * 50)

    text = weekly_issue(fleet, MOVED, now=NOW, style=Style(max_comments=2, top_rows=5_000, dashboard_url="https://acme.example/stale"))

    shown = sum(page.count("| **app-") for page in (text.body, *(comment.body for comment in text.comments)))
    (hidden,) = re.findall(r"\*(\d+) more rows of \d+ owners not shown; all are in \[the dashboard\]", text.body)
    assert shown + int(hidden) == len(fleet)
    assert max(len(text.body), *(len(comment.body) for comment in text.comments)) <= MAX_CHARACTERS


@pytest.mark.parametrize("text", ["x" * 4_000, "_" * 4_000, "&<" * 2_000])
def test_no_text_of_others_makes_it_too_long_for_github(text: str) -> None:
    def long(number: int) -> str:
        return f"{number}{text}"

    fleet = [
        replace(one, blocked_by=text, unblock=text, closes=text, app=replace(one.app, name=long(place), owners=(long(place),) * 9))
        for place, one in enumerate(many(60, owners=60, fixes=1))
    ]
    moved = [Moved(app=one.app, dependency=text, old=text, new=text, at=NOW, end=end) for one in fleet[:20] for end in End]
    kept = [KeptBack(app=one.app, dependency=text, old=text, new=text, is_opt_out=True, reason=text) for one in fleet]
    failures = [Failure(where=long(place), what=text, last_good=NOW) for place in range(90)]
    apps_of = {one.where: [long(place) for place in range(9)] for one in failures}
    states = [BaseState(dependency=long(place), value=text, apps=(text,) * 9, problem=long(place)) for place in range(90)]
    sight = Sight(unseen_repos=failures, unread=failures, apps_of=apps_of)

    issue = weekly_issue(fleet, moved, kept, states, now=NOW, sight=sight, trend=TREND, style=Style(max_comments=1))

    assert max(len(issue.body), *(len(comment.body) for comment in issue.comments)) <= MAX_CHARACTERS
    assert "**60 apps are exposed and stale**" in issue.body
    assert "What could not be known" in issue.body


def test_a_chart_needs_two_weeks_and_is_text_too() -> None:
    alone = replace(TREND, points=TREND.points[-1:], week_ago=None)

    body = weekly_issue(EXPOSURES, now=NOW, trend=TREND).body

    assert "xychart-beta" not in weekly_issue(EXPOSURES, now=NOW, trend=alone).body
    assert "not known of a week ago, the record begins on 8~Nov" in parts(weekly_issue(EXPOSURES, now=NOW, trend=alone).body)
    assert 'x-axis ["9 Nov", "16 Nov", "now"]' in body
    assert "    bar [8, 9, 10]\n    line [4, 5, 6]\n" in body
    assert "9~Nov: 8, 4; 16~Nov: 9, 5; now: 10, 6." in parts(body)


def test_a_new_base_is_one_piece_of_news_for_all_apps() -> None:
    fleet = [replace(one, steps={Step.DETECTED: NOW - DAY}) for one in many(30, owners=3, fixes=1)]

    body = weekly_issue(fleet, now=NOW).body

    assert "- **New:** 30 apps, 30 fixes: base-0 `1.0` → `1.1` (30 apps).\n" in body


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


def hostile_check(text: str) -> Check:
    return Check(name=text, state=CheckState.RED, said=text, url=f"javascript:{text}", is_required=True)


def test_a_red_check_is_told_by_name_with_its_link_and_at_most_three_of_them() -> None:
    red = [Check(name=name, state=CheckState.RED, url=f"https://ci.example.org/{name}") for name in ("unit", "lint", "e2e", "docs")]
    checks = Hurdle(kind=HurdleKind.CHECKS_RED, todo="see why its checks fail", checks=(replace(red[0], is_required=True), *red[1:]))
    asked = Hurdle(kind=HurdleKind.NOT_APPROVED, todo="have @acme/payments review it", who=("@acme/payments",))
    one = replace(EXPOSURES[1], hurdles=(checks, asked), unblock="see why its checks fail; have @acme/payments review it")

    *_, cell, todo = weekly_rows.row(one, NOW)

    assert cell.replace("\N{NO-BREAK SPACE}", " ") == (
        "[PR 12](https://github.com/acme/checkout/pull/12) its checks fail: [unit](https://ci.example.org/unit) (required), "
        "[lint](https://ci.example.org/lint), [e2e](https://ci.example.org/e2e) and 1 more; "
        "waits for the approval that a rule wants: `@acme/payments`, open 60 days"
    )
    assert todo.replace("\N{ZERO WIDTH NON-JOINER}", "") == "see why its checks fail; have @acme/payments review it"


def test_a_product_owner_stands_beside_the_app_and_is_not_notified() -> None:
    one = replace(EXPOSURES[1], app=replace(CHECKOUT, product_owner="@mia <mia@acme.example>"))

    assert "product\N{NO-BREAK SPACE}owner `@mia <mia@acme.example>`" in weekly_rows.row(one, NOW)[0]
    assert "product" not in weekly_rows.row(EXPOSURES[1], NOW)[0]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_text_of_others_stays_text(text: str) -> None:
    app = App(name=text, repo="acme/shop", owners=(f"{text}.", f"{text}.."), product_owner=text)
    stage = StageState(stage=text, image=text, has_fix=Known.NO, why=text)
    one = exposure(app, f"oci: {text}", text, f"2{text}", days=60, number=3, blocked_by=text)
    hurdle = Hurdle(kind=HurdleKind.CHECKS_RED, todo=text, who=(text,), checks=(hostile_check(text),) * 9, unlisted=1)
    one = replace(one, closes=text, unblock=text, hurdles=(hurdle, replace(hurdle, kind=HurdleKind.UNKNOWN_OWNER, checks=())))
    behind = replace(one, waiting_for=Step.DEPLOYED, stages=(stage, replace(stage, has_fix=Known.UNKNOWN)))
    taken = Moved(app=app, dependency=text, old=text, new=text, at=NOW, end=End.VENDOR, said=text)
    kept = [KeptBack(app=app, dependency=text, old=text, new=text, is_opt_out=is_opt_out, reason=text) for is_opt_out in (True, False)]
    blind = [Failure(where=text, what=text)]
    sight = Sight(unseen_repos=blind, empty_repos=[text], unread=blind, apps_of={text: [text]})

    written = weekly_issue([one, behind], [taken], kept, now=NOW, sight=sight, style=Style(mention_owners=True, top_rows=1, max_comments=1))
    body = written.body.replace(MARKER, "").replace(written_in(NOW), "")

    assert MARKER not in body
    folds = re.compile(r"</?details>|</?sub>|<summary>(?:<code>[^<>]*</code>)?[^<>]*</summary>")
    rendered = html(folds.sub(" ", body.replace("<br>", " ")))
    assert rendered.count("<tr>") == 2 + 2 * 4
    assert len(re.findall(r"<td", rendered)) == 4 + 5 + 3 + 4 + 4
    assert rendered.count("<h2>") == 4
    assert not re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td|p|h2|h3|ul|li|strong|em|code|a)\b)[a-z!]", rendered)
    assert set(re.findall(r'href="([^"]+)"', rendered)) == {"https://github.com/acme/shop/pull/3"}
    outside_code = re.sub(r"<code>.*?</code>", "", rendered)
    assert not re.search(r"@[A-Za-z]|#\d|GH-\d|www\.|https?://", re.sub(r'href="[^"]+"', "", outside_code))


@unhurried
@given(text=st.text(max_size=60))
def test_no_text_breaks_the_table(text: str) -> None:
    app = replace(CHECKOUT, name=text or "x", owners=(text,))
    one = exposure(app, text, text, text, days=60, number=3, blocked_by=text)

    rendered = html(weekly_issue([one], now=NOW).body.replace("<br>", " "))

    assert rendered.count("<tr>") == 2
    assert rendered.count("<td") == 4
