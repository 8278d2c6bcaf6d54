"""What holds for every finder, whatever the text."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.clients.text import decode
from bot.find.finder import Finder
from bot.find.plugins import with_optional
from bot.find.proof import Wanted, change_files
from bot.find.scan import find_in_file
from bot.model.pin import Pin, Skip
from tests.record_case import CASES, OPTIONAL, case_tree

FINDERS = with_optional(*OPTIONAL.values())
SETTINGS = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


class OneFile:
    """A tree with one file, and the given ones beside it."""

    def __init__(self, path: PurePosixPath, text: str, others: dict[PurePosixPath, str] | None = None) -> None:
        self.texts = (others or {}) | {path: text}

    def read(self, path: PurePosixPath) -> str | None:
        return self.texts.get(path)

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        text = self.texts.get(path)
        return None if text is None else text.encode("utf-8", "surrogatepass")

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(sorted(path for path in self.texts if path.parent == folder))


def _samples() -> Iterator[tuple[PurePosixPath, str, dict[PurePosixPath, str]]]:
    """The files of the case folders, each with its neighbours."""
    for answers in sorted(CASES.glob("*/*/expected.json")):
        tree = case_tree(answers.parent)
        texts = {path: text for path in tree.paths() if (text := tree.read(path)) is not None}
        for path, text in texts.items():
            yield path, text, texts


SAMPLES = list(_samples())


def known_to(finder: Finder) -> list[tuple[PurePosixPath, str, dict[PurePosixPath, str]]]:
    return [sample for sample in SAMPLES if finder.matches(sample[0])]


FINDERS_WITH_SAMPLES = [finder for finder in FINDERS if known_to(finder)]


def broken(text: str, data: st.DataObject) -> str:
    """The text with a few pieces cut out, doubled, moved or replaced by something nasty."""
    nasty = st.sampled_from(
        [
            "${",
            "}",
            "\\",
            "\\\n",
            "\n",
            "\r\n",
            "\t",
            "'",
            '"',
            "{{ x }}",
            "<<EOF",
            "#",
            ": ",
            "- ",
            "&a ",
            "*a",
            "@",
            "|\n",
            "\0",
            "é",
            "\ufeff",
        ]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + data.draw(st.one_of(nasty, st.just(text[start:end] * 2), st.just(""), st.text(max_size=8))) + text[end:]
    return text


def check_findings(finder: Finder, path: PurePosixPath, text: str, others: dict[PurePosixPath, str]) -> None:
    """Spans are exact, lines are right, a skip has a reason, and the same text gives the same findings."""
    tree = OneFile(path, text, others)
    findings = list(finder.find(path, text, tree))
    for finding in findings:
        assert finding.file == path or (isinstance(finding, Pin) and finding.sites)
        if isinstance(finding, Skip):
            assert finding.reason
            assert 1 <= finding.line <= text.count("\n") + 1
            continue
        assert finding.sites
        for site in finding.sites:
            where = tree.read(site.file or finding.file)
            assert where is not None
            assert site.span.of(where) == site.text
            assert site.line == where.count("\n", 0, site.span.start) + 1
    assert list(finder.find(path, text, tree)) == findings


def check_own_values(path: PurePosixPath, text: str, others: dict[PurePosixPath, str]) -> None:
    """Writing every pin's own value changes no byte."""
    tree = OneFile(path, text, others)
    pins = [finding for finding in find_in_file(path, text, tree, finders=FINDERS) if isinstance(finding, Pin)]

    changed = change_files(tree, [Wanted(pin=pin, value=pin.value, digest=pin.digest) for pin in pins], finders=FINDERS)

    assert changed.changes == ()
    assert changed.failures == ()


@pytest.mark.parametrize("finder", FINDERS_WITH_SAMPLES, ids=lambda finder: finder.name)
@given(data=st.data())
@SETTINGS
def test_broken_files_are_read_or_skipped(finder: Finder, data: st.DataObject) -> None:
    path, text, others = data.draw(st.sampled_from(known_to(finder)))

    text = broken(text, data)

    check_findings(finder, path, text, others)
    check_own_values(path, text, others)


@pytest.mark.parametrize("finder", FINDERS_WITH_SAMPLES, ids=lambda finder: finder.name)
@given(text=st.text(max_size=300))
@example(text="\ufeff")
@example(text="\0" * 50)
@example(text="image: " * 50 + "[" * 200)
@example(text="{" * 2000)
@SETTINGS
def test_any_text_is_read_or_skipped(finder: Finder, text: str) -> None:
    path = known_to(finder)[0][0]

    check_findings(finder, path, text, {})


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{index} {path}" for index, (path, *_) in enumerate(SAMPLES)])
def test_changing_one_pin_changes_exactly_it(sample: tuple[PurePosixPath, str, dict[PurePosixPath, str]]) -> None:
    path, text, others = sample
    tree = OneFile(path, text, others)
    for pin in (finding for finding in find_in_file(path, text, tree, finders=FINDERS) if isinstance(finding, Pin)):
        value, digest = _next(pin)

        changed = change_files(tree, [Wanted(pin=pin, value=value, digest=digest)], finders=FINDERS)

        # The proof is what shows it: other pins, skips and bytes are as before. A refusal says why and changes nothing.
        assert bool(changed.changes) != bool(changed.failures), (pin, changed)
        for change in changed.changes:
            assert decode(change.new)[0].count("\n") == decode(change.old)[0].count("\n")


def _next(pin: Pin) -> tuple[str | None, str | None]:
    """A value and a digest of the same shapes as the pin's own."""
    value = None if pin.value is None else "".join("8" if one == "7" else "7" if one.isdigit() else one for one in pin.value)
    digest = None if pin.digest is None else str(pin.digest)[:-1] + ("0" if str(pin.digest)[-1] != "0" else "1")
    if value == pin.value and digest is None:
        return f"{pin.value}-next" if pin.value else "7.7", None
    return value, digest
