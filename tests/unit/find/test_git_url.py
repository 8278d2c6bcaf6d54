"""Which repo and ref an address names, and where."""

import pytest

from bot.find.git_url import git_dependency, read_file_url, read_git_url


@pytest.mark.parametrize(
    ("address", "dependency", "ref", "repeats"),
    [
        pytest.param("https://github.com/o/r//base?ref=v1.8.2", "github-tags: o/r", "v1.8.2", (), id="query"),
        pytest.param("github.com/o/r/config//crd?timeout=90s&ref=v1#x", "github-tags: o/r", "v1", (), id="second-parameter"),
        pytest.param("git@github.com:o/r.git//base?ref=main", "github-tags: o/r", "main", (), id="scp-like"),
        pytest.param("git::https://github.com/o/r.git?ref=v2", "github-tags: o/r", "v2", (), id="getter"),
        pytest.param("ssh://git@host.example/o/r.git/base?version=v3", "git-tags: ssh://git@host.example/o/r.git", "v3", (), id="version"),
        pytest.param("git@host.example:o/r.git//base?ref=v3", "git-tags: git@host.example:o/r.git", "v3", (), id="scp-like-elsewhere"),
        pytest.param("https://raw.githubusercontent.com/o/r/v2.7.0/a/b.yaml", "github-tags: o/r", "v2.7.0", (), id="raw"),
        pytest.param("https://raw.githubusercontent.com/o/r/refs/tags/v2.7.0/a.yaml", "github-tags: o/r", "v2.7.0", (), id="raw-full-ref"),
        pytest.param("https://github.com/o/r/raw/chart-1.2.3/a.yaml", "github-tags: o/r", "chart-1.2.3", (), id="prefix"),
        pytest.param(
            "https://github.com/o/r/releases/download/2.20.0/R-2.20.0.jar", "github-releases: o/r", "2.20.0", ("2.20.0",), id="release"
        ),
        pytest.param("https://github.com/o/r/archive/v0.7.4.zip//r-0.7.4/config", "github-tags: o/r", "v0.7.4", ("0.7.4",), id="archive"),
        pytest.param("https://codeload.github.com/o/r/tar.gz/refs/tags/v1.0", "github-tags: o/r", "v1.0", (), id="codeload"),
        pytest.param("https://git.example/a/b/c/-/raw/v1.0/x", "git-tags: https://git.example/a/b/c", "v1.0", (), id="gitlab"),
        pytest.param("x.json=https://raw.githubusercontent.com/o/r/v0.16/x.json", "github-tags: o/r", "v0.16", (), id="behind-a-name"),
        pytest.param(f"https://github.com/o/r?ref={'ab' * 20}", "github-tags: o/r", "ab" * 20, (), id="commit"),
        pytest.param(
            "https://github.com/o/r/releases/download/v1.2/a-v1.20-v1.2.3", "github-releases: o/r", "v1.2", (), id="longer-versions"
        ),
        pytest.param(
            "https://github.com/o/r/releases/download/chart-1.2.3/chart-1.2.3.tgz",
            "github-releases: o/r",
            "chart-1.2.3",
            ("chart-1.2.3",),
            id="prefix-again",
        ),
        pytest.param(
            "https://github.com/o/r/releases/download/chart-v1.2.3/app-1.2.3_v1.2.3.tgz",
            "github-releases: o/r",
            "chart-v1.2.3",
            ("1.2.3", "v1.2.3"),
            id="prefix-left-out",
        ),
        pytest.param("https://github.com/o/r/releases/download/v1.2.3/app1.2.3", "github-releases: o/r", "v1.2.3", ("1.2.3",), id="glued"),
        pytest.param("https://api.github.com/repos/o/r/tarball/v1.2.3", "github-tags: o/r", "v1.2.3", (), id="api"),
        pytest.param("https://cdn.jsdelivr.net/gh/o/r@v1.2.3/x.js", "github-tags: o/r", "v1.2.3", (), id="cdn"),
        pytest.param(
            "https://codeberg.org/o/r/releases/download/v1.2.3/a-1.2.3.tgz",
            "git-tags: https://codeberg.org/o/r",
            "v1.2.3",
            ("1.2.3",),
            id="forgejo-release",
        ),
        pytest.param("https://codeberg.org/o/r/raw/tag/v1.2.3/x", "git-tags: https://codeberg.org/o/r", "v1.2.3", (), id="forgejo-raw"),
        pytest.param("https://gitea.com/o/r/archive/v1.2.3.tar.gz", "git-tags: https://gitea.com/o/r", "v1.2.3", (), id="forgejo-archive"),
    ],
)
def test_an_address_names_a_repo_at_a_ref(address: str, dependency: str, ref: str, repeats: tuple[str, ...]) -> None:
    url = read_git_url(address)

    assert url is not None
    assert str(url.dependency) == dependency
    assert url.ref.of(address) == ref
    assert tuple(span.of(address) for span in url.repeats) == repeats


@pytest.mark.parametrize(
    "address",
    [
        "https://raw.githubusercontent.com/o/r/main/a.yaml",
        "https://github.com/o/r/releases/latest/download/a.yaml",
        "https://github.com/o/r",
        "https://example.com/o/r/v1.0.0/a.yaml",
        "deployment.yaml",
        "../base",
        "a&ref=v1",
        "",
    ],
)
def test_an_address_that_names_no_version(address: str) -> None:
    assert read_git_url(address) is None


def test_only_files_count_where_an_address_may_mean_anything() -> None:
    assert read_file_url("https://github.com/o/r?ref=v1") is None


@pytest.mark.parametrize(
    ("url", "dependency"),
    [
        pytest.param("https://github.com/o/r.git", "github-tags: o/r", id="github"),
        pytest.param("https://host.example/o/r", "git-tags: https://host.example/o/r", id="other"),
        pytest.param("host.example/o/r//base", "git-tags: https://host.example/o/r", id="no-scheme"),
        pytest.param("https://github.com.example/o/r", "git-tags: https://github.com.example/o/r", id="like-github"),
    ],
)
def test_what_lists_a_repos_tags(url: str, dependency: str) -> None:
    assert str(git_dependency(url)) == dependency
