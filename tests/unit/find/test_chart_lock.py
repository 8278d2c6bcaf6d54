"""When a lock can't be brought in step with its chart, the reason says what to run."""

import hashlib
from pathlib import Path, PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.find.chart_lock import lock_edits
from bot.find.edit import CannotEditError, apply
from bot.find.proof import Wanted, change_files
from bot.find.scan import scan
from bot.model.dependency import Release
from bot.model.pin import Pin
from bot.model.update import Update, UpdateKind

CHART = """apiVersion: v2
dependencies:
  - name: redis
    version: 1.0.0
    repository: https://charts.example.org
    tags: [a, b]
    enabled: true
    import-values: [data, {parent: x, child: y}]
    alias: <r&d>
"""
# What Helm hashes (resolver.HashReq): both lists as Go's encoder writes them, fields in the order of the type, maps by key.
HASHED = (
    '[[{"name":"redis","version":"1.0.0","repository":"https://charts.example.org","tags":["a","b"],"enabled":true,'
    '"import-values":["data",{"child":"y","parent":"x"}],"alias":"\\u003cr\\u0026d\\u003e"}],'
    '[{"name":"redis","version":"1.0.0","repository":"https://charts.example.org"}]]'
)
LOCK = """dependencies:
- name: redis
  repository: https://charts.example.org
  version: 1.0.0
digest: {digest}
generated: "2024-05-01T10:00:00Z"
"""


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


IN_STEP = LOCK.format(digest=digest(HASHED))
OUT_OF_STEP = LOCK.format(digest=digest("another"))


class Files:
    def __init__(self, **texts: str) -> None:
        self.texts = {PurePosixPath("chart") / name.replace("_", "."): text for name, text in texts.items()}

    def read(self, path: PurePosixPath) -> str | None:
        return self.texts.get(path)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(path for path in self.texts if path.parent == folder)


def edits(tree: Files, new: str) -> str:
    made = lock_edits(PurePosixPath("chart/Chart.yaml"), new, tree)
    return apply(tree.texts[PurePosixPath("chart/Chart.lock")], made) if made else ""


def test_version_and_digest_follow() -> None:
    tree = Files(Chart_yaml=CHART, Chart_lock=IN_STEP)

    assert edits(tree, CHART.replace("1.0.0", "1.1.0")) == LOCK.replace("1.0.0", "1.1.0").format(
        digest=digest(HASHED.replace("1.0.0", "1.1.0"))
    )


@pytest.mark.parametrize(
    ("tree", "new"),
    [
        pytest.param(Files(Chart_yaml=CHART), CHART.replace("1.0.0", "1.1.0"), id="no-lock"),
        pytest.param(Files(Chart_yaml=CHART, Chart_lock=IN_STEP), CHART.replace("v2", "v1"), id="no-dependency-changes"),
        pytest.param(Files(Chart_yaml=CHART, Chart_lock=OUT_OF_STEP), CHART.replace("1.0.0", "1.1.0"), id="out-of-step-before"),
        pytest.param(Files(Chart_yaml=CHART, Chart_lock="{"), CHART.replace("1.0.0", "1.1.0"), id="no-yaml"),
    ],
)
def test_nothing_follows(tree: Files, new: str) -> None:
    assert lock_edits(PurePosixPath("chart/Chart.yaml"), new, tree) == ()


@pytest.mark.parametrize(
    ("lock", "new_version", "reason"),
    [
        pytest.param(IN_STEP, "^1.1.0", "is not known here", id="range"),
        pytest.param(IN_STEP, "1.1.0\n  - name: more", "can't follow Chart.yaml", id="one-more"),
    ],
)
def test_what_only_helm_knows_is_refused(lock: str, new_version: str, reason: str) -> None:
    tree = Files(Chart_yaml=CHART, Chart_lock=lock)

    with pytest.raises(CannotEditError) as refused:
        edits(tree, CHART.replace("1.0.0", new_version))

    assert reason in str(refused.value)
    assert refused.value.remedy == "Run `helm dependency update chart`."


