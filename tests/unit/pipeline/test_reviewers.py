"""Whom a rule wants asked."""

from pathlib import PurePosixPath

import pytest

from bot.pipeline.reviewers import reviewers_of

OWNERS = "* @ana\n/api/ @acme/api @ana\n/web/ web@acme.example\n/none/\n"


@pytest.mark.parametrize(
    ("asked", "files", "owners", "found"),
    [
        pytest.param(("zoe", "acme/x"), ["api/Dockerfile"], OWNERS, ("zoe", "acme/x"), id="by name alone"),
        pytest.param(("codeowners",), ["api/Dockerfile"], OWNERS, ("@acme/api", "@ana"), id="the owners of a file"),
        pytest.param(("codeowners",), ["Dockerfile", "api/Dockerfile"], OWNERS, ("@ana", "@acme/api"), id="each once"),
        pytest.param(("Ana", "codeowners"), ["Dockerfile"], OWNERS, ("Ana",), id="who is named anyway"),
        pytest.param(("codeowners",), ["web/Dockerfile"], OWNERS, (), id="an e-mail address can't be asked"),
        pytest.param(("codeowners",), ["none/Dockerfile"], OWNERS, (), id="nobody's"),
        pytest.param(("zoe", "codeowners"), ["Dockerfile"], None, ("zoe",), id="no CODEOWNERS"),
        pytest.param(("codeowners",), ["a"], "* " + " ".join(f"@u{n}" for n in range(40)), tuple(f"@u{n}" for n in range(15)), id="many"),
    ],
)
def test_reviewers(asked, files, owners, found):
    assert reviewers_of(asked, map(PurePosixPath, files), owners) == found
