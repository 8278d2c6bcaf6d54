"""What the bot needs to judge signatures: that keys, certificates, trust roots and policies of admission controllers are read."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from bot.inspect.admission.read import load_policies
from bot.inspect.trust.keyless import KeylessError, load_keyless
from bot.inspect.trust.keys import UnreadableKeyError, load_keys
from bot.inspect.trust.notation import load_certificates
from bot.model.checkup import Checkup, Subject
from bot.model.signature import Demand, SignatureRule
from bot.settings import Settings

_ABOUT: Final = Subject("signatures")
_UNTIL_THEN: Final = "until then no signature counts for this entry"


def look_at_signatures(settings: Settings) -> Iterator[Checkup]:
    """Each file that `signatures` names, and what `admission` names; nobody is asked."""
    for number, rule in enumerate(settings.signatures, start=1):
        if rule.demand is not Demand.OFF:
            yield from _rule(settings, rule, f"signatures[{number}]")
    yield from _admission(settings)


def _rule(settings: Settings, rule: SignatureRule, place: str) -> Iterator[Checkup]:
    root_keys = rule.content_trust.root_keys if rule.content_trust else ()
    for path in (*rule.keys, *root_keys):
        yield _read(f"{place}: {path}", partial(load_keys, [settings.beside(path)]))
    for path in rule.certificates:
        yield _read(f"{place}: {path}", partial(load_certificates, [settings.beside(path)]))
    if rule.identities:
        trusted = None if rule.trusted_root is None else settings.beside(rule.trusted_root)
        called = rule.trusted_root or "the public trust root"
        yield _read(f"{place}: {called}", partial(load_keyless, rule.identities, trusted))


def _read(what: str, load: Callable[[], object]) -> Checkup:
    try:
        load()
    except (UnreadableKeyError, KeylessError) as error:
        said, _, remedy = str(error).rpartition("; ")
        return _ABOUT.wrong(what, f"{said or remedy}; {_UNTIL_THEN}", remedy.capitalize() if said else "Mend the file")
    return _ABOUT.fine(what, "read")


def _admission(settings: Settings) -> Iterator[Checkup]:
    for path in settings.admission.policies:
        yield _policies(path, settings.beside(path))


def _policies(path: str, file: Path) -> Checkup:
    what, found = f"admission: {path}", load_policies([file])
    if not found:
        return _ABOUT.wrong(what, "no policy on images is in it", "Name the files with the policies, or take it out")
    problems = [f"{one}: {wanted.problem}" for one in found for wanted in one.wanted if wanted.problem]
    if any(one.is_unread for one in found):
        return _ABOUT.wrong(what, problems[0], "Mend the file, or take it out")
    said = f"{len(found)} {'policy' if len(found) == 1 else 'policies'} on images"
    if problems:
        said += f"; {len(problems)} of their demands {'is' if len(problems) == 1 else 'are'} not understood, as {problems[0]}"
        return _ABOUT.fine(what, said, "Images that these are about are told as perhaps refused")
    return _ABOUT.fine(what, said)
