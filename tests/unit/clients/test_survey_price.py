"""What a page of the survey costs of GraphQL's hourly limit, by GitHub's own rules ("Rate limits and query limits for the GraphQL API")."""

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode, SelectionSetNode, parse
from graphql.language import IntValueNode, VariableNode

from bot.clients.github import documents

PAGE = 100
REPOS = 10_000
POINTS_AN_HOUR = 5_000
MOST_NODES = 500_000


def test_a_page_of_the_survey_costs_three_points():
    requests, nodes = price(documents.SURVEY)

    assert requests == 1 + 3 * PAGE, "the list of repos, and of each its topics, its newest commits and its last pull request"
    assert nodes == PAGE * (1 + 20 + 10 + 1) < MOST_NODES
    assert points(requests) * REPOS // PAGE < POINTS_AN_HOUR // 10


def test_a_page_of_named_repos_costs_as_much():
    requests, _ = price(documents.repos_named(PAGE))

    assert points(requests) == 3


def points(requests):
    return max(1, round(requests / 100))


def price(text):
    """How many requests and nodes GitHub counts: each list as often as the lists around it have entries at most."""
    document = parse(text)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}

    def below(selected: SelectionSetNode | None, times: int) -> tuple[int, int]:
        requests, nodes = 0, 0
        for node in selected.selections if selected else ():
            inside, calls = times, 0
            if isinstance(node, FieldNode) and (size := first_of(node)) is not None:
                inside, calls = times * size, times
            within = fragments[node.name.value].selection_set if isinstance(node, FragmentSpreadNode) else node.selection_set
            deeper = below(within, inside)
            requests, nodes = requests + calls + deeper[0], nodes + (inside if calls else 0) + deeper[1]
        return requests, nodes

    (operation,) = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return below(operation.selection_set, 1)


def first_of(field):
    for argument in field.arguments or ():
        if argument.name.value == "first":
            value = argument.value
            assert isinstance(value, IntValueNode | VariableNode)
            return int(value.value) if isinstance(value, IntValueNode) else PAGE
    return None
