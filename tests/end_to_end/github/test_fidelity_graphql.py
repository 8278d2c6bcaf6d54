"""The sandbox's GraphQL is a part of GitHub's: the one schema is held against the other, and every field of it is asked for."""

import base64
import os
import shutil
import subprocess

import pytest
from github import Auth, GithubException, InputGitTreeElement, UnknownObjectException
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_input_field,
    parse,
    validate,
)

from bot.clients.github import documents
from bot.sandbox.github.graphql import schema
from bot.sandbox.github.sandbox import BOT_LOGIN

PACKAGE = "@octokit/graphql-schema@15.26.1"


@pytest.fixture(scope="session")
def published(request):
    """GitHub's published schema, from npm; kept between runs."""
    folder = request.config.cache.mkdir("github-graphql-schema")
    file = folder / "node_modules/@octokit/graphql-schema/schema.graphql"
    if not file.exists():
        _install(folder)
    # What GitHub publishes is not valid to the letter (a field that stands there twice, deprecations): no fault of ours.
    return build_schema(file.read_text(), assume_valid=True)


def _install(folder):
    npm = shutil.which("npm")
    done = npm and subprocess.run(
        [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", PACKAGE],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if not done or done.returncode:
        reason = f"GitHub's published schema is not to be had: {done.stderr[-300:] if done else 'npm is not installed'}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def test_schema_is_a_subset_of_githubs(published):
    differences = [
        text for name, ours in schema().type_map.items() if not name.startswith("__") for text in _differences(name, ours, published)
    ]

    assert differences == []


def _differences(name, ours, published):
    theirs = published.type_map.get(name)
    if theirs is None or type(theirs) is not type(ours):
        yield f"{name} is no such type"
        return
    yield from (f"{name}.{value} is no value" for value in getattr(ours, "values", {}) if value not in theirs.values)
    yield from (
        f"{name} is no {one.name}" for one in getattr(ours, "interfaces", ()) if one.name not in {other.name for other in theirs.interfaces}
    )
    for field_name, field in getattr(ours, "fields", {}).items():
        yield from _field_differences(f"{name}.{field_name}", field, theirs.fields.get(field_name))
    if name.endswith(("Input", "Order")):
        needed = {key for key, field in theirs.fields.items() if is_required_input_field(field)}
        yield from (f"{name} lacks {key}" for key in needed - set(ours.fields))


def _field_differences(name, ours, theirs):
    if theirs is None or str(theirs.type) != str(ours.type):
        yield f"{name}: {ours.type} is {theirs and theirs.type}"
        return
    for key, argument in getattr(ours, "args", {}).items():
        other = theirs.args.get(key)
        if other is None or (str(other.type), other.default_value) != (str(argument.type), argument.default_value):
            yield f"{name}({key}) differs"
    if getattr(ours, "default_value", Undefined) != getattr(theirs, "default_value", Undefined):
        yield f"{name} has another default"


MADE = (
    documents.repos_named(1),
    documents.repos_named(3),
    documents.before(files=1, labels=0),
    documents.before(files=3, labels=2),
    documents.writing(tuple(documents.MUTATIONS)),
    *(documents.writing([name]) for name in documents.MUTATIONS),
)
"""Documents that are put together as they are needed."""


@pytest.mark.parametrize("document", [*documents.ALL, *MADE], ids=lambda text: text.split("{")[0][:60].strip())
class TestDocumentsOfTheBot:
    def test_valid_for_github(self, published, document):
        assert [error.message for error in validate(published, parse(document))] == []

    def test_valid_for_the_sandbox(self, document):
        assert [error.message for error in validate(schema(), parse(document))] == []


def test_no_document_escapes():
    texts = {text for name, text in vars(documents).items() if name.isupper() and not name.startswith("_") and isinstance(text, str)}

    assert texts == set(documents.ALL)


@pytest.fixture(scope="module")
def repo(world):
    """A repo with some of everything."""
    made = world.new_repo(topics=["python"], description="One")
    pull = world.new_pull(made)
    pull.add_to_labels("dependencies")
    pull.create_issue_comment("Hm")
    merged = world.new_pull(made, branch="bot/other", files={"deploy/values.yaml": "image: {}\n"})
    world.sandbox.merge_pull_request(made.full_name, merged.number, by="octavia")
    made.create_issue("Stale", body="B", labels=["report"])
    world.sandbox.add_release(made.full_name, "v1.0", body="First")
    world.sandbox.deploy(made.full_name, "production", payload='{"a": 1}')
    tag = made.create_git_tag("v2.0", "Two", pull.head.sha, "commit")
    made.create_git_ref("refs/tags/v2.0", tag.sha)
    return made


def _query(world, text, **variables):
    return world.client.requester.graphql_query(text, variables)[1]["data"]


def _arguments(field, repo):
    """What each field needs to be asked, by the names that GitHub's arguments have."""
    known = {
        "first": "2",
        "name": f'"{repo.name}"',
        "login": '"acme"',
        "refPrefix": '"refs/"',
        "qualifiedName": '"refs/tags/v2.0"',
        "path": '"deploy/values.yaml"',
        "expression": '"HEAD:deploy"',
    }
    return ", ".join(f"{key}: {known[key]}" for key in field.args if key in known)


def _everything(kind, repo, depth):
    """A selection of every field that a type has, as deep as wished."""
    fields = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if name in {"issue", "pullRequest"} or (not is_leaf_type(inner) and depth == 0):
            continue
        arguments = _arguments(field, repo)
        selection = "" if is_leaf_type(inner) else _of(inner, repo, depth - 1)
        fields.append(f"{kind.name}_{name}: {name}{f'({arguments})' if arguments else ''} {selection}")
    return "{ " + " ".join(fields) + " }"


def _of(kind, repo, depth):
    if not isinstance(kind, GraphQLInterfaceType):
        return _everything(kind, repo, depth)
    parts = [
        f"... on {one.name} {_everything(one, repo, min(depth, 1))}"
        for one in schema().get_possible_types(kind)
        if isinstance(one, GraphQLObjectType)
    ]
    return "{ __typename " + " ".join(parts) + " }"


def test_every_field_has_an_answer(world, repo):
    kind = schema().type_map["Repository"]

    data = _query(world, f'{{ repository(owner: "acme", name: "{repo.name}") {_everything(kind, repo, 3)} }}')

    shown = data["repository"]
    assert shown["Repository_nameWithOwner"] == repo.full_name
    assert shown["Repository_object"]["__typename"] == "Tree"
    assert shown["Repository_ref"]["Ref_target"]["__typename"] == "Tag"
    assert shown["Repository_latestRelease"]["Release_tagName"] == "v1.0"
    (environment,) = shown["Repository_environments"]["EnvironmentConnection_nodes"]
    assert environment["Environment_latestCompletedDeployment"]["Deployment_state"] == "ACTIVE"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param('repositoryOwner(login: "acme") { __typename login url }', "Organization", id="owner"),
        pytest.param('organization(login: "acme") { __typename name databaseId }', "Organization", id="organization"),
        pytest.param('user(login: "octavia") { __typename name }', "User", id="user"),
        pytest.param("viewer { __typename login }", "User", id="viewer"),
        pytest.param("rateLimit { __typename cost limit remaining used resetAt nodeCount }", "RateLimit", id="rate limit"),
    ],
)
def test_where_queries_begin(world, query, expected):
    data = _query(world, f"{{ {query} }}")

    assert next(iter(data.values()))["__typename"] == expected


