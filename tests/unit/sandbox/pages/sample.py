"""A source of the pages with one of everything."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.sandbox.pages.views import CommentView, FileView, LabelView, PullView, ReleaseView, RepoView, State, ThreadView

OPENED = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)
MERGED = datetime(2026, 1, 8, 14, 5, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7 * 7 }}"

BODY = """<!-- rebuild-bot: {"app": "orders-api"} -->
This moves **python** from `3.12.12-slim-bookworm` to `3.12.13-slim-bookworm`.

| Where | From | To |
| --- | --- | --- |
| `Dockerfile`, line 1 | 3.12.12-slim-bookworm | 3.12.13-slim-bookworm |
| `Dockerfile`, line 6 | 3.12.12-slim-bookworm | 3.12.13-slim-bookworm |

### What changes

- 1 of 4 layers differs, 41 kB more: [Dockerfile](http://sandbox.example/acme/orders-api/blob/main/docker/Dockerfile#L2),
  [release](http://sandbox.example/acme/portal/releases/tag/v1/2), [elsewhere](http://sandbox.example/acme/none), [far](https://example.org/)
- `libssl3` 3.0.17-1~deb12u2 -> 3.0.18-1~deb12u1

<details><summary>Release notes</summary>

> A rebuild with OpenSSL 3.0.18.

```
USER nobody
```

</details>

---
Close this pull request to decline the update.
"""

HUNKS = """@@ -1,7 +1,7 @@
-FROM python:3.12.12-slim-bookworm AS wheels
+FROM python:3.12.13-slim-bookworm AS wheels
 WORKDIR /wheels
 COPY requirements.txt .
 RUN pip wheel --no-cache-dir --requirement requirements.txt
 USER nobody
-FROM python:3.12.12-slim-bookworm
+FROM python:3.12.13-slim-bookworm
 ENV PYTHONUNBUFFERED=1
\\ No newline at end of file"""

PULL = PullView(
    thread=ThreadView(
        number=7,
        title="Update python to 3.12.13-slim-bookworm",
        body=BODY,
        state=State.OPEN,
        author="rebuild-bot[bot]",
        created_at=OPENED,
        labels=(LabelView(name="rebuild-bot", color="0e8a16"), LabelView(name="patch", color="fbca04")),
        comments=(CommentView(author="mara-lindholm", at=MERGED, body="Looks **good**, after the release on Friday."),),
    ),
    head="rebuild-bot/python",
    base="main",
    reviewers=("acme/orders",),
    files=(
        FileView(path="Dockerfile", additions=2, deletions=2, hunks=HUNKS),
        FileView(path="logo.png", additions=0, deletions=0, hunks=None),
    ),
)
MERGED_PULL = replace(PULL, thread=replace(PULL.thread, number=5, state=State.MERGED, closed_at=MERGED, closed_by="mara-lindholm"))
DECLINED_PULL = replace(PULL, thread=replace(PULL.thread, number=4, state=State.CLOSED, closed_at=MERGED, closed_by="henrik-solberg"))
RELEASE = ReleaseView(tag="v1/2", name="Version 1", body="Fixes **all**.", published_at=OPENED)
ISSUE = replace(PULL.thread, number=8, title="Apps that have not taken an update", assignees=("mara-lindholm",), comments=())


REPO = RepoView(
    full_name="acme/orders-api", description="Reads and writes orders", topics=("bau",), pushed_at=OPENED, open_pulls=1, open_issues=1
)


@dataclass(frozen=True)
class Sample:
    """`acme/orders-api` with pull requests and an issue, and a repo without any."""

    found: RepoView = REPO
    found_pulls: tuple[PullView, ...] = (PULL, MERGED_PULL, DECLINED_PULL)
    found_issues: tuple[ThreadView, ...] = (ISSUE,)

    def releases(self, full_name):
        return [RELEASE] if full_name == "acme/portal" else []

    def file(self, full_name, ref, path):
        return "FROM python\n<b>\n" if (full_name, ref, path) == (self.found.full_name, "main", "docker/Dockerfile") else None

    def repos(self):
        return [self.found, RepoView(full_name="acme/portal", is_archived=True)]

    def repo(self, full_name):
        return next((repo for repo in self.repos() if repo.full_name == full_name), None)

    def pulls(self, full_name):
        return [pull.thread for pull in self.found_pulls] if full_name == self.found.full_name else []

    def pull(self, full_name, number):
        wanted = (pull for pull in self.found_pulls if pull.thread.number == number and full_name == self.found.full_name)
        return next(wanted, None)

    def issues(self, full_name):
        return list(self.found_issues) if full_name == self.found.full_name else []

    def issue(self, full_name, number):
        return next((issue for issue in self.issues(full_name) if issue.number == number), None)
