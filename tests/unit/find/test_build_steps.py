"""The steps of workflows that build images: by which Dockerfile, and an input that keeps a stage out of their cache."""

from pathlib import PurePosixPath

import pytest

from bot.find.build_steps import build_steps, without_cache
from bot.find.edit import CannotEditError

FILE = PurePosixPath(".github/workflows/release.yml")
HEAD = "jobs:\n  build:\n    steps:\n      - uses: docker/build-push-action@v6\n"


def workflow(*inputs: str) -> str:
    told = ["push: true", "tags: ghcr.io/${{ github.repository }}:1", *inputs]
    return HEAD + "        with:\n" + "".join(f"          {one}\n" for one in told)


@pytest.mark.parametrize(
    ("inputs", "dockerfile", "target"),
    [
        pytest.param([], "Dockerfile", "", id="usual"),
        pytest.param(["context: ./api"], "api/Dockerfile", "", id="a folder"),
        pytest.param(["context: .", "file: ./build/Dockerfile.prod", "target: run"], "build/Dockerfile.prod", "run", id="a file"),
        pytest.param(['context: "{{defaultContext}}:api"'], "api/Dockerfile", "", id="a folder of the commit"),
        pytest.param(["context: https://github.com/a/b.git"], None, "", id="another repo"),
        pytest.param(["file: ${{ matrix.file }}", "target: ${{ matrix.to }}"], None, None, id="expressions"),
        pytest.param(["context: ../x"], None, "", id="outside"),
    ],
)
def test_a_step_tells_its_dockerfile(inputs, dockerfile, target):
    [found] = build_steps(FILE, workflow(*inputs), repo="Acme/shop")

    assert (found.line, found.names, found.target) == (4, ("ghcr.io/acme/shop",), target)
    assert found.dockerfile == (None if dockerfile is None else PurePosixPath(dockerfile))


def test_what_is_not_pushed_is_no_step():
    assert build_steps(FILE, workflow().replace("push: true", "push: false"), repo="acme/shop") == ()


def test_a_stage_is_kept_out_of_the_cache():
    text = workflow("cache-from: type=gha  # kept")
    [step] = build_steps(FILE, text, repo="acme/shop")
    change, line = without_cache(step, text.encode(), "run", repo="acme/shop")

    assert change.new.decode() == text.replace("          push:", "          no-cache-filters: run\n          push:")
    assert line == 6


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(workflow("no-cache-filters: build"), id="there already"),
        pytest.param(workflow("no-cache: true"), id="no cache at all"),
        pytest.param(HEAD + "        with: {push: true, tags: ghcr.io/acme/shop}\n", id="in one line"),
    ],
)
def test_a_step_that_is_not_certain_is_left(text):
    [step] = build_steps(FILE, text, repo="acme/shop")

    with pytest.raises(CannotEditError):
        without_cache(step, text.encode(), "run", repo="acme/shop")
