"""What is known of a repo's files once they were read."""

from bot.clients.folder import FolderTree
from bot.find.plugins import FINDERS
from bot.model.fleet import Repo
from bot.pipeline.repo_files import read_files

REPO = Repo(full_name="acme/deploy", default_branch="main", head="1" * 40, clone_url="https://github.com/acme/deploy.git")
FILES = {
    "apps/shop.yaml": """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {path: ./shop, sourceRef: {kind: GitRepository, name: deploy}}
""",
    "flux/deploy.yaml": """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: deploy, namespace: flux-system}
spec: {url: https://github.com/acme/deploy, ref: {branch: release}}
""",
    "notes.md": "apiVersion: kustomize.toolkit.fluxcd.io/v1\n",
}


def test_objects_that_pin_nothing_say_what_is_applied(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    files = read_files(FolderTree(tmp_path), REPO, FINDERS)

    assert files.findings == ()
    assert [(str(one.file), one.path, one.revision, one.problem) for one in files.git_sources] == [
        ("apps/shop.yaml", "shop", "release", "")
    ]
