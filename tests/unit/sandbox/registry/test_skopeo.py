"""The embedded registry is one to programs that we did not write."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import Server
from tests.registries import PASSWORD, USER, needed


@pytest.fixture(params=list(Access))
def served(request: pytest.FixtureRequest) -> Iterator[tuple[RegistrySandbox, str, list[str]]]:
    sandbox = RegistrySandbox(clock=Clock(), access=request.param, users={USER: Secret(PASSWORD)}, max_page=3)
    credentials = [] if request.param is Access.OPEN else ["--creds", f"{USER}:{PASSWORD}"]
    with Server(sandbox.app) as server:
        yield sandbox, f"docker://127.0.0.1:{server.port}", credentials


def skopeo(*arguments: str | Path) -> str:
    program = needed("skopeo")
    done = subprocess.run([program, "--insecure-policy", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_lists_tags_through_all_pages(served: tuple[RegistrySandbox, str, list[str]]) -> None:
    sandbox, url, credentials = served
    for number in range(8):
        sandbox.push_image("library/app", f"1.{number}")

    told = json.loads(skopeo("list-tags", "--tls-verify=false", *credentials, f"{url}/library/app"))

    assert told["Tags"] == [f"1.{number}" for number in range(8)]


def test_it_inspects_an_image_of_an_index(served: tuple[RegistrySandbox, str, list[str]]) -> None:
    sandbox, url, credentials = served
    digest = sandbox.push_image("app", "1", labels={"maintainer": "us"}, platforms=("linux/amd64", "linux/arm64"), attested=True)

    told = json.loads(skopeo("--override-os=linux", "--override-arch=arm64", "inspect", "--tls-verify=false", *credentials, f"{url}/app:1"))

    assert (told["Digest"], told["Labels"], told["Architecture"]) == (digest, {"maintainer": "us"}, "arm64")


def test_an_image_survives_the_way_there_and_back(served: tuple[RegistrySandbox, str, list[str]], tmp_path: Path) -> None:
    sandbox, url, credentials = served
    digest = sandbox.push_image("app", "1", layers=[{"a": b"1"}, {"b": b"2" * 5000}], platforms=("linux/amd64", "linux/arm64"))
    login = [f"--src-{credentials[0][2:]}", credentials[1]] if credentials else []
    back = [f"--dest-{credentials[0][2:]}", credentials[1]] if credentials else []

    skopeo("copy", "--all", "--preserve-digests", "--src-tls-verify=false", *login, f"{url}/app:1", f"dir:{tmp_path}")
    skopeo("copy", "--all", "--preserve-digests", "--dest-tls-verify=false", *back, f"dir:{tmp_path}", f"{url}/other/app:2")

    assert sandbox.store.repositories["other/app"].tags == {"2": digest}


def test_layers_are_real_tar_archives_on_their_base(served: tuple[RegistrySandbox, str, list[str]], tmp_path: Path) -> None:
    sandbox, url, credentials = served
    sandbox.push_image("base", "1", layers=[{"etc/base": b"base"}])
    sandbox.push_image("app", "1", layers=[{"app/run": b"run"}], base=("base", "1"))
    login = [f"--src-{credentials[0][2:]}", credentials[1]] if credentials else []

    skopeo("copy", "--src-tls-verify=false", *login, f"{url}/app:1", f"docker-archive:{tmp_path}/app.tar:app:1")

    with subprocess.Popen(["tar", "-xf", tmp_path / "app.tar", "-C", tmp_path]) as tar:
        assert tar.wait() == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text())[0]
    listed = [subprocess.check_output(["tar", "-tf", tmp_path / layer], text=True).split() for layer in manifest["Layers"]]
    assert listed == [["etc/base", "etc/platform"], ["app/run", "etc/platform"]]