def test_pages_through_an_owners_repos(world):
    names = [f"{letter}-repo" for letter in "abcde"]
    for name in names:
        world.sandbox.create_repo("pager", name, {})
    text = """query($after: String) { repositoryOwner(login: "pager") {
        repositories(first: 2, after: $after, orderBy: {field: NAME, direction: ASC}) {
            totalCount nodes { name isEmpty defaultBranchRef { name } } pageInfo { hasNextPage endCursor } } } }"""

    seen, after = [], None
    while True:
        page = _query(world, text, after=after)["repositoryOwner"]["repositories"]
        seen.append([node["name"] for node in page["nodes"]])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]

    assert seen == [names[:2], names[2:4], names[4:]]
    assert page["totalCount"] == 5
    assert page["nodes"] == [{"name": "e-repo", "isEmpty": True, "defaultBranchRef": None}]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        pytest.param(
            'repository(owner: "acme", name: "no") { id }', "Could not resolve to a Repository with the name 'acme/no'.", id="repo"
        ),
        pytest.param('repositoryOwner(login: "no") { id }', "Could not resolve to a User with the login of 'no'.", id="owner"),
        pytest.param('node(id: "R_no") { id }', "Could not resolve to a node with the global id of 'R_no'.", id="node"),
    ],
)
def test_unknown_names_are_not_found(world, query, says):
    with pytest.raises(UnknownObjectException, match=says.replace("(", r"\(")) as caught:
        _query(world, f"{{ {query} }}")

    assert caught.value.data["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param("", "You must provide a `first` or `last` value to properly paginate the `repositories` connection.", id="no size"),
        pytest.param("(first: 101)", "exceeds the `first` limit of 100 records", id="too many"),
    ],
)
def test_pages_have_limits(world, arguments, says):
    with pytest.raises(GithubException) as caught:
        _query(world, f'{{ repositoryOwner(login: "acme") {{ repositories{arguments} {{ totalCount }} }} }}')

    assert says in str(caught.value)


