"""Files for their owner alone."""

from bot.clients.http import HttpClient
from bot.clients.private import private_file, private_folder
from bot.ledger.ledger import Ledger


def mode(path):
    return oct(path.stat().st_mode & 0o777)


def test_what_is_made_and_what_was_there_is_for_the_owner_alone(tmp_path):
    (tmp_path / "old").mkdir(mode=0o755)
    (tmp_path / "old" / "file").write_text("kept")

    for folder in ("old", "new/below"):
        private_folder(tmp_path / folder)
        private_file(tmp_path / folder / "file")

    assert {mode(tmp_path / folder) for folder in ("old", "new", "new/below")} == {"0o700"}
    assert {mode(tmp_path / folder / "file") for folder in ("old", "new/below")} == {"0o600"}
    assert (tmp_path / "old" / "file").read_text() == "kept"


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
