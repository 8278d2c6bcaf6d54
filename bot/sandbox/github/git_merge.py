"""Merging in a bare repository: real three-way merges, without a work tree."""

from collections.abc import Sequence

from bot.sandbox.github.git_store import Commit, GitError, GitStore, Person, Signature


def merged_tree(store: GitStore, ours: str, theirs: str) -> str | None:
    """The tree of a three-way merge of two commits; None where it conflicts."""
    done = store.attempt("merge-tree", "--write-tree", "--allow-unrelated-histories", ours, theirs)
    if done.returncode not in {0, 1}:
        raise GitError(done.stderr.decode(errors="replace").strip())
    return done.stdout.decode().splitlines()[0] if done.returncode == 0 else None


def rebased(store: GitStore, onto: str, commits: Sequence[Commit], committer: Person) -> str | None:
    """The head after each commit, oldest first, is carried over; None where one conflicts."""
    for commit in commits:
        # merge-tree takes its base from history (--merge-base needs git 2.40): stand where the commit stood, with the new content.
        same = Signature(message="carry over", author=committer, committer=committer)
        stand_in = store.write_commit(f"{onto}^{{tree}}", commit.parents[:1], same)
        tree = merged_tree(store, stand_in, commit.sha)
        if tree is None:
            return None
        onto = store.write_commit(tree, [onto], Signature(message=commit.message, author=commit.author, committer=committer))
    return onto
