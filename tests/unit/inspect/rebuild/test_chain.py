"""The layers of a base on each of its platforms, without opening one."""

import pytest

from bot.clients.oci.session import RegistryError
from bot.inspect.chain import chains
from tests.rebuilds import DEBIAN, NEW, World, running_registry


@pytest.fixture(scope="module")
def made():
    with running_registry() as running:
        yield World(registry=running, name="chains", distribution=DEBIAN)


def test_they_are_those_that_an_opened_image_has(made):
    made.base("new", made.versions(), NEW)
    made.sandbox.push_image("chains/one", "1", platforms=("linux/arm64/v8",), layers=[{"a": b"1"}, {"b": b"2"}])

    assert chains(made.registry.client, made.reference("base", "new")) == made.chain("new")
    assert {name: len(layers) for name, layers in chains(made.registry.client, made.reference("one", "1")).items()} == {"linux/arm64": 2}


def test_no_image_is_an_error(made):
    with pytest.raises(RegistryError):
        chains(made.registry.client, made.reference("none", "1"))
