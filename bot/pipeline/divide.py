"""Divide: a fleet into shards that cost about the same, and ask for the same images as seldom as can be."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from math import ceil
from typing import Final

from bot.model.shard import MAX_SHARDS, Plan

REPOS_PER_SHARD: Final = 2_000
"""Where the number of shards is left to us: on two cores the first run over so many takes less than an hour."""
_SLACK: Final = 1.1
"""A shard may cost so much more than its equal share, for the sake of repos that stay together."""


def shards_for(repos: int) -> int:
    """How many shards a fleet of so many repos is divided into."""
    return min(MAX_SHARDS, max(1, ceil(repos / REPOS_PER_SHARD)))


def divide(repos: Collection[str], images: Mapping[str, Collection[str]], shards: int) -> Plan:
    """Each repo in one of at most so many shards; none is empty.

    What a repo costs is taken to be one look at it, and one for each image that it named when it was last looked at (`images`). Repos that
    name the same rare image stay together, so that one shard alone asks for it; what the whole fleet runs is asked for by each of them.
    The same fleet gives the same plan, and a fleet that changed a little one that is a little different: a group of repos goes to the
    shard that hashing prefers for it, as long as that one has room (rendezvous hashing with bounded loads).
    """
    costs = {repo: 1 + len(images.get(repo, ())) for repo in sorted(set(repos))}
    room = max(sum(costs.values()) / shards * _SLACK, max(costs.values(), default=0))
    groups = _together(costs, images, room)
    loads = [0] * shards
    parts: list[list[str]] = [[] for _ in range(shards)]
    for group in sorted(groups, key=lambda group: (-sum(costs[repo] for repo in group), group)):
        cost = sum(costs[repo] for repo in group)
        liked = sorted(range(shards), key=lambda shard: _liking(group[0], shard), reverse=True)
        chosen = next((shard for shard in liked if loads[shard] + cost <= room), min(liked, key=lambda shard: loads[shard]))
        loads[chosen] += cost
        parts[chosen] += group
    filled = tuple(tuple(sorted(part)) for part in parts if part)
    return Plan(id=hashlib.sha256(repr(filled).encode()).hexdigest()[:16], shards=filled)


def alone(plan: Plan, images: Mapping[str, Collection[str]]) -> list[int]:
    """How many images each shard asks for that no other one does."""
    asked = [{image for repo in part for image in images.get(repo, ())} for part in plan.shards]
    times: dict[str, int] = defaultdict(int)
    for image in (image for each in asked for image in each):
        times[image] += 1
    return [sum(times[image] == 1 for image in each) for each in asked]


def _together(costs: Mapping[str, int], images: Mapping[str, Collection[str]], room: float) -> list[list[str]]:
    """Groups of repos that share images, joined image by image from the rarest on, as long as a shard can hold the group."""
    users: dict[str, list[str]] = defaultdict(list)
    for repo in costs:
        for image in images.get(repo, ()):
            users[image].append(repo)
    group_of = {repo: [repo] for repo in costs}
    for _, sharing in sorted(users.items(), key=lambda entry: (len(entry[1]), entry[0])):
        groups = {id(group_of[repo]): group_of[repo] for repo in sharing}
        if len(groups) < 2 or sum(costs[repo] for group in groups.values() for repo in group) > room:  # noqa: PLR2004 - nothing to join
            continue
        joined = sorted(repo for group in groups.values() for repo in group)
        for repo in joined:
            group_of[repo] = joined
    return _once(list(group_of.values()))


def _once(groups: Sequence[list[str]]) -> list[list[str]]:
    return list({id(group): group for group in groups}.values())


def _liking(name: str, shard: int) -> bytes:
    return hashlib.sha256(f"{shard} {name}".encode()).digest()
