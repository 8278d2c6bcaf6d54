"""Holes in GraphQL answers, and faults by chance."""

import json
from collections import Counter

import pytest

from bot.sandbox.chance import GITHUB, REGISTRY, Chance
from bot.sandbox.faults import PartialData, ServerError
from bot.sandbox.partial_data import Hole, with_hole

ANSWER = {
    "data": {
        "viewer": {"login": "bot"},
        "repositoryOwner": {"repositories": {"nodes": [{"id": "a"}, {"id": "b", "topics": {"nodes": []}}], "pageInfo": {}}},
        "repository": None,
    }
}


def holed(answer: object, hole: Hole, where: float) -> dict:
    return json.loads(with_hole(json.dumps(answer).encode(), hole, where=where))


@pytest.mark.parametrize(
    ("where", "path"),
    [
        (0.0, ["repositoryOwner"]),
        (0.4, ["repositoryOwner", "repositories", "nodes", 0]),
        (1.0, ["repositoryOwner", "repositories", "nodes", 1]),
    ],
)
def test_a_hole_is_null_in_the_data_and_an_error_beside_it(where, path):
    answer = holed(ANSWER, Hole.FORBIDDEN, where)

    (error,) = answer["errors"]
    place = answer["data"]
    for step in path:
        place = place[step]
    assert place is None
    assert answer["data"]["viewer"] == {"login": "bot"}, "who asks is never null"
    assert (error["type"], error["path"]) == ("FORBIDDEN", path)


def test_nodes_by_id_are_left_out_one_by_one_and_errors_add_up():
    answer = holed({"data": {"nodes": [{"id": "a"}, None, {"id": "c"}]}, "errors": [{"message": "no"}]}, Hole.TOO_MUCH, 0.9)

    assert answer["data"]["nodes"] == [{"id": "a"}, None, None]
    assert [error.get("type") for error in answer["errors"]] == [None, "RESOURCE_LIMITS_EXCEEDED"]


@pytest.mark.parametrize(
    ("hole", "keys"),
    [(Hole.BROKE_OFF, {"message", "path", "locations"}), (Hole.BROKE_OFF_SOMEWHERE, {"message"})],
)
def test_github_may_break_off_without_a_kind_and_without_a_place(hole, keys):
    (error,) = holed(ANSWER, hole, 0.5)["errors"]

    assert error.keys() == keys


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"data": null}', b'{"data": {"viewer": {"login": "bot"}}}'])
def test_what_has_no_place_for_a_hole_stays_as_it_is(body):
    assert with_hole(body, Hole.FORBIDDEN, where=0.5) == body


@pytest.mark.parametrize("faults", [GITHUB, REGISTRY])
def test_a_share_of_all_fails_and_the_same_for_the_same_seed(faults):
    routes = ["POST /api/graphql", "GET /v2/app/tags/list"]
    drawn = [
        [Chance(seed=seed, share=0.1, faults=faults).draw(route, number) for number in range(2000) for route in routes]
        for seed in (1, 1, 2)
    ]

    kinds = Counter(type(fault).__name__ for fault in drawn[0] if fault)
    assert drawn[0] == drawn[1] != drawn[2]
    assert 300 < sum(kinds.values()) < 500
    assert kinds.keys() >= {"ServerError", "TooManyRequests", "DroppedConnection", "LostAnswer", "CutShort", "SlowAnswer", "StrangeAnswer"}


def test_only_what_fits_the_route_is_drawn_and_counted():
    chance = Chance(seed=1, share=1.0, faults=(("* */graphql", PartialData()), ("GET *", ServerError())))

    drawn = [chance.draw(route, 1) for route in ("POST /api/graphql", "GET /v2/", "PUT /v2/")]

    assert [type(fault).__name__ for fault in drawn] == ["PartialData", "ServerError", "NoneType"]
    assert chance.met == {"PartialData": 1, "ServerError": 1}
