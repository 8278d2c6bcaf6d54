"""What holds for annotations, in text of any language."""

from pathlib import PurePosixPath

import pytest

from bot.find.scan import find_in_file, is_candidate
from bot.model.pin import Pin
from tests.laws.test_finders import OneFile

COMMENTS = {
    "x.yaml": ["# {}"],
    "x.go": ["// {}", "/* {} */", "\t// {}"],
    "x.nix": ["# {}", "/* {} */"],
    "x.ipxe": ["# {}"],
    "x.hcl": ["# {}", "// {}"],
    "x.rs": ["// {}", "/// {}"],
    "script": ["# {}", "## {}"],
    "x.lua": ["-- {}", "--- {}"],
    "x.sql": ["-- {}"],
    "x.el": ["; {}", ";; {}"],
    "x.tex": ["% {}", "%% {}"],
    "x.bat": ["REM {}", "rem {}"],
    "x.md": ["<!-- {} -->"],
    "x.html": ["<!-- {} -->"],
    "x.sh.j2": ["{{# {} #}}"],
}
VALUES = [
    ('version = "1.2.3"', "1.2.3"),
    ("set VERSION=1.2.3", "1.2.3"),
    ('add("1.2.3")', "1.2.3"),
    ("https://example.org/app/v1.2.3/x-1.2.3.tar.gz", "v1.2.3"),
]
NAMES = ["depName=acme/cli", "packageName=acme/cli depName=cli", "lookupName=acme/cli", "depName=other packageName=acme/cli"]


@pytest.mark.parametrize(("file", "comment"), [(file, comment) for file, comments in COMMENTS.items() for comment in comments])
@pytest.mark.parametrize("who", ["renovate", "rebuild-bot", "Renovate"])
def test_every_language_says_the_same(file: str, comment: str, who: str) -> None:
    path = PurePosixPath(file)
    assert is_candidate(path)
    for name in NAMES:
        for line, value in VALUES:
            text = f"first\n{comment.format(f'{who}: datasource=github-releases {name}')}\n{line}\nlast 9.9.9\n"

            (pin,) = find_in_file(path, text, OneFile(path, text))

            assert isinstance(pin, Pin), (text, pin)
            assert (str(pin.dependency), pin.value, pin.line) == ("github-releases: acme/cli", value, 3)


@pytest.mark.parametrize("key", ["x-renovate", "x-rebuild-bot", "//renovate", "_renovate"])
@pytest.mark.parametrize(
    "form", ['{{\n{},\n"v": "1.2.3",\n"w": "9.9.9"\n}}', '{{"a": "9.9.9", {}, "v": "1.2.3"}}', '[\n  {{{},\n   "v": "1.2.3"}}\n]']
)
def test_a_key_speaks_of_what_follows(key: str, form: str) -> None:
    path = PurePosixPath("x.json")
    text = form.format(f'"{key}": "datasource=github-releases depName=acme/cli"')

    (pin,) = find_in_file(path, text, OneFile(path, text))

    assert isinstance(pin, Pin)
    assert (pin.dependency.name, pin.value) == ("acme/cli", "1.2.3")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("x.md", "# renovate: datasource=npm depName=a\nV=1.0.0\n", id="shown in Markdown"),
        pytest.param("x.json", r'"m": ["# renovate: datasource=(?<datasource>\\S+) depName=(?<depName>\\S+)"]', id="a pattern"),
        pytest.param("x.py", "# renovate: see the documentation\nV=1.0.0\n", id="prose"),
        pytest.param("x.json", '"renovate": "^37.0.0",\n"a": "1.0.0"\n', id="a package of that name"),
        pytest.param("x.md", "We use renovate.\n", id="a word"),
        pytest.param("x.py", "# renovate:\nV=1.0.0\n", id="nothing behind the colon"),
    ],
)
def test_what_looks_alike_is_nothing(file: str, text: str) -> None:
    path = PurePosixPath(file)

    assert find_in_file(path, text, OneFile(path, text)) == ()
