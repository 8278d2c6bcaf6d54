"""What holds the signatures of images against the configuration."""

from bot.clients.oci.client import RegistryClient
from bot.inspect.registry import Registry
from bot.inspect.trust.cosign import Cosign
from bot.inspect.trust.keyless import Keyless, KeylessError, load_keyless
from bot.inspect.trust.keys import UnreadableKeyError, load_keys
from bot.inspect.trust.trust import Guard, Trust
from bot.model.signature import Demand, SignatureRule
from bot.settings import Settings


def make_trust(settings: Settings, registry: RegistryClient) -> Trust:
    """Nobody is asked where `signatures` is empty or off."""
    guards = [_guard(settings, rule, registry) for rule in settings.signatures]
    return Trust(guards, digest_of=registry.digest)


def _guard(settings: Settings, rule: SignatureRule, registry: Registry) -> Guard:
    if rule.demand is Demand.OFF:
        return Guard(rule=rule)
    try:
        keys = load_keys([settings.beside(path) for path in rule.keys])
        keyless = _keyless(settings, rule)
    except (UnreadableKeyError, KeylessError) as error:
        return Guard(rule=rule, problem=str(error))
    return Guard(rule=rule, schemes=(Cosign(registry=registry, keys=keys, keyless=keyless),))


def _keyless(settings: Settings, rule: SignatureRule) -> Keyless | None:
    """Raises KeylessError."""
    if not rule.identities:
        return None
    return load_keyless(rule.identities, None if rule.trusted_root is None else settings.beside(rule.trusted_root))