def test_a_field_that_github_lacks_is_refused(world):
    with pytest.raises(GithubException, match="Cannot query field 'nonsense'"):
        _query(world, "{ viewer { nonsense } }")


COMMIT = documents.writing(["createCommitOnBranch"])


class TestCreateCommitOnBranch:
    def _commit(self, world, repo, head, *, branch="main", additions=(("Dockerfile", b"FROM scratch\n"),), deletions=()):
        changes = {
            "additions": [{"path": path, "contents": base64.b64encode(data).decode()} for path, data in additions],
            "deletions": [{"path": path} for path in deletions],
        }
        given = {
            "branch": {"repositoryNameWithOwner": repo.full_name, "branchName": branch},
            "message": {"headline": "Update", "body": "Because."},
            "fileChanges": changes,
            "expectedHeadOid": head,
        }
        return _query(world, COMMIT, input0=given)["done0"]["commit"]["oid"]

    def test_commits_as_who_the_token_is(self, world):
        repo = world.new_repo()
        head = repo.get_branch("main").commit.sha

        made = self._commit(world, repo, head, additions=[("a/b.bin", bytes(range(256)))], deletions=["README.md"])

        commit = repo.get_commit(made)
        assert repo.get_branch("main").commit.sha == made
        assert [parent.sha for parent in commit.parents] == [head]
        assert (commit.author.login, commit.commit.committer.name, commit.commit.message) == (BOT_LOGIN, "GitHub", "Update\n\nBecause.")
        assert {file.filename: file.status for file in commit.files} == {"a/b.bin": "added", "README.md": "removed"}
        assert repo.get_contents("a/b.bin").decoded_content == bytes(range(256))
        assert commit.commit.author.date == world.clock()

    def test_a_branch_that_moved_is_stale(self, world):
        repo = world.new_repo()
        head = repo.get_branch("main").commit.sha
        self._commit(world, repo, head)
        moved = repo.get_branch("main").commit.sha

        with pytest.raises(GithubException, match=f"Expected branch to point to .*{head}.* but it did not") as caught:
            self._commit(world, repo, head)

        assert caught.value.data["errors"][0]["type"] == "STALE_DATA"
        assert repo.get_branch("main").commit.sha == moved

    def test_every_file_becomes_a_plain_one(self, world):
        repo = world.new_repo()
        tree = repo.create_git_tree(
            [InputGitTreeElement("run.sh", "100755", "blob", content="true\n")], base_tree=repo.get_git_tree("main")
        )
        commit = repo.create_git_commit("Script", tree, [repo.get_git_commit(repo.get_branch("main").commit.sha)])
        repo.get_git_ref("heads/main").edit(commit.sha)

        self._commit(world, repo, commit.sha, additions=[("run.sh", b"false\n")])

        modes = {entry.path: entry.mode for entry in repo.get_git_tree("main").tree}
        assert modes["run.sh"] == "100644"

    @pytest.mark.parametrize(
        ("branch", "given", "kind"),
        [
            pytest.param("nowhere", {}, "NOT_FOUND", id="no such branch"),
            pytest.param("main", {"deletions": ["nothing.txt"]}, "UNPROCESSABLE", id="deletes what is not there"),
            pytest.param("main", {"additions": [("../up.txt", b"")]}, "UNPROCESSABLE", id="leaves the repo"),
            pytest.param("main", {"additions": [(".git/config", b"")]}, "UNPROCESSABLE", id="writes git's own files"),
        ],
    )
    def test_refuses(self, world, branch, given, kind):
        repo = world.new_repo()
        head = repo.get_branch("main").commit.sha

        with pytest.raises(GithubException) as caught:
            self._commit(world, repo, head, branch=branch, **given)

        assert caught.value.data["errors"][0]["type"] == kind
        assert repo.get_branch("main").commit.sha == head

    def test_a_token_that_only_reads_may_not(self, world):
        repo = world.new_repo()
        reader = world.client_for(Auth.Token(world.sandbox.add_token("only-reads", "octavia", may_write=False)), retry=None)
        given = {"branch": {"repositoryNameWithOwner": repo.full_name, "branchName": "main"}, "message": {"headline": "x"}}

        with pytest.raises(GithubException) as caught:
            reader.requester.graphql_query(COMMIT, {"input0": given | {"expectedHeadOid": repo.get_branch("main").commit.sha}})

        assert caught.value.data["errors"][0]["type"] == "FORBIDDEN"

    def test_counts_as_a_write_and_queries_do_not(self, world):
        repo = world.new_repo()
        head = repo.get_branch("main").commit.sha
        world.faults.forget()

        _query(world, documents.VIEWER)
        assert world.faults.writes == 0
        self._commit(world, repo, head)
        assert world.faults.writes == 1


