"""Two histories of one update are woven into one: the same from either side, and a second time changes nothing."""

import random
from datetime import timedelta

import pytest

from bot.ledger.history import begins_anew, split
from bot.ledger.merging.events import woven
from bot.ledger.merging.forgotten import Event
from bot.model.exposure import End, Step
from tests.ledgers import START

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def lived(chance: random.Random, events: list[Event], hours: list[int]) -> list[Event]:
    """What runs at these hours recorded behind what was there: any step, of now or of before."""
    found = list(events)
    for hour in hours:
        step = chance.choice(list(Step))
        earlier = step in {Step.RELEASED, Step.REBUILT, Step.DEPLOYED} and chance.random() < 0.5
        new = chance.choice("abc")
        told = Event(
            at=START + (chance.randrange(-200, hour) if earlier else hour) * HOUR,
            step=step,
            new=new,
            url=chance.choice(["", "u", "v", "w"]) if step in {Step.PROPOSED, Step.MERGED} else "",
            stage=chance.choice(["qa", "production"]) if step is Step.DEPLOYED else "",
            why=chance.choice([End.MERGED, End.TAKEN]) if step is Step.ENDED else "",
        )
        both = [told, Event(at=START + hour * HOUR, step=Step.DETECTED, new=new, url="")] if step is Step.RELEASED else [told]
        for event in both:
            current = split(found)[-1] if found else []
            if begins_anew(current, event) or all(past._replace(at=event.at) != event for past in current):
                found.append(event)
    return found


@pytest.mark.parametrize("seed", range(300))
def test_a_second_merge_of_any_steps_changes_nothing_and_either_side_tells_the_same(seed):
    chance = random.Random(seed)
    base = lived(chance, [], sorted(chance.sample(range(400), chance.randrange(15))))
    hours = chance.sample(range(400, 800), 18)
    mine, theirs = (lived(chance, base, sorted(hours[start : start + chance.randrange(1, 10)])) for start in (0, 9))

    both = woven(mine, theirs)

    assert woven(theirs, mine) == both
    assert woven(both, theirs) == woven(both, mine) == woven(mine, both) == both
    assert woven(mine, mine) == mine
    assert {event for event in (*mine, *theirs) if event.step != Step.MERGED} <= set(both)


def test_a_merge_seen_twice_is_no_second_one_in_a_round_that_began_after_both_sights():
    """The other one saw it later, and then the app behind again with a release that was out long before."""

    def happened(*told: tuple[int, Step, str]) -> list[Event]:
        return [Event(at=START + day * DAY, step=step, new="3.13", url=url) for day, step, url in told]

    mine = happened((3, Step.DETECTED, ""), (10, Step.MERGED, "u"))
    behind_again = happened((2, Step.RELEASED, ""), (12, Step.DETECTED, ""))
    theirs = happened((3, Step.DETECTED, ""), (11, Step.MERGED, "u")) + behind_again

    both = woven(mine, theirs)

    first, second = split(both)
    assert (first, set(second)) == (mine, set(behind_again))
    assert woven(both, theirs) == woven(both, mine) == woven(theirs, mine) == both
