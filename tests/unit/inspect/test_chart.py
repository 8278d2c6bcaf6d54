"""Charts' packages, also those that nobody should have made."""

import gzip
import tarfile
from pathlib import PurePosixPath

import pytest

from bot.inspect.chart import PackageError, read_package
from tests.images import archive, link

FILES = [
    ("api/Chart.yaml", b"name: api\n"),
    ("api/values.yaml", b"a: \xff\n"),
    ("api/templates/pod.yaml", b"kind: Pod\n"),
    ("api/templates/tests/pod.yaml", b"kind: Pod\n"),
    ("api/charts/redis/values.yaml", b"b: 1\n"),
    ("api/README.md", b"read me\n"),
]


def package(*members) -> bytes:
    return gzip.compress(archive(*members))


def test_the_chart_s_own_files_are_read():
    assert read_package(package(*FILES)) == {
        PurePosixPath("Chart.yaml"): "name: api\n",
        PurePosixPath("values.yaml"): "a: \ufffd\n",
        PurePosixPath("templates/pod.yaml"): "kind: Pod\n",
    }


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(package(("../../etc/values.yaml", b"a: 1\n"), ("/values.yaml", b"")), id="paths that leave it"),
        pytest.param(package(link("api/values.yaml", "/etc/passwd")), id="a link"),
        pytest.param(package(link("api/values.yaml", "other", is_hard=True)), id="a hard link"),
    ],
)
def test_nothing_is_followed(data):
    assert read_package(data) == {}


def device() -> tarfile.TarInfo:
    info = tarfile.TarInfo("api/values.yaml")
    info.type = tarfile.CHRTYPE
    return info


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"<html>" * 200, "no tar archive", id="no archive"),
        pytest.param(package(*FILES)[:-40], "compression is broken|ends in the middle", id="cut short"),
        pytest.param(package(("api/values.yaml", b"x" * ((2 << 20) + 1))), r"its values\.yaml is too large", id="a large file"),
        pytest.param(
            package(*((f"api/templates/{number}.yaml", b"x" * (1 << 20)) for number in range(9))), "is too large", id="many large files"
        ),
        pytest.param(package(*((f"a/{number}", b"") for number in range(20_001))), "more than 20,000 files", id="many files"),
        pytest.param(gzip.compress(archive(("a/b", b"\0" * (129 << 20)))), "unpacks to more than", id="a bomb"),
    ],
)
def test_what_is_no_package_is_said_to_be_none(data, why):
    with pytest.raises(PackageError, match=why):
        read_package(data)


def test_a_device_is_no_file():
    assert read_package(package(device())) == {}
