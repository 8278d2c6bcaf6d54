"""The bare repositories under the sandbox's GitHub, on contents and names that are out of the ordinary."""

import pytest

from bot.sandbox.clock import START
from bot.sandbox.github import git_store
from bot.sandbox.github.git_diff import diff
from bot.sandbox.github.git_merge import merged_tree, rebased
from bot.sandbox.github.git_store import Change, ConflictError, GitError, GitStore, Person, Signature

ME = Person(name="Octavia", email="octavia@example.com", at=START)
LINES = b"".join(b"line %d\n" % number for number in range(30))


@pytest.fixture
def store(tmp_path):
    return GitStore.create(tmp_path / "repo.git", default_branch="main")


def _commit(store, files, *, branch="main", message="Change", parent=None):
    changes = [Change(path=path, content=content) for path, content in files.items()]
    signature = Signature(message=message, author=ME, committer=ME)
    return store.commit_changes(branch, changes, signature, parent=parent or store.head(branch))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a b.txt", id="space"),
        pytest.param('say "hi".txt', id="quotes"),
        pytest.param("back\\slash", id="backslash"),
        pytest.param("new\nline", id="line break"),
        pytest.param("ü/日本.yaml", id="beyond ASCII"),
        pytest.param("-n", id="like an option"),
        pytest.param(":(glob)*", id="like a pathspec"),
    ],
)
@pytest.mark.parametrize(
    "content", [pytest.param(b"", id="empty"), pytest.param(b"\0\xff\r\n", id="binary"), pytest.param(LINES, id="text")]
)
def test_any_file_under_any_name_comes_back(store, path, content):
    head = _commit(store, {path: content, "other": b"x"})

    entry = store.entry(head, path)

    assert entry is not None
    assert (entry.path, store.blob(entry.sha)) == (path, content)
    assert {found.path for found in store.tree(head, is_recursive=True) if found.kind == "blob"} == {path, "other"}
    assert {file.path for file in diff(store, git_store.EMPTY_TREE, head)} == {path, "other"}


def test_a_commit_says_who_when_and_what(store):
    message = "Subject\n\n日本 and\n\ta body"
    first = _commit(store, {"a": b"1"})

    second = _commit(store, {"a": b"2"}, message=message)

    commit = store.commit(second)
    assert (commit.message, commit.author, commit.committer, commit.parents) == (message, ME, ME, (first,))
    assert [found.sha for found in store.commits(second)] == [second, first]


def test_the_mode_of_a_file_is_kept_unless_another_is_given(store):
    first = store.commit_changes(
        "main", [Change(path="run", content=b"1", mode="100755")], Signature(message="m", author=ME, committer=ME), parent=None
    )

    second = _commit(store, {"run": b"2"}, parent=first)

    assert [store.entry(head, "run").mode for head in (first, second)] == ["100755", "100755"]


def test_a_reference_moves_only_from_where_it_was_seen(store):
    first = _commit(store, {"a": b"1"})
    second = _commit(store, {"a": b"2"})

    with pytest.raises(ConflictError):
        store.update_ref("refs/heads/main", first, old=first)
    with pytest.raises(ConflictError):
        store.update_ref("refs/heads/main", first, old=git_store.ZERO)

    assert store.head("main") == second


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {"a": LINES}, ("a", None, "added", 30, 0), id="added"),
        pytest.param({"a": LINES}, {"a": None}, ("a", None, "removed", 0, 30), id="removed"),
        pytest.param({"a": LINES}, {"a": LINES + b"more\n"}, ("a", None, "modified", 1, 0), id="modified"),
        pytest.param({"a": LINES}, {"a": None, "b": LINES}, ("b", "a", "renamed", 0, 0), id="renamed"),
        pytest.param({"a": b"\0one"}, {"a": b"\0two"}, ("a", None, "modified", 0, 0), id="binary"),
    ],
)
def test_diff_says_what_became_of_a_file(store, before, after, expected):
    old = _commit(store, {"kept": b"x", **before})
    new = _commit(store, after)

    (file,) = diff(store, old, new)

    assert (file.path, file.previous_path, file.status, file.additions, file.deletions) == expected
    assert (file.patch is not None) == bool(file.additions + file.deletions)


def test_a_header_in_a_file_is_not_taken_for_one_of_the_diffs(store):
    old = _commit(store, {"a": b"x\n", "b": b"y\n"})
    new = _commit(store, {"a": b"x\ndiff --git a/z b/z\n@@ -1 +1 @@\n", "b": b"z\n"})

    patches = [file.patch for file in diff(store, old, new)]

    assert patches == ["@@ -1 +1,3 @@\n x\n+diff --git a/z b/z\n+@@ -1 +1 @@", "@@ -1 +1 @@\n-y\n+z"]


def test_merges_and_rebases_keep_both_sides_or_say_no(store):
    base = _commit(store, {"a": LINES, "b": b"1\n"})
    store.update_ref("refs/heads/topic", base)
    topic = _commit(store, {"a": b"top\n" + LINES}, branch="topic", message="Topic")
    gained = _commit(store, {"a": LINES + b"end\n"}, message="Gained")
    against = _commit(store, {"a": b"other\n" + LINES}, message="Against")

    tree = merged_tree(store, gained, topic)
    head = rebased(store, gained, [store.commit(topic)], ME)

    assert store.blob(store.entry(tree, "a").sha) == b"top\n" + LINES + b"end\n"
    assert store.commit(head).tree == tree
    assert store.commit(head).message == "Topic"
    assert merged_tree(store, against, topic) is None
    assert rebased(store, against, [store.commit(topic)], ME) is None


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        pytest.param("git version 2.38.0", False, id="old enough"),
        pytest.param("git version 2.50.1 (Apple Git-155)", False, id="another vendor's"),
        pytest.param("git version 2.34.1", True, id="too old"),
        pytest.param("nonsense", True, id="no version"),
        pytest.param(None, True, id="missing"),
    ],
)
def test_an_unusable_git_is_refused_with_the_remedy(tmp_path, monkeypatch, said, refused):
    if said is not None:
        program = tmp_path / "git"
        program.write_text(f"#!/bin/sh\necho '{said}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    if refused:
        with pytest.raises(GitError, match=r"git 2\.38 or newer is needed"):
            git_store.require_git()
    else:
        git_store.require_git()
