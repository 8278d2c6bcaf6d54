"""What is asked of a forge to have an image rebuilt, and what of that is not over: pure."""

from collections.abc import Iterable, Mapping

from bot.model.build import BuildOrder, Trigger
from bot.model.rebuild_order import BuiltFrom, RebuildEvent, RebuildKey, RebuildStep, RebuildWish

Same = tuple[object, ...]


def order_for(wish: RebuildWish, attempt: int) -> BuildOrder | None:
    """The build that a wish asks for; None: what is to be built is not known."""
    rule = wish.rule
    ref = wish.release if rule.built_from is BuiltFrom.RELEASE and rule.trigger is Trigger.WORKFLOW else wish.default_branch
    if not ref:
        return None
    known = {
        "image": wish.image.name,
        "tag": wish.image.tag or "",
        "base": wish.base,
        "digest": wish.base_digest,
        "key": key_text(wish, attempt),
    }
    inputs = {name: _filled(value, known) for name, value in rule.inputs.items()}
    return BuildOrder(repo=wish.repo, trigger=rule.trigger, name=rule.name, ref=ref, inputs=inputs)


def key_text(wish: RebuildWish, attempt: int) -> str:
    """By which a build can tell whose it is."""
    return f"{wish.key.text}-{attempt}"


def tells_key(wish: RebuildWish) -> bool:
    """Whether its builds are told which try they are of; whether they tell it on is for their workflow (`run-name`)."""
    return any("{key}" in value for value in wish.rule.inputs.values())


def same(order: BuildOrder) -> Same:
    """Equal where one build does for several images of a repo."""
    return (order.repo, order.trigger, order.name, order.ref, tuple(sorted(order.inputs.items())))


def _filled(text: str, known: Mapping[str, str]) -> str:
    """The value with its names filled in, all at once: what is filled in is not read again."""
    first, *rest = text.split("{")
    filled = [first]
    for part in rest:
        name, brace, after = part.partition("}")
        filled.append(f"{known[name]}{after}" if brace and name in known else f"{{{part}")
    return "".join(filled)


def unfinished(past: Iterable[RebuildEvent]) -> tuple[RebuildKey, ...]:
    """Of some recorded steps, what was asked for and is not judged: its wish is to be passed to `rebuild` again, wanted or not."""
    over = {RebuildStep.REFUSED, RebuildStep.JUDGED}
    last: dict[RebuildKey, RebuildEvent] = {}
    order = list(RebuildStep)
    for event in past:
        known = last.get(event.key)
        if known is None or (event.attempt, order.index(event.step)) > (known.attempt, order.index(known.step)):
            last[event.key] = event
    return tuple(key for key, event in last.items() if event.step not in over)
