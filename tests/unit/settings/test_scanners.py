"""Scanners' servers in the configuration."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.assess.servers.servers import server
from bot.model.scanner import ScannerKind
from bot.settings.fault import SettingsError
from tests.unit.settings.reading import load

CONFIG = Path(__file__).parents[3] / "config"


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    (entry,) = load(tmp_path, "scanners: [{kind: clair, url: 'https://clair.example.com/'}]\n", {}).scanners

    assert (entry.url, entry.serves, entry.submit, entry.timeout, entry.wait) == (
        "https://clair.example.com",
        None,
        None,
        timedelta(minutes=1),
        timedelta(minutes=2),
    )


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        pytest.param("{kind: harbour, url: 'https://x.example'}", "did you mean 'harbor'?", id="a kind that nobody knows"),
        pytest.param("{kind: harbor}", "the key 'url' is missing", id="no address"),
        pytest.param("{kind: harbor, url: x.example}", "write it with https:// in front", id="an address without a scheme"),
        pytest.param("{kind: harbor, url: 'https://x.example', username_from: U}", "name both variables, or neither", id="half a login"),
        pytest.param("{kind: quay, url: 'https://x.example', token_from: s3cret-value}", "never the secret itself", id="a secret"),
        pytest.param("{kind: sonatype, url: 'https://x.example'}", "name its public id", id="no application"),
        pytest.param(
            "{kind: harbor, url: 'https://x.example', token_from: T}", "it takes username_from and password_from", id="not its login"
        ),
        pytest.param("{kind: trivy, url: 'https://x.example', application: x}", "does not use application; take it out", id="in vain"),
        pytest.param("{kind: trivy, url: 'https://x.example', stage: Build!}", "must be written like 'build'", id="an odd stage"),
        pytest.param("{kind: trivy, url: 'https://x.example', user: x}", "did you mean 'username_from'?", id="the beginning of a key"),
        pytest.param("{kind: trivy, url: 'https://x.example/?a=b'}", "end it before the ? or #", id="an address with a query"),
        pytest.param("{kind: trivy, url: 'https://'}", "names no host", id="an address without a host"),
        pytest.param("{kind: quay, url: 'https://x.example', serves: []}", "must not be empty", id="serves nothing"),
        pytest.param(
            "{kind: quay, name: A, url: 'https://x.example'}, {kind: clair, name: A, url: 'https://y.example'}",
            "the scanner 'A' stands here a second time",
            id="two of one name",
        ),
    ],
)
def test_a_fault_is_told_with_the_remedy(tmp_path: Path, entry: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, f"scanners: [{entry}]\n", {})

    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_variable_that_is_not_set_is_an_empty_credential(tmp_path: Path) -> None:
    loaded = load(tmp_path, "scanners: [{kind: quay, url: 'https://quay.example.com', token_from: QUAY_TOKEN}]\n", {})

    assert not loaded.secrets.scanners[0].token


@pytest.mark.parametrize("kind", list(ScannerKind))
def test_every_kind_has_its_server(kind: ScannerKind) -> None:
    assert server(kind).title


def _default() -> tuple[str, str]:
    """What stands about scanners in the commented default: the words before the key, and the examples below it."""
    text = (CONFIG / "default.yaml").read_text(encoding="utf-8")
    before, _, after = text.partition("\nscanners: []\n")
    return before.rpartition("\n\n")[2], after.partition("\n\n")[0]


@pytest.mark.parametrize("kind", list(ScannerKind))
def test_the_default_says_what_every_kind_wants(kind: ScannerKind) -> None:
    words, _ = _default()

    assert f"\n#   {kind.value} " in words


def test_the_examples_of_the_default_are_valid(tmp_path: Path) -> None:
    _, examples = _default()

    found = load(tmp_path, "scanners:\n" + "".join(f"{line.removeprefix('#')}\n" for line in examples.splitlines()), {}).scanners

    assert {ScannerKind.HARBOR, ScannerKind.SONATYPE} <= {entry.kind for entry in found}
