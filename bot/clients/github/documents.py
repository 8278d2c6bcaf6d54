"""Every GraphQL document that is sent to GitHub, whole, so that each can be held against GitHub's published schema."""

from typing import Final

_REPO_FIELDS: Final = """
fragment RepoFields on Repository {
  nameWithOwner
  url
  isArchived
  defaultBranchRef { name target { oid ... on Commit { committedDate } } }
  repositoryTopics(first: 20) { nodes { topic { name } } }
  latestRelease { publishedAt }
}
"""

_PULL_REQUEST_FIELDS: Final = """
fragment PullRequestFields on PullRequest {
  number
  url
  state
  headRefName
  headRefOid
  baseRefName
  title
  body
  createdAt
  updatedAt
  mergedAt
  closedAt
  mergeCommit { oid }
  mergeable
  commits(first: 50) { nodes { commit { author { email user { login } } } } }
  labels(first: 50) { nodes { name } }
  timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { actor { __typename login } } } }
}
"""

SURVEY: Final = (
    """
query Survey($owner: String!, $after: String) {
  repositoryOwner(login: $owner) {
    repositories(first: 100, after: $after, ownerAffiliations: [OWNER], orderBy: {field: NAME, direction: ASC}) {
      nodes { ...RepoFields }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
    + _REPO_FIELDS
)
"""One page of an owner's repos."""

REPO: Final = (
    """
query Repo($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { ...RepoFields }
}
"""
    + _REPO_FIELDS
)

PULL_REQUEST_BRANCHES: Final = """
query PullRequestBranches($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { id state headRefName isCrossRepository }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
"""Which branches a repo's pull requests come from, newest first: without the bodies, for most are not the bot's."""

PULL_REQUESTS: Final = (
    """
query PullRequests($ids: [ID!]!) {
  nodes(ids: $ids) { ...PullRequestFields }
}
"""
    + _PULL_REQUEST_FIELDS
)
"""Pull requests by their node ids, with their bodies: a page of them may weigh megabytes."""

FILE_ENTRY: Final = """
query FileEntry($owner: String!, $name: String!, $commit: GitObjectID!, $path: String!) {
  repository(owner: $owner, name: $name) {
    object(oid: $commit) { ... on Commit { file(path: $path) { mode oid } } }
  }
}
"""
"""The mode and blob of one file at a commit."""

VIEWER: Final = """
query Viewer {
  viewer { login }
}
"""

COMMIT: Final = """
mutation Commit($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}
"""

ALL: Final = (SURVEY, REPO, PULL_REQUEST_BRANCHES, PULL_REQUESTS, FILE_ENTRY, VIEWER, COMMIT)
