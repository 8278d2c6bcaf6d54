"""Every GraphQL document that is sent to GitHub, whole, so that each can be held against GitHub's published schema."""

from collections.abc import Sequence
from typing import Final

_REPO_FIELDS: Final = """
fragment RepoFields on Repository {
  id
  nameWithOwner
  url
  isArchived
  defaultBranchRef {
    name
    target {
      oid
      ... on Commit {
        history(first: 10) {
          nodes { committedDate messageHeadline author { name email user { login } } }
          pageInfo { hasNextPage }
        }
      }
    }
  }
  repositoryTopics(first: 20) { nodes { topic { name } } }
  latestRelease { publishedAt }
  changed: pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { id updatedAt } }
}
"""
"""Three connections for each repo: a page of a hundred costs 3 points of GraphQL's hourly limit. One more for each commit would be 13."""

_PULL_REQUEST_FIELDS: Final = """
fragment PullRequestFields on PullRequest {
  id
  number
  url
  state
  author { __typename login }
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
  autoMergeRequest { enabledBy { __typename login } }
  comments(first: 1) { totalCount }
  commits(first: 50) { nodes { commit { author { email user { login } } } } }
  labels(first: 50) { nodes { name } }
  closings: timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { actor { __typename login } } } }
  labellings: timelineItems(first: 20, itemTypes: [LABELED_EVENT]) { nodes { ... on LabeledEvent { label { name } } } }
}
"""

SURVEY: Final = (
    """
query Survey($owner: String!, $size: Int!, $after: String) {
  viewer { login }
  repositoryOwner(login: $owner) {
    repositories(first: $size, after: $after, ownerAffiliations: [OWNER], orderBy: {field: NAME, direction: ASC}) {
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
  viewer { login }
  repository(owner: $owner, name: $name) { ...RepoFields }
}
"""
    + _REPO_FIELDS
)

PULL_REQUEST_BRANCHES: Final = (
    """
query PullRequestBranches($ids: [ID!]!, $refPrefix: String!, $told: Int!) {
  nodes(ids: $ids) {
    ... on Repository {
      refs(refPrefix: $refPrefix, first: 100) { nodes { prefix name } pageInfo { hasNextPage } }
      recent: pullRequests(first: $told, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { ...PullRequestFields } }
      pullRequests(first: 100, orderBy: {field: CREATED_AT, direction: DESC}) {
        nodes { id number title state headRefName isCrossRepository }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
    + _PULL_REQUEST_FIELDS
)
"""Which branches the pull requests of some repos come from, newest first: without the bodies, for most are not the bot's; the newest of
each repo are told whole, for where the bot is at work they are its own. And the branches below a prefix, with or without a pull request."""

MORE_PULL_REQUEST_BRANCHES: Final = """
query MorePullRequestBranches($owner: String!, $name: String!, $after: String!) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { id number title state headRefName isCrossRepository }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""

PULL_REQUESTS: Final = (
    """
query PullRequests($ids: [ID!]!) {
  nodes(ids: $ids) { ...PullRequestFields }
}
"""
    + _PULL_REQUEST_FIELDS
)
"""Pull requests by their node ids, with their bodies: a page of them may weigh megabytes."""

COMMENTS: Final = """
query Comments($ids: [ID!]!, $most: Int!, $after: String) {
  nodes(ids: $ids) {
    ... on PullRequest {
      comments(first: $most, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
        nodes { id author { __typename login } body createdAt lastEditedAt reactionGroups { content viewerHasReacted } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
"""What was written last below some pull requests: a body may hold 65,536 characters."""

CHECKS: Final = """
query Checks($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on PullRequest { headRefOid commits(last: 1) { nodes { commit { oid statusCheckRollup { state } } } } }
  }
}
"""
"""What all check runs and statuses of the newest commit come to, of each pull request."""

READINESS: Final = """
query Readiness($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on PullRequest {
      headRefOid
      isDraft
      reviewDecision
      reviewRequests(first: 20) {
        nodes {
          requestedReviewer {
            __typename
            ... on Bot { login }
            ... on Mannequin { login }
            ... on Team { combinedSlug }
            ... on User { login }
          }
        }
      }
      latestOpinionatedReviews(first: 20, writersOnly: true) { nodes { state author { login } } }
      baseRef {
        refUpdateRule { requiredStatusCheckContexts requiredApprovingReviewCount }
        rules(first: 50) {
          nodes {
            parameters {
              __typename
              ... on PullRequestParameters { requiredApprovingReviewCount }
              ... on RequiredStatusChecksParameters { requiredStatusChecks { context } }
            }
          }
        }
      }
      repository { codeowners { errors { column kind line path source } } }
      commits(last: 1) {
        nodes {
          commit {
            oid
            statusCheckRollup {
              state
              contexts(first: 100) {
                totalCount
                nodes {
                  __typename
                  ... on CheckRun { name status conclusion permalink }
                  ... on StatusContext { context state targetUrl }
                }
              }
            }
          }
        }
      }
    }
  }
}
"""
"""What stands between pull requests and their merge: checks by name, reviews, and what the rules of the base want.

