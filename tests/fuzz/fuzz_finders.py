"""Feed texts to the finders, guided by coverage: they never raise, spans are exact, writing what is read changes nothing."""

import logging
import sys
import tempfile
from pathlib import Path, PurePosixPath

import atheris
import structlog

from bot.clients.text import decode, is_binary
from bot.model.pin import Pin

with atheris.instrument_imports(include=["bot.find"]):
    from bot.find.proof import Wanted, change_files
    from bot.find.scan import find_in_file
CASES = Path(__file__).parents[1] / "cases"

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


class OneFile:
    """A tree that has only the fuzzed file."""

    def __init__(self, path: PurePosixPath, data: bytes) -> None:
        self.path = path
        self.data = data

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return self.data if path == self.path else None

    def read(self, path: PurePosixPath) -> str | None:
        return decode(self.data)[0] if path == self.path else None

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return (self.path,) if folder == self.path.parent else ()


def check(path: PurePosixPath, data: bytes) -> None:
    if is_binary(data):
        return
    tree = OneFile(path, data)
    text = decode(data)[0]
    pins = [finding for finding in find_in_file(path, text, tree) if isinstance(finding, Pin)]
    for pin in pins:
        assert pin.sites
        assert all(site.span.of(text) == site.text for site in pin.sites), pin
    changed = change_files(tree, [Wanted(pin=pin, value=pin.value, digest=pin.digest) for pin in pins])
    assert not changed.changes, changed
    assert not changed.failures, changed


def write_seeds(folder: Path, path: PurePosixPath) -> None:
    """The case files of the same ending, or of a like name, as seeds."""
    for number, seed in enumerate(sorted(CASES.rglob("*"))):
        alike = seed.suffix == path.suffix if path.suffix else "file" in seed.name.lower()
        if seed.is_file() and alike and seed.name != "expected.json":
            (folder / f"{number:05}").write_bytes(seed.read_bytes())


def main() -> None:
    path = PurePosixPath(sys.argv[1])
    with tempfile.TemporaryDirectory() as seeds:
        write_seeds(Path(seeds), path)
        atheris.Setup([sys.argv[0], *sys.argv[2:], seeds], lambda data: check(path, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
