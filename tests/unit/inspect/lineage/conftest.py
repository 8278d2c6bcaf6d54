import pytest

from tests.lineages import world as made


@pytest.fixture
def world():
    with made() as found:
        yield found
