"""Every REST route answers in the shape that GitHub's published OpenAPI description gives it, by the models generated from it."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from github import Auth, InputGitTreeElement
from githubkit_schemas.latest import models
from pydantic import TypeAdapter

from bot.sandbox.github.routes import REST

from .conftest import APP_ID

OK, CREATED, ACCEPTED, NO_CONTENT, MOVED, REFUSED = 200, 201, 202, 204, 302, 422


R = "/repos/{owner}/{repo}"
EMPTY = {f"GET {R}/pulls/{{number}}/reviews", f"GET {R}/pulls/{{number}}/comments"}
"""The sandbox's people write no reviews."""


def row(route: str, model: Any, *, status: int = OK, body: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None, **at: str):
    """A route as the app knows it, the model of its answer (None: it has no body), what is sent, and what its path names."""
    return pytest.param(route, model, status, body, at, id=route + "".join(f" {key}={value}" for key, value in at.items()))


ROWS = [
    row("GET /rate_limit", models.RateLimitOverview),
    row("GET /user", models.PrivateUser),
    row("GET /user/repos", list[models.Repository]),
    row("GET /installation/repositories", models.InstallationRepositoriesGetResponse200),
    row("GET /users/{login}", models.PublicUser),
    row("GET /users/{login}/repos", list[models.MinimalRepository], login="acme"),
    row("GET /orgs/{login}", models.OrganizationFull, login="acme"),
    row("GET /orgs/{login}/repos", list[models.MinimalRepository], login="acme"),
    row("GET /orgs/{login}/properties/values", list[models.OrgRepoCustomPropertyValues], login="acme"),
    row(
        "GET /orgs/{login}/artifacts/{digest}/metadata/deployment-records",
        models.OrgsOrgArtifactsSubjectDigestMetadataDeploymentRecordsGetResponse200,
        login="acme",
    ),
    row(
        "POST /orgs/{login}/artifacts/metadata/deployment-record/cluster/{cluster}",
        models.OrgsOrgArtifactsMetadataDeploymentRecordClusterClusterPostResponse200,
        body=lambda at: models.OrgsOrgArtifactsMetadataDeploymentRecordClusterClusterPostBody.model_validate(
            {"logical_environment": "production", "deployments": [{"name": "shop", "digest": at["digest"], "deployment_name": "web"}]}
        ).model_dump(exclude_unset=True),
        login="acme",
        cluster="eu-1",
    ),
    row(
        "GET /orgs/{login}/artifacts/{digest}/metadata/storage-records",
        models.OrgsOrgArtifactsSubjectDigestMetadataStorageRecordsGetResponse200,
        login="acme",
    ),
    row(
        "POST /orgs/{login}/artifacts/metadata/storage-record",
        models.OrgsOrgArtifactsMetadataStorageRecordPostResponse200,
        body=lambda at: models.OrgsOrgArtifactsMetadataStorageRecordPostBody.model_validate(
            {"name": "shop", "digest": at["digest"], "registry_url": "https://registry.example", "github_repository": at["repo"]}
        ).model_dump(exclude_unset=True),
        login="acme",
    ),
    row(
        "POST /orgs/{login}/attestations/bulk-list",
        models.OrgsOrgAttestationsBulkListPostResponse200,
        body=lambda at: models.OrgsOrgAttestationsBulkListPostBody.model_validate(
            {"subject_digests": [at["digest"]], "predicate_type": "provenance"}
        ).model_dump(exclude_unset=True),
        login="acme",
    ),
    row(
        "POST /users/{login}/attestations/bulk-list",
        models.UsersUsernameAttestationsBulkListPostResponse200,
        body=lambda at: {"subject_digests": [at["digest"]]},
    ),
    row("GET /orgs/{login}/attestations/repositories", list[models.OrgsOrgAttestationsRepositoriesGetResponse200Items], login="acme"),
    row(f"GET {R}", models.FullRepository),
    row(f"GET {R}/collaborators/{{login}}/permission", models.RepositoryCollaboratorPermission),
    row(f"GET {R}/properties/values", list[models.CustomPropertyValue]),
    row(f"GET {R}/topics", models.Topic),
    row(f"PUT {R}/topics", models.Topic, body=lambda _: {"names": ["java"]}),
    # git database
    row(f"GET {R}/git/ref/{{ref:path}}", models.GitRef, ref="heads/main"),
    row(f"GET {R}/git/ref/{{ref:path}}", models.GitRef, ref="tags/v2.0"),
    row(f"GET {R}/git/refs/{{ref:path}}", models.GitRef, ref="heads/main"),
    row(f"GET {R}/git/matching-refs/{{ref:path}}", list[models.GitRef], ref="heads/ma"),
    row(f"POST {R}/git/refs", models.GitRef, status=CREATED, body=lambda at: {"ref": "refs/heads/made", "sha": at["commit"]}),
    row(f"PATCH {R}/git/refs/{{ref:path}}", models.GitRef, body=lambda at: {"sha": at["commit"], "force": True}, ref="heads/movable"),
    row(f"DELETE {R}/git/refs/{{ref:path}}", None, status=NO_CONTENT, ref="heads/movable"),
    row(f"GET {R}/git/trees/{{sha:path}}", models.GitTree, sha="main"),
    row(f"GET {R}/git/trees/{{sha:path}}", models.GitTree, sha="main?recursive=1"),
    row(
        f"POST {R}/git/trees",
        models.GitTree,
        status=CREATED,
        body=lambda at: {"base_tree": at["tree"], "tree": [{"path": "x/run.sh", "mode": "100755", "type": "blob", "content": "true\n"}]},
    ),
    row(f"GET {R}/git/blobs/{{sha}}", models.Blob, sha="{blob}"),
    row(f"POST {R}/git/blobs", models.ShortBlob, status=CREATED, body=lambda _: {"content": "aGk=", "encoding": "base64"}),
    row(f"GET {R}/git/commits/{{sha}}", models.GitCommit, sha="{commit}"),
    row(
        f"POST {R}/git/commits",
        models.GitCommit,
        status=CREATED,
        body=lambda at: {"message": "By hand", "tree": at["tree"], "parents": [at["commit"]]},
    ),
    row(f"GET {R}/git/tags/{{sha}}", models.GitTag, sha="{tag}"),
    row(
        f"POST {R}/git/tags",
        models.GitTag,
        status=CREATED,
        body=lambda at: {"tag": "v3.0", "message": "Three", "object": at["commit"], "type": "commit"},
    ),
    # contents and history
    row(f"GET {R}/contents", list[models.ContentDirectoryItems]),
    row(f"GET {R}/contents/{{path:path}}", models.ContentFile, path="Dockerfile"),
    row(f"GET {R}/contents/{{path:path}}", list[models.ContentDirectoryItems], path="deploy"),
    row(f"GET {R}/contents/{{path:path}}", models.ContentSymlink, path="link"),
    row(
        f"PUT {R}/contents/{{path:path}}",
        models.FileCommit,
        status=CREATED,
        body=lambda _: {"message": "Add", "content": base64.b64encode(b"new\n").decode()},
        path="new.txt",
    ),
    row(
        f"DELETE {R}/contents/{{path:path}}",
        models.FileCommit,
        body=lambda at: {"message": "Remove", "sha": at["blob"], "branch": "movable"},
        path="Dockerfile",
    ),
    row(f"GET {R}/branches", list[models.ShortBranch]),
    row(f"GET {R}/branches/{{branch:path}}", models.BranchWithProtection, branch="main"),
    row(f"GET {R}/tags", list[models.Tag]),
    row(f"GET {R}/commits", list[models.Commit]),
    row(f"GET {R}/commits/{{ref:path}}", models.Commit, ref="main"),
    row(f"GET {R}/compare/{{basehead:path}}", models.CommitComparison, basehead="main...bot/update"),
    # pull requests
    row(f"GET {R}/pulls", list[models.PullRequestSimple]),
    row(
        f"POST {R}/pulls",
        models.PullRequest,
        status=CREATED,
        body=lambda _: {"title": "T", "head": "movable", "base": "main", "body": "B"},
    ),
    row(
        f"POST {R}/pulls",
        models.PullRequest,
        status=CREATED,
        body=lambda _: {"title": "T", "head": "movable", "base": "main", "draft": True},
        draft="it is one",
    ),
    row(f"GET {R}/pulls/{{number}}", models.PullRequest),
    row(f"GET {R}/pulls/{{number}}", models.PullRequest, number="{merged}"),
    row(f"PATCH {R}/pulls/{{number}}", models.PullRequest, body=lambda _: {"title": "Other", "state": "closed"}),
    row(f"GET {R}/pulls/{{number}}/merge", None, status=NO_CONTENT, number="{merged}"),
    row(f"PUT {R}/pulls/{{number}}/merge", models.PullRequestMergeResult, body=lambda _: {"merge_method": "squash"}),
    row(
        f"PUT {R}/pulls/{{number}}/update-branch",
        models.ReposOwnerRepoPullsPullNumberUpdateBranchPutResponse202,
        status=ACCEPTED,
        body=lambda _: {},
    ),
    row(f"GET {R}/pulls/{{number}}/files", list[models.DiffEntry]),
    row(f"GET {R}/pulls/{{number}}/commits", list[models.Commit]),
    row(f"GET {R}/pulls/{{number}}/reviews", list[models.PullRequestReview]),
    row(f"GET {R}/pulls/{{number}}/comments", list[models.PullRequestReviewComment]),
    row(f"GET {R}/pulls/{{number}}/requested_reviewers", models.PullRequestReviewRequest),
    row(
        f"POST {R}/pulls/{{number}}/requested_reviewers",
        models.PullRequestSimple,
        status=CREATED,
        body=lambda _: {"reviewers": ["octavia"], "team_reviewers": ["platform"]},
    ),
    row(f"DELETE {R}/pulls/{{number}}/requested_reviewers", models.PullRequestSimple, body=lambda _: {"reviewers": ["octavia"]}),
    row(
        f"POST {R}/pulls/{{number}}/requested_reviewers",
        models.ValidationErrorSimple,
        status=REFUSED,
        body=lambda _: {"reviewers": ["nobody-here"]},
        by="one who can't be asked",
    ),
    # issues, comments, labels
    row(f"GET {R}/issues", list[models.Issue]),
    row(f"POST {R}/issues", models.Issue, status=CREATED, body=lambda _: {"title": "I", "labels": ["new"], "assignees": ["octavia"]}),
    row(f"GET {R}/issues/{{number}}", models.Issue),
    row(f"GET {R}/issues/{{number}}", models.Issue, number="{issue}"),
    row(f"PATCH {R}/issues/{{number}}", models.Issue, body=lambda _: {"state": "closed", "state_reason": "not_planned"}, number="{issue}"),
    row(f"GET {R}/issues/{{number}}/comments", list[models.IssueComment], number="{issue}"),
    row(f"POST {R}/issues/{{number}}/comments", models.IssueComment, status=CREATED, body=lambda _: {"body": "Hi"}),
    row(f"GET {R}/issues/comments/{{comment}}", models.IssueComment),
    row(f"PATCH {R}/issues/comments/{{comment}}", models.IssueComment, body=lambda _: {"body": "Ho"}),
    row(f"DELETE {R}/issues/comments/{{comment}}", None, status=NO_CONTENT),
    row(f"GET {R}/issues/{{number}}/sub_issues", list[models.Issue], number="{issue}"),
    row(
        f"POST {R}/issues/{{number}}/sub_issues",
        models.Issue,
        status=CREATED,
        body=lambda at: models.ReposOwnerRepoIssuesIssueNumberSubIssuesPostBody(sub_issue_id=int(at["lone"])).model_dump(
            exclude_unset=True
        ),
        number="{issue}",
    ),
    row(
        f"POST {R}/issues/{{number}}/sub_issues",
        models.ValidationError,
        status=REFUSED,
        body=lambda at: {"sub_issue_id": int(at["beneath"])},
        number="{issue}",
        by="one that has a parent",
    ),
    row(f"DELETE {R}/issues/{{number}}/sub_issue", models.Issue, body=lambda at: {"sub_issue_id": int(at["beneath"])}, number="{issue}"),
    row(f"GET {R}/labels", list[models.Label]),
    row(f"POST {R}/labels", models.Label, status=CREATED, body=lambda _: {"name": "fresh", "color": "00ff00", "description": "D"}),
    row(
        f"POST {R}/labels",
        models.ValidationError,
        status=REFUSED,
        body=lambda _: {"name": "Dependencies", "color": "00ff00"},
        by="the name of another one",
    ),
    row(f"GET {R}/labels/{{name:path}}", models.Label),
    row(f"PATCH {R}/labels/{{name:path}}", models.Label, body=lambda _: {"new_name": "renamed"}),
    row(f"DELETE {R}/labels/{{name:path}}", None, status=NO_CONTENT),
    row(f"GET {R}/issues/{{number}}/labels", list[models.Label]),
    row(f"POST {R}/issues/{{number}}/labels", list[models.Label], body=lambda _: {"labels": ["dependencies", "urgent"]}),
    row(f"PUT {R}/issues/{{number}}/labels", list[models.Label], body=lambda _: {"labels": ["only"]}),
    row(f"DELETE {R}/issues/{{number}}/labels", None, status=NO_CONTENT),
    row(f"DELETE {R}/issues/{{number}}/labels/{{name:path}}", list[models.Label]),
    row(f"GET {R}/milestones", list[models.Milestone]),
    row(f"PATCH {R}/issues/{{number}}", models.Issue, body=lambda _: {"milestone": 1}),
    row(f"POST {R}/issues/{{number}}/assignees", models.Issue, status=CREATED, body=lambda _: {"assignees": ["octavia", "nobody"]}),
    row(f"GET {R}/assignees", list[models.SimpleUser]),
    row(f"GET {R}/assignees/{{login}}", None, status=NO_CONTENT),
    # releases
    row(f"GET {R}/releases", list[models.Release]),
    row(f"POST {R}/releases", models.Release, status=CREATED, body=lambda _: {"tag_name": "v9", "body": "Nine"}),
    row(f"GET {R}/releases/latest", models.Release),
    row(f"GET {R}/releases/tags/{{tag:path}}", models.Release, tag="v1.0"),
    row(f"GET {R}/releases/{{release}}", models.Release),
    # workflows
    row(f"GET {R}/actions/workflows", models.ReposOwnerRepoActionsWorkflowsGetResponse200),
    row(f"GET {R}/actions/workflows/{{workflow}}", models.Workflow),
    row(f"POST {R}/actions/workflows/{{workflow}}/dispatches", None, status=NO_CONTENT, body=lambda _: {"ref": "main"}),
    row(
        f"POST {R}/actions/workflows/{{workflow}}/dispatches",
        models.WorkflowDispatchResponse,
        body=lambda _: {"ref": "main", "inputs": {"base": "x"}, "return_run_details": True},
        workflow="build.yml",
    ),
    row(f"GET {R}/actions/workflows/{{workflow}}/runs", models.ReposOwnerRepoActionsRunsGetResponse200),
    row(f"GET {R}/actions/runs", models.ReposOwnerRepoActionsRunsGetResponse200),
    row(f"GET {R}/actions/runs/{{run}}", models.WorkflowRun),
    row(f"GET {R}/actions/artifacts", models.ReposOwnerRepoActionsArtifactsGetResponse200),
    row(f"GET {R}/actions/artifacts/{{artifact}}/zip", None, status=MOVED),
    row(f"POST {R}/dispatches", None, status=NO_CONTENT, body=lambda _: {"event_type": "rebuild", "client_payload": {"a": "b"}}),
    # Apps
    row("GET /app", models.Integration),
    row("GET /app/installations", list[models.Installation]),
    row("GET /app/installations/{installation}", models.Installation),
    row("POST /app/installations/{installation}/access_tokens", models.InstallationToken, status=CREATED, body=lambda _: {}),
    row("GET /orgs/{login}/installation", models.Installation, login="acme"),
    row("GET /users/{login}/installation", models.Installation, login="acme"),
    row(f"GET {R}/installation", models.Installation),
]


