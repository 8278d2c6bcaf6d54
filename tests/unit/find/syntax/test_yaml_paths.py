"""Places in YAML documents."""

import pytest

from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.syntax.yaml_paths import select

DOCUMENT = """
jobs:
  build:
    image: a
    steps:
      - uses: b
      - uses: c
        with: {uses: d}
      - plain
  test:
    image: {name: e}
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("jobs.build.image", ["a"], id="keys"),
        pytest.param("jobs.*.image", ["a", "mapping"], id="any key"),
        pytest.param("jobs.*.steps[].uses", ["b", "c"], id="items"),
        pytest.param("jobs.build.steps[]", ["mapping", "mapping", "plain"], id="items themselves"),
        pytest.param("jobs.build.image[]", [], id="items of what is no list"),
        pytest.param("jobs.build.image.name", [], id="below a scalar"),
        pytest.param("none.of.this", [], id="not there"),
        pytest.param("jobs.**.uses", ["b", "c", "d"], id="anywhere below"),
    ],
)
def test_select(path: str, expected: list[str]) -> None:
    (document,) = read(DOCUMENT).documents

    found = [node.value if isinstance(node, Scalar) else "mapping" for node in select(document, path) if isinstance(node, Scalar | Mapping)]

    assert found == expected
