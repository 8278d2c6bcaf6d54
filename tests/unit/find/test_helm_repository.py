"""Where the address of a HelmRepository is looked for, and which one counts."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from bot.find.helm_repository import SourceName, find_repository
from bot.find.syntax.yaml import read

PATH = PurePosixPath("apps/web/release.yaml")


def repository(name: str, namespace: str, url: str) -> str:
    return (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{url: '{url}'}}\n"
    )


class Near:
    """A tree whose folders can be listed, not walked."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = {PurePosixPath(path): text for path, text in texts.items()}

    def read(self, path: PurePosixPath) -> str | None:
        return self.texts.get(path)

    def files(self, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
        return tuple(sorted(path for path in self.texts if path.parent == folder))


class Walkable(Near):
    def paths(self) -> Iterator[PurePosixPath]:
        yield from sorted(self.texts)


ONE = repository("acme", "flux-system", "https://one.example.org")
TWO = repository("acme", "other", "https://two.example.org")
BARE = repository("acme", "", "https://bare.example.org")


@pytest.mark.parametrize(
    ("own", "tree", "namespace", "url"),
    [
        pytest.param(ONE, Near({"apps/web/other.yaml": TWO}), "flux-system", "https://one.example.org", id="same-file-first"),
        pytest.param("", Near({"apps/web/sources.yaml": ONE}), "flux-system", "https://one.example.org", id="same-folder"),
        pytest.param("", Near({"sources.yaml": ONE}), "flux-system", "https://one.example.org", id="a-folder-above"),
        pytest.param("", Near({"flux/sources.yaml": ONE}), "flux-system", None, id="elsewhere-in-a-tree-that-cannot-be-walked"),
        pytest.param("", Walkable({"flux/sources.yaml": ONE}), "flux-system", "https://one.example.org", id="elsewhere"),
        pytest.param("", Walkable({"a.yaml": ONE, "b.yaml": TWO}), "other", "https://two.example.org", id="by-namespace"),
        pytest.param("", Walkable({"a.yaml": ONE, "b.yaml": TWO}), "", None, id="no-namespace-and-two-addresses"),
        pytest.param("", Walkable({"a.yaml": ONE}), "third", None, id="another-namespace"),
        pytest.param("", Walkable({"a.yaml": BARE}), "third", "https://bare.example.org", id="a-kustomization-sets-the-namespace"),
        pytest.param("", Walkable({"a.yaml": "kind: HelmRepository source.toolkit.fluxcd.io ["}), "", None, id="broken"),
    ],
)
def test_the_address_of_a_repository(own: str, tree: Near, namespace: str, url: str | None) -> None:
    assert find_repository(SourceName(name="acme", namespace=namespace), stream=read(own), path=PATH, tree=tree) == url
