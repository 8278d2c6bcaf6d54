"""What an instruction of an image's history does to packages."""

import pytest

from bot.inspect.rebuild.instructions import fetches, held_by, installs, is_copy, keeps_from_new_packages, shown

NAMES = {"libssl3"}


@pytest.mark.parametrize(
    ("type_", "instruction", "does"),
    [
        pytest.param("deb", "RUN /bin/sh -c apt-get update && apt-get -y upgrade # buildkit", True, id="upgrade"),
        pytest.param("deb", "RUN |1 WEEK=33 /bin/sh -c apt-get -y -o Dpkg::Use-Pty=0 dist-upgrade", True, id="an option with a value"),
        pytest.param("deb", "/bin/sh -c set -eux; apt-get update; unattended-upgrade", True, id="unattended"),
        pytest.param("deb", "RUN apt-get update\\\n && apt-get install -y \\\n curl libssl3", True, id="named, over lines"),
        pytest.param("deb", "RUN apt-get install -y libssl3:amd64", True, id="named with its architecture"),
        pytest.param("deb", "RUN apt-get install -y libssl3=3.0.11-1", True, id="named with its version"),
        pytest.param("deb", "RUN apt-get install -y curl libssl3-dev", False, id="others named"),
        pytest.param("deb", "RUN apt-get update", False, id="lists alone"),
        pytest.param("deb", "RUN apk upgrade", False, id="of another type"),
        pytest.param("deb", "RUN echo apt-get", False, id="no verb"),
        pytest.param("deb", "RUN apt-mark hold libssl3", False, id="hold"),
        pytest.param("apk", "RUN apk -U --no-cache upgrade", True, id="apk upgrade"),
        pytest.param("apk", "RUN apk add --no-cache --upgrade libssl3", True, id="apk add"),
        pytest.param("rpm", "RUN dnf -y update --setopt install_weak_deps=0 && dnf clean all", True, id="dnf update"),
        pytest.param("rpm", "RUN microdnf update curl", False, id="microdnf of another"),
        pytest.param("rpm", "RUN zypper --non-interactive patch", True, id="zypper"),
        pytest.param("deb", "", False, id="nothing"),
        pytest.param("cargo", "RUN cargo update", False, id="a type without a manager here"),
    ],
)
def test_whether_it_would_bring_the_newest(type_, instruction, does):
    assert fetches(instruction, type_, NAMES) is does


@pytest.mark.parametrize(
    ("type_", "instruction", "how"),
    [
        pytest.param("deb", "RUN apt-get install libssl3=3.0.11-1", "names the version: libssl3=3.0.11-1", id="apt"),
        pytest.param("deb", "RUN apt-mark hold libssl3", "holds libssl3 (hold)", id="apt-mark"),
        pytest.param("deb", "RUN apt-mark unhold libssl3", "", id="unhold"),
        pytest.param("apk", "RUN apk add 'libssl3<3.2'", "names the version: libssl3<3.2", id="apk"),
        pytest.param("apk", "RUN apk add libssl3~3.1", "names the version: libssl3~3.1", id="apk, fuzzy"),
        pytest.param("rpm", "RUN dnf install libssl3-3.0.7-24.el9", "names the version: libssl3-3.0.7-24.el9", id="dnf"),
        pytest.param("rpm", "RUN dnf install libssl3-devel", "", id="another name"),
        pytest.param("rpm", "RUN dnf update -x libssl*", "leaves libssl3 out (--exclude)", id="dnf -x"),
        pytest.param("rpm", "RUN dnf versionlock add libssl3", "holds libssl3 (versionlock)", id="versionlock"),
    ],
)
def test_how_it_holds_a_package(type_, instruction, how):
    assert held_by(instruction, type_, NAMES) == how


def test_what_else_is_read():
    assert keeps_from_new_packages("RUN apt-get upgrade -y")
    assert not keeps_from_new_packages("RUN apt-get upgrade -y --with-new-pkgs")
    assert not keeps_from_new_packages("RUN apt-get dist-upgrade -y")
    assert installs("RUN pip install -r requirements.txt", "pypi")
    assert is_copy("/bin/sh -c #(nop) COPY dir:0 in /app")
    assert not is_copy("RUN COPY")
    assert shown("RUN /bin/sh -c  a\n b # buildkit") == "RUN /bin/sh -c a b"
    assert len(shown("x" * 1_000_000)) < 200
