"""dependency -> releases: one file per datasource."""

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.credentials import Keychain
from bot.watch.datasource import Datasource
from bot.watch.deps_dev import DepsDev
from bot.watch.endoflife import EndOfLife
from bot.watch.git_remote import GitRemotes, moved_remote
from bot.watch.git_tags import GitRefs, GitTags
from bot.watch.github import GitHubApi
from bot.watch.github_releases import GitHubReleases
from bot.watch.github_tags import GitHubTags
from bot.watch.golang import GoToolchains
from bot.watch.helm import HelmRepositories
from bot.watch.oci import OciDatasource
from bot.watch.terraform_modules import TerraformModules


def datasources(
    *,
    http: HttpClient,
    registry: RegistryClient,
    github: GitHubApi | None = None,
    remotes: GitRemotes | None = None,
    keychain: Keychain | None = None,
) -> tuple[Datasource, ...]:
    """Every datasource there is. The keychain is for chart repositories; without `github` it is github.com, asked anonymously."""
    api = github or GitHubApi(http=http)
    git = remotes or GitRemotes(reach=http.reach, moved=lambda url: moved_remote(http, url))
    return (
        OciDatasource(registry),
        HelmRepositories(http, keychain=keychain),
        GitHubReleases(api),
        GitHubTags(api),
        GitTags(git),
        GitRefs(git),
        DepsDev(http),
        EndOfLife(http),
        GoToolchains(http),
        TerraformModules(http),
    )
