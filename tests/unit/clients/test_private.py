"""Files for their owner alone."""

from contextlib import suppress

import pytest

from bot.clients.http import HttpClient
from bot.clients.private import private_file, private_folder
from bot.ledger.ledger import Ledger
from bot.model.failure import ToldError
from bot.settings import load


def mode(path):
    return oct(path.stat().st_mode & 0o777)


def test_what_is_made_is_for_the_owner_alone(tmp_path):
    private_folder(tmp_path / "new/below")
    private_file(tmp_path / "new/below/file")

    assert {mode(tmp_path / folder) for folder in ("new", "new/below")} == {"0o700"}
    assert mode(tmp_path / "new/below/file") == "0o600"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "0o600", id="nothing yet"),
        pytest.param(b"SQLite format 3\0rest", "0o600", id="a database of an earlier version"),
        pytest.param(b"root:x:0:0::/root:/bin/sh\n", "0o644", id="somebody else's file, named by mistake"),
    ],
)
def test_of_what_was_there_the_bots_own_alone_is_taken_from_others(tmp_path, content, expected):
    folder, file = tmp_path / "old", tmp_path / "old" / "file"
    folder.mkdir(mode=0o755)
    file.write_bytes(content)
    file.chmod(0o644)

    private_folder(folder)
    private_folder(file)
    private_file(file)

    assert (mode(folder), mode(file), file.read_bytes()) == ("0o755", expected, content)


@pytest.mark.parametrize("setting", ["cache_folder: {0}", "ledger: {{url: 'sqlite:///{0}'}}"])
def test_a_setting_that_names_a_file_of_others_leaves_it_as_it_is(tmp_path, setting):
    other = tmp_path / "passwd"
    other.write_text("root:x:0:0::/root:/bin/sh\n")
    other.chmod(0o644)
    (tmp_path / "rebuild-bot.yaml").write_text(setting.format(other))
    loaded = load(tmp_path / "rebuild-bot.yaml", {"HOME": str(tmp_path)})

    with suppress(ToldError, OSError):
        HttpClient(cache=loaded.cache_path / "http.sqlite3").close()
    with suppress(ToldError):
        Ledger.open(loaded.ledger_url).close()

    assert (mode(other), other.read_text()) == ("0o644", "root:x:0:0::/root:/bin/sh\n")


def test_the_ledger_and_the_cache_are(tmp_path):
    Ledger.open(f"sqlite:///{tmp_path}/state/ledger.sqlite3").close()
    HttpClient(cache=tmp_path / "cache" / "http.sqlite3").close()

    files = [file for folder in ("state", "cache") for file in (tmp_path / folder).glob("*.sqlite3*")]
    assert {mode(file.parent) for file in files} == {"0o700"}
    assert {mode(file) for file in files} == {"0o600"}


def test_a_folder_of_others_that_holds_the_ledger_stays_as_it_is(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o755)

    Ledger.open(f"sqlite:///{tmp_path}/shared/ledger.sqlite3").close()

    assert mode(tmp_path / "shared") == "0o755"
    assert mode(tmp_path / "shared" / "ledger.sqlite3") == "0o600"