Five connections for each: 25 pull requests cost one or two points of GraphQL's hourly limit, and some 5,000 of its 500,000 nodes.
"""

AUTO_MERGE: Final = """
query AutoMerge($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on PullRequest {
      headRefOid
      mergeStateStatus
      isInMergeQueue
      viewerCanEnableAutoMerge
      autoMergeRequest { enabledBy { __typename login } }
      ends: timelineItems(last: 1, itemTypes: [AUTO_MERGE_DISABLED_EVENT]) {
        nodes { ... on AutoMergeDisabledEvent { actor { __typename login } } }
      }
      baseRef { refUpdateRule { requiredStatusCheckContexts } rules(first: 50) { nodes { type } } }
      repository { autoMergeAllowed mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed viewerDefaultMergeMethod }
    }
  }
}
"""
"""What has to be known before GitHub is asked to merge pull requests by itself."""

ENVIRONMENTS: Final = """
query Environments($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Repository {
      environments(first: 50) {
        nodes { name latestCompletedDeployment { commitOid createdAt state payload latestStatus { state createdAt } } }
        pageInfo { hasNextPage }
      }
    }
  }
}
"""
"""What was deployed last to each environment of some repos, as far as it ended."""

VIEWER: Final = """
query Viewer {
  viewer { login }
}
"""

CLOSING: Final = """
query Closing($id: ID!) {
  node(id: $id) {
    ... on PullRequest { state headRefOid headRef { id } comments(last: 10) { nodes { body viewerDidAuthor } } }
  }
}
"""
"""What has to be known before a pull request is closed."""

ALL: Final = (
    SURVEY,
    REPO,
    PULL_REQUEST_BRANCHES,
    MORE_PULL_REQUEST_BRANCHES,
    PULL_REQUESTS,
    COMMENTS,
    CHECKS,
    READINESS,
    AUTO_MERGE,
    ENVIRONMENTS,
    VIEWER,
    CLOSING,
)


def repos_named(count: int) -> str:
    """So many repos by their names in one query: the first as `repo0` of `$owner0` and `$name0`, and so on."""
    names = " ".join(f"$owner{n}: String! $name{n}: String!" for n in range(count))
    repos = "\n".join(f"  repo{n}: repository(owner: $owner{n}, name: $name{n}) {{ ...RepoFields }}" for n in range(count))
    return f"\nquery Repos({names}) {{\n  viewer {{ login }}\n{repos}\n}}\n{_REPO_FIELDS}"


def before(*, files: int, labels: int) -> str:
    """What has to be known before a proposal is written, in one query.

    Its branch, the files that it changes (`path0`, ...) there and at the base, the open pull requests from a branch of that name, in forks
    too, and the labels (`label0`, ...).
    """
    paths = "".join(f" $path{number}: String!" for number in range(files))
    names = "".join(f" $label{number}: String!" for number in range(labels))
    entries = " ".join(f"file{number}: file(path: $path{number}) {{ mode oid }}" for number in range(files))
    found = " ".join(f"label{number}: label(name: $label{number}) {{ id }}" for number in range(labels))
    return f"""
query Before(
  $owner: String! $name: String! $onto: GitObjectID! $branch: String! $ref: String! $scratch: String!{paths}{names}
) {{
  repository(owner: $owner, name: $name) {{
    id
    base: object(oid: $onto) {{ ... on Commit {{ oid {entries} }} }}
    branch: ref(qualifiedName: $ref) {{
      id
      target {{ oid ... on Commit {{ parents(first: 2) {{ nodes {{ oid }} }} changedFilesIfAvailable {entries} }} }}
    }}
    scratch: ref(qualifiedName: $scratch) {{ id }}
    open: pullRequests(first: 20, headRefName: $branch, states: [OPEN]) {{ nodes {{ isCrossRepository ...PullRequestFields }} }}
    {found}
  }}
}}
{_PULL_REQUEST_FIELDS}"""


def writing(mutations: Sequence[str]) -> str:
    """Several mutations (names of `MUTATIONS`) in one document: the first as `done0` of the input `$input0`, and so on.

    GitHub does them in this order; one that it refuses does not stop the next.
    """
    kinds = [f"$input{number}: {name[0].upper()}{name[1:]}Input!" for number, name in enumerate(mutations)]
    fields = [f"  done{number}: {name}(input: $input{number}) {{ {MUTATIONS[name]} }}\n" for number, name in enumerate(mutations)]
    fragment = _PULL_REQUEST_FIELDS if any("PullRequestFields" in MUTATIONS[name] for name in mutations) else ""
    return f"\nmutation Write({' '.join(kinds)}) {{\n{''.join(fields)}}}\n{fragment}"


MUTATIONS: Final = {
    "addComment": (
        "commentEdge { node { id } } subject { ... on PullRequest { comments(last: 10) { nodes { id body viewerDidAuthor } } } }"
    ),
    "addLabelsToLabelable": "clientMutationId",
    "addReaction": "clientMutationId",
    "closePullRequest": "clientMutationId",
    "createCommitOnBranch": "commit { oid }",
    "createPullRequest": "pullRequest { ...PullRequestFields }",
    "createRef": "ref { id }",
    "deleteIssueComment": "clientMutationId",
    "deleteRef": "clientMutationId",
    "disablePullRequestAutoMerge": "clientMutationId",
    "enablePullRequestAutoMerge": "clientMutationId",
    "updatePullRequest": "pullRequest { ...PullRequestFields }",
    "updateRef": "ref { id }",
}
"""What is asked back of each mutation that the bot makes."""