class TestSeveralMutations:
    """What GraphQL writes is what REST reads."""

    def _write(self, world, *writes):
        document = documents.writing([name for name, _ in writes])
        return _query(world, document, **{f"input{number}": given for number, (_, given) in enumerate(writes)})

    def _pull(self, world, repo, *, branch="bot/next"):
        head = repo.get_branch("main").commit.sha
        added = [{"path": "new.txt", "contents": "aGk="}]
        commit = {"branch": {"repositoryNameWithOwner": repo.full_name, "branchName": branch}, "message": {"headline": "Add"}}
        opened = {"repositoryId": repo.node_id, "baseRefName": "main", "headRefName": branch, "title": "Add it", "body": "Why."}
        return self._write(
            world,
            ("createRef", {"repositoryId": repo.node_id, "name": f"refs/heads/{branch}", "oid": head}),
            ("createCommitOnBranch", commit | {"fileChanges": {"additions": added}, "expectedHeadOid": head}),
            ("createPullRequest", opened),
        )

    def test_each_goes_on_where_the_one_before_ended(self, world):
        repo = world.new_repo()
        world.faults.forget()

        done = self._pull(world, repo)

        pull = repo.get_pull(done["done2"]["pullRequest"]["number"])
        assert world.faults.writes == 1
        assert (pull.title, pull.body, pull.head.sha) == ("Add it", "Why.", done["done1"]["commit"]["oid"])
        assert pull.node_id == done["done2"]["pullRequest"]["id"]
        assert [file.filename for file in pull.get_files()] == ["new.txt"]

    def test_what_one_refuses_stops_none_of_the_next(self, world):
        repo = world.new_repo()
        self._pull(world, repo)

        with pytest.raises(GithubException) as caught:
            self._pull(world, repo)

        errors = caught.value.data["errors"]
        assert [(error["path"], error["type"]) for error in errors] == [
            (["done0"], "UNPROCESSABLE"),
            (["done1"], "STALE_DATA"),
            (["done2"], "UNPROCESSABLE"),
        ]
        assert "already exists" in errors[0]["message"]
        assert errors[2]["message"] == "A pull request already exists for acme:bot/next."

    def test_a_pull_request_is_changed_labelled_and_closed(self, world):
        repo = world.new_repo()
        opened = self._pull(world, repo)["done2"]["pullRequest"]
        label = repo.create_label("dependencies", "0e8a16")
        moved = repo.create_git_commit("Other", repo.get_git_tree("bot/next"), [repo.get_git_commit(repo.get_branch("main").commit.sha)])
        ref = _query(world, f'{{ repository(owner: "acme", name: "{repo.name}") {{ ref(qualifiedName: "bot/next") {{ id }} }} }}')
        ref_id = ref["repository"]["ref"]["id"]

        self._write(
            world,
            ("updateRef", {"refId": ref_id, "oid": moved.sha, "force": True}),
            ("updatePullRequest", {"pullRequestId": opened["id"], "title": "Another", "body": "New."}),
            ("addLabelsToLabelable", {"labelableId": opened["id"], "labelIds": [label.node_id]}),
        )
        pull = repo.get_pull(opened["number"])
        assert (pull.title, pull.body, pull.head.sha, [one.name for one in pull.labels]) == ("Another", "New.", moved.sha, ["dependencies"])

        self._write(
            world,
            ("addComment", {"subjectId": opened["id"], "body": "Not needed."}),
            ("closePullRequest", {"pullRequestId": opened["id"]}),
            ("deleteRef", {"refId": ref_id}),
        )
        pull = repo.get_pull(opened["number"])
        assert (pull.state, [comment.body for comment in pull.get_issue_comments()]) == ("closed", ["Not needed."])
        assert [branch.name for branch in repo.get_branches()] == ["main"]

    def test_a_token_that_only_reads_may_do_none(self, world):
        repo = world.new_repo()
        reader = world.client_for(Auth.Token(world.sandbox.add_token("only-looks", "octavia", may_write=False)), retry=None)
        given = {"repositoryId": repo.node_id, "name": "refs/heads/x", "oid": repo.get_branch("main").commit.sha}

        with pytest.raises(GithubException) as caught:
            reader.requester.graphql_query(documents.writing(["createRef"]), {"input0": given})

        assert caught.value.data["errors"][0]["type"] == "FORBIDDEN"
