"""GitHub's GraphQL API: a reduced schema, run by graphql-core over the sandbox's state."""

from importlib.resources import files
from typing import Any, Final

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from graphql.language import DocumentNode

from bot.sandbox.github.graphql_nodes import Nodes
from bot.sandbox.github.graphql_writes import mutations
from bot.sandbox.github.paging import Info
from bot.sandbox.github.rest import Answer, ApiError, Call

_TYPES: Final = {401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND", 409: "STALE_DATA"}
"""What GraphQL calls the failures that REST numbers; all others are UNPROCESSABLE."""


def schema() -> GraphQLSchema:
    """The part of GitHub's schema that the sandbox answers."""
    return build_schema(files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8"))


_SCHEMA: Final = schema()


def answer(call: Call) -> Answer:
    """What `POST /api/graphql` says: 200 whenever the request could be read, with the failures inside."""
    if call.token is None:
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    source, variables = call.body.get("query"), call.body.get("variables") or {}
    if not isinstance(source, str) or not isinstance(variables, dict):
        raise ApiError(400, "A query attribute must be specified and must be a string.")
    result = _run(call, source, variables, call.text("operationName"))
    data: dict[str, Any] = {}
    if result.data is not None or not result.errors:
        data["data"] = result.data
    if result.errors:
        data["errors"] = [_error(error) for error in result.errors]
    return Answer(data=data)


def _run(call: Call, source: str, variables: dict[str, Any], operation_name: str | None) -> ExecutionResult:
    try:
        document = parse(source)
    except GraphQLError as error:
        return ExecutionResult(data=None, errors=[error])
    call.request.state.is_write = _is_mutation(document, operation_name)
    errors = validate(_SCHEMA, document)
    if errors:
        return ExecutionResult(data=None, errors=errors)
    return execute_sync(_SCHEMA, document, _root(call), variable_values=variables, operation_name=operation_name)


def _is_mutation(document: DocumentNode, operation_name: str | None) -> bool:
    operation = get_operation_ast(document, operation_name)
    return isinstance(operation, OperationDefinitionNode) and operation.operation is OperationType.MUTATION


def _error(error: GraphQLError) -> dict[str, Any]:
    """As GitHub writes it: the kind of failure stands beside the message, not in the extensions."""
    data: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, ApiError):
        data["type"] = _TYPES.get(cause.status, "UNPROCESSABLE")
        # Where REST says which part of the request is wrong beside the message, GraphQL says it in the message.
        parts = [entry["message"] for entry in cause.errors if isinstance(entry, dict) and "message" in entry]
        data["message"] = "; ".join(parts) or cause.message
    return data


def _root(call: Call) -> dict[str, Any]:
    nodes = Nodes(call)

    def by_name(_info: Info, *, owner: str, name: str, **_options: object) -> dict[str, Any]:
        return nodes.named_repo(owner, name)

    def by_id(_info: Info, *, id: str) -> dict[str, Any]:  # noqa: A002 - GitHub's name of the argument
        return nodes.node(id)

    def by_ids(_info: Info, *, ids: list[str]) -> list[dict[str, Any] | GraphQLError]:
        return [_or_error(nodes, wanted) for wanted in ids]

    def owner(_info: Info, *, login: str) -> dict[str, Any]:
        return nodes.owner(login, ("Organization", "User"))

    def organization(_info: Info, *, login: str) -> dict[str, Any]:
        return nodes.owner(login, ("Organization",))

    def user(_info: Info, *, login: str) -> dict[str, Any]:
        return nodes.owner(login, ("User",))

    return {
        "node": by_id,
        "nodes": by_ids,
        "organization": organization,
        "rateLimit": lambda _info, **_options: nodes.rate_limit(),
        "repository": by_name,
        "repositoryOwner": owner,
        "user": user,
        "viewer": lambda _info: nodes.as_user(call.viewer),
        **mutations(call, nodes),
    }


def _or_error(nodes: Nodes, wanted: str) -> dict[str, Any] | GraphQLError:
    """An unknown id spoils its own place in the list alone."""
    try:
        return nodes.node(wanted)
    except ApiError as error:
        return GraphQLError(error.message, original_error=error)
