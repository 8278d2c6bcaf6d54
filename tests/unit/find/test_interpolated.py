"""References with variables: each part has the place of its literal."""

from pathlib import PurePosixPath

import pytest

from bot.find.interpolated import Interpolation
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Pin, Role, Skip

FILE = PurePosixPath("app/compose.yaml")


class Folder:
    """A tree that holds one dotenv file."""

    def __init__(self, dotenv: str | None) -> None:
        self.texts = {} if dotenv is None else {PurePosixPath("app/.env"): dotenv}

    def read(self, path: PurePosixPath) -> str | None:
        return self.texts.get(path)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(path for path in self.texts if path.parent == folder)


def find(image: str, dotenv: str | None = None) -> list[Finding]:
    source = YamlSource(file=FILE, finder="compose", stream=read(f"image: {image}\n"))
    (document,) = source.stream.mappings()
    scalar = document.get("image")
    assert isinstance(scalar, Scalar)
    return list(Interpolation.beside(FILE, Folder(dotenv)).references(source, scalar, role=Role.IMAGE))


def shown(finding: Finding) -> str:
    if isinstance(finding, Skip):
        assert finding.text
        return finding.reason
    sites = " ".join(f"{site.kind}:{site.text}{'@env' if site.file else ''}" for site in finding.sites)
    return f"{finding.name} {finding.value} {sites}"


@pytest.mark.parametrize(
    ("image", "dotenv", "expected"),
    [
        pytest.param("nginx:1.27", None, ["nginx 1.27 tag:1.27"], id="no variable"),
        pytest.param("nginx:${V:-1.27}", None, ["nginx 1.27 tag:1.27"], id="a default"),
        pytest.param("nginx:${V-1.27}", None, ["nginx 1.27 tag:1.27"], id="a default for unset only"),
        pytest.param("${R:-ghcr.io}/acme/x:1.0", None, ["ghcr.io/acme/x 1.0 tag:1.0"], id="a default of the registry"),
        pytest.param("${IMAGE:-ghcr.io/acme/x:1.0}", None, ["ghcr.io/acme/x 1.0 tag:1.0"], id="a default of the whole"),
        pytest.param("nginx:${V}-alpine", "V=1.27", ["nginx 1.27-alpine tag:1.27@env tag:-alpine"], id="a part of the tag elsewhere"),
        pytest.param("nginx:$V", "export V='1.27' # x\r\n", ["nginx 1.27 tag:1.27@env"], id="quotes, export, a comment, CR LF"),
        pytest.param("nginx:${V:-1.26}", "V=1.27", ["nginx 1.27 tag:1.27@env", "nginx 1.26 tag:1.26"], id="an overridden default"),
        pytest.param("nginx:$V", None, ["V has no value here: it is known only when it is filled in"], id="no value"),
        pytest.param("nginx:$V", "V=${W}", ["V has no value here: it is known only when it is filled in"], id="a value that is filled in"),
        pytest.param("nginx:${V:?required}", None, ["can't be resolved"], id="a required one"),
        pytest.param("nginx:${V", None, ["`}` is missing"], id="not closed"),
        pytest.param("nginx:${A:-${B:-1.27}}", None, ["nginx 1.27 tag:1.27"], id="a default in a default"),
        pytest.param(f"nginx:{'${A:-' * 100}", None, ["nested too deeply"], id="nested too deeply"),
    ],
)
def test_references(image: str, dotenv: str | None, expected: list[str]) -> None:
    found = [shown(finding) for finding in find(image, dotenv)]

    assert len(found) == len(expected), found
    for text, wanted in zip(found, expected, strict=True):
        assert wanted in text


def test_variables_of_the_same_file_have_their_places_in_it() -> None:
    text = 'variables:\n  V: "26.1"\nimage: docker:${V}-dind\n'
    source = YamlSource(file=FILE, finder="gitlab-ci", stream=read(text))
    (document,) = source.stream.mappings()
    variables, image = document.get("variables"), document.get("image")
    assert isinstance(variables, Mapping)
    assert isinstance(image, Scalar)
    scalars = {key.value: value for key, value in variables.entries() if isinstance(value, Scalar)}

    found = Interpolation.of_scalars(scalars).reference(source, image, role=Role.CI_IMAGE)

    assert isinstance(found, Pin)
    assert found.value == "26.1-dind"
    assert [(site.line, site.span.of(text)) for site in found.sites] == [(2, "26.1"), (3, "-dind")]


def test_a_dotenv_file_of_a_megabyte_is_read() -> None:
    dotenv = "A" * 1_000_000 + "=1\n" + "V = " + " " * 100_000 + "\nV=1.27\n"

    (found,) = find("nginx:$V", dotenv)

    assert shown(found) == "nginx 1.27 tag:1.27@env"