@pytest.fixture(scope="module")
def seeded(world):
    """What a path or a body may name, in a repo that has some of everything."""
    repo = world.new_repo(topics=["python"], properties={"lifecycle": "maintenance", "owners": ["payments"], "tier": None})
    sandbox, name = world.sandbox, repo.full_name
    pull = world.new_pull(repo)
    pull.add_to_labels("dependencies", "docker")
    pull.create_review_request(reviewers=["octavia"])
    merged = world.new_pull(repo, branch="bot/other", files={"deploy/values.yaml": "image:\n  tag: '1.1'\n"})
    sandbox.merge_pull_request(name, merged.number, by="octavia")
    issue = repo.create_issue("Stale apps", body="One", labels=["report"], assignee="octavia")
    beneath, lone = repo.create_issue("Beneath"), repo.create_issue("Lone")
    issue.add_sub_issue(beneath)
    comment = sandbox.comment(name, issue.number, "Mine", by="octavia")
    sandbox.add_milestone(name, "Next")
    sandbox.attest(name, f"sha256:{1:064x}", {"buildDefinition": {}})
    release = sandbox.add_release(name, "v1.0", body="First")
    sandbox.commit_files(name, {"movable.txt": "x\n"}, message="Movable", branch="movable")
    tag = repo.create_git_tag("v2.0", "Two", pull.head.sha, "commit")
    repo.create_git_ref("refs/tags/v2.0", tag.sha)
    link = repo.create_git_tree([InputGitTreeElement("link", "120000", "blob", content="README.md")], base_tree=repo.get_git_tree("main"))
    commit = repo.create_git_commit("Link", link, [repo.get_git_commit(repo.get_branch("main").commit.sha)])
    repo.get_git_ref("heads/main").edit(commit.sha)
    workflow = "on: {workflow_dispatch: {inputs: {base: {type: string}}}, repository_dispatch: {types: [rebuild]}}\n"
    sandbox.commit_files(name, {".github/workflows/build.yml": workflow}, message="Build")
    started = repo.get_workflow("build.yml").create_dispatch("main", {}, throw=True, return_run_details=True)
    app = world.sandbox.world.apps[str(APP_ID)]
    return {
        "workflow": str(sandbox.repo(name).workflow_ids[".github/workflows/build.yml"]),
        "run": str(started.id),
        "artifact": str(sandbox.upload(name, "inventory", b"PK", run=started.id).id),
        "owner": "acme",
        "repo": repo.name,
        "login": "octavia",
        "number": str(pull.number),
        "merged": str(merged.number),
        "issue": str(issue.number),
        "beneath": str(beneath.id),
        "lone": str(lone.id),
        "comment": str(comment.id),
        "release": str(release.id),
        "name": "dependencies",
        "commit": commit.sha,
        "tree": commit.tree.sha,
        "blob": repo.get_contents("Dockerfile").sha,
        "tag": tag.sha,
        "digest": f"sha256:{1:064x}",
        "installation": str(next(iter(app.installations))),
    }


