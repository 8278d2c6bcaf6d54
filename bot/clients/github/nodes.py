"""Many things of one kind asked for by their ids: each answer stands for itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.clients.github.connection import Connection, Reply
from bot.clients.github.failures import Refusal, RefusedError, UnreadableError
from bot.clients.github.page_size import PageSize, ask_in_pages

Node = Mapping[str, Any]
Answers = dict[str, Node | Sequence[Refusal]]
"""By node id: what GitHub tells of it, or why not."""


def asked(connection: Connection, document: str, ids: Sequence[str], size: PageSize, given: Callable[[Sequence[str]], Node]) -> Answers:
    """What GitHub tells of each node, or the refusals that stand in its place; `given` are the variables for a page of ids.

    Raises RefusedError where it refuses the whole.
    """
    found: Answers = {}
    pages = ask_in_pages(
        ids,
        size,
        lambda page: connection.ask_briefly(document, given(page)),
        lambda page: connection.ask(document, given(page)),
    )
    for page, reply in pages:
        found |= _by_id(page, reply)
    return found


def whole(answer: Node | Sequence[Refusal]) -> Node:
    """The node. Raises RefusedError, UnreadableError: what is not there in the answer is not known, and not gone."""
    if isinstance(answer, Mapping):
        return answer
    raise RefusedError(answer) if answer else UnreadableError("nothing in its place")


def _by_id(page: Sequence[str], reply: Reply) -> Answers:
    """The nodes of an answer by the ids that were asked for; a refusal that names no place of the list stands for all of them."""
    nodes = reply.data.get("nodes")
    if not isinstance(nodes, list) or len(nodes) != len(page):
        raise RefusedError(reply.refusals) if reply.refusals else UnreadableError("not one node for each id")
    about: dict[str, list[Refusal]] = {wanted: [] for wanted in page}
    for refusal in reply.refusals:
        places = [place for place in refusal.path[1:2] if isinstance(place, int) and place < len(page)]
        for place in places or range(len(page)):
            about[page[place]].append(refusal)
    return {wanted: about[wanted] or (node if isinstance(node, dict) else ()) for wanted, node in zip(page, nodes, strict=True)}