WITH_RANGE = """apiVersion: v2
dependencies:
  - {name: redis, version: 1.0.0, repository: https://charts.example.org}
  - {name: common, version: "RANGE", repository: https://charts.example.org}
"""
RANGE_LOCK = """dependencies:
- name: redis
  repository: https://charts.example.org
  version: 1.0.0
- name: common
  repository: https://charts.example.org
  version: 2.13.4
digest: DIGEST
"""


def with_range(written: str, *, redis: str = "1.0.0", locked_redis: str = "1.0.0", locked: str = "2.13.4") -> tuple[str, str]:
    """A chart of two dependencies and its lock, in step."""
    entry = '{{"name":"{}","version":"{}","repository":"https://charts.example.org"}}'.format
    hashed = f"[[{entry('redis', redis)},{entry('common', written)}],[{entry('redis', locked_redis)},{entry('common', locked)}]]"
    lock = RANGE_LOCK.replace("1.0.0", locked_redis).replace("2.13.4", locked).replace("DIGEST", digest(hashed))
    return WITH_RANGE.replace("1.0.0", redis).replace("RANGE", written), lock


@pytest.mark.parametrize("written", ["2.x.x", "^2.0.0", "~2.13", "2", "*", "2.13.x", "1.x || 2.x"])
def test_what_is_locked_for_the_ranges_of_others_stays(written: str) -> None:
    chart, lock = with_range(written)
    new_chart, new_lock = with_range(written, redis="1.1.0", locked_redis="1.1.0")

    assert edits(Files(Chart_yaml=chart, Chart_lock=lock), new_chart) == new_lock


def test_an_exact_version_in_place_of_a_range_is_locked() -> None:
    chart, lock = with_range("2.x.x")
    new_chart, new_lock = with_range("3.0.1", locked="3.0.1")

    assert edits(Files(Chart_yaml=chart, Chart_lock=lock), new_chart) == new_lock


def test_a_repository_that_writes_a_v_is_left_to_helm() -> None:
    chart, lock = with_range("2.x.x", locked="v2.13.4")

    with pytest.raises(CannotEditError, match="is not known here"):
        edits(Files(Chart_yaml=chart, Chart_lock=lock), with_range("3.0.1")[0])


@pytest.mark.parametrize(
    ("written", "new", "version"),
    [("2.x.x", "3.x.x", "3.0.1"), ("^2.0.0", "^2.0.0 || ^3.0.1", "3.0.1"), ("~2.13.0", "~2.13.0 || ~3.1.0", "3.1.0")],
)
def test_a_range_that_moves_is_locked_at_the_version_that_it_was_written_for(tmp_path: Path, written: str, new: str, version: str) -> None:
    chart, lock = with_range(written)
    (tmp_path / "Chart.yaml").write_text(chart)
    (tmp_path / "Chart.lock").write_text(lock)
    pin = next(found for found in scan(FolderTree(tmp_path)) if isinstance(found, Pin) and found.name == "common")
    update = Update(
        pin=pin,
        release=Release(dependency=pin.dependency, value=new),
        kind=UpdateKind.MAJOR,
        range_step=("2.13.4", version),
    )

    changed = change_files(FolderTree(tmp_path), [Wanted.by(update)])

    assert not changed.failures
    assert {str(change.path): change.new.decode() for change in changed.changes} == dict(
        zip(("Chart.yaml", "Chart.lock"), with_range(new, locked=version), strict=True)
    )


def test_a_range_that_is_written_by_hand_is_left_to_helm() -> None:
    chart, lock = with_range("2.x.x")

    with pytest.raises(CannotEditError, match="is not known here"):
        edits(Files(Chart_yaml=chart, Chart_lock=lock), with_range("3.x.x")[0])