@pytest.fixture
def names(world, seeded):
    """The same in a repo of the test's own."""
    return seeded | {"repo": world.copy_repo(f"acme/{seeded['repo']}")}


@pytest.mark.parametrize(("route", "model", "status", "body", "at"), ROWS)
def test_answers_in_githubs_shape(world, names, route, model, status, body, at):  # noqa: PLR0917 - a row has five cells
    method, path = _filled(route, names, at)
    headers = _who(world, route)

    answer = world.http.request(method, path, json=None if body is None else body(names), headers=headers)

    assert answer.status_code == status, answer.text
    if model is None:
        assert answer.content == b""
    else:
        TypeAdapter(model).validate_python(answer.json())
        assert answer.json() or route in EMPTY, "an empty list has no shape"


def test_every_route_has_a_row():
    assert {entry.values[0] for entry in ROWS} == {f"{method} {path}" for method, path, _ in REST}


def _filled(route, names, at):
    method, path = route.split(" ", 1)
    place = {key: value.format(**names) for key, value in at.items()}
    return method, re.sub(r"\{(\w+)(:path)?\}", lambda found: place.get(found[1]) or names[found[1]], path)


def _who(world, route):
    """Apps speak for themselves, `/user` is for people, all else is for the bot."""
    if "/app" in route or route.endswith("/installation"):
        return {"authorization": f"Bearer {Auth.AppAuth(APP_ID, world.app_key).token}"}
    if route == "GET /user":
        return {"authorization": f"token {world.sandbox.add_token('octavia-token', 'octavia')}"}
    return {}
