"""What holds signatures against the entries of the configuration and the policies of admission controllers, where there are any."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.clients.oci.notary import NotaryClient
from bot.clients.once import once
from bot.inspect.admission.policy import Enforcement, ImagePolicy, Wanted
from bot.inspect.admission.read import load_policies
from bot.inspect.trust.content_trust import ContentTrust
from bot.inspect.trust.cosign import Cosign
from bot.inspect.trust.github import GitHubAttestations
from bot.inspect.trust.keyless import Keyless, KeylessError, load_keyless
from bot.inspect.trust.keys import UnreadableKeyError, load_keys, read_key
from bot.inspect.trust.notation import Notation, load_certificates
from bot.inspect.trust.places import AskedOnce, Store
from bot.inspect.trust.scheme import SignatureScheme
from bot.inspect.trust.trust import AdmissionGuard, Guard, Trust
from bot.model.signature import Demand, SignatureRule
from bot.settings import Settings
from bot.settings.admission import WouldRefuse
from bot.watch.github import GitHubApi
from bot.watch.github_attestations import bundles
from bot.wiring.clients import keychain


def demanded(
    settings: Settings,
    registry: RegistryClient,
    upstream: GitHubApi,
    *,
    now: datetime,
    elsewhere: Callable[[], Iterable[ImagePolicy]],
) -> Trust:
    """What the settings demand; `upstream` is asked for attestations, `elsewhere` gives policies that are no files here."""
    store = AskedOnce(registry)
    guards = [_guard(settings, rule, store, upstream, now) for rule in settings.signatures]

    def admission() -> list[AdmissionGuard]:
        policies = [*load_policies([settings.beside(path) for path in settings.admission.policies]), *elsewhere()]
        return [one for policy in policies for one in _of_policy(policy, settings.admission.would_refuse, store)]

    return Trust(guards, admission, digest_of=registry.digest)


def _guard(settings: Settings, rule: SignatureRule, registry: Store, upstream: GitHubApi, now: datetime) -> Guard:
    if rule.demand is Demand.OFF:
        return Guard(rule=rule)
    try:
        keys = load_keys([settings.beside(path) for path in rule.keys])
        keyless = _keyless(settings, rule)
        roots = load_certificates([settings.beside(path) for path in rule.certificates])
        tags = _content_trust(settings, rule, upstream.http, now)
    except (UnreadableKeyError, KeylessError) as error:
        return Guard(rule=rule, problem=str(error))
    schemes: list[SignatureScheme] = [Cosign(registry=registry, keys=keys, keyless=keyless)] if keys or keyless else []
    schemes += [Notation(registry=registry, roots=roots, now=now)] if roots else []
    schemes += [tags] if tags else []
    if keyless and rule.github_attestations:
        bundles_of = once(partial(bundles, upstream))
        schemes.append(GitHubAttestations(bundles_of=bundles_of, repo=rule.github_attestations, keyless=keyless))
    return Guard(rule=rule, schemes=schemes)


def _content_trust(settings: Settings, rule: SignatureRule, http: HttpClient, now: datetime) -> ContentTrust | None:
    """Raises UnreadableKeyError."""
    named = rule.content_trust
    if named is None:
        return None
    keys = load_keys([settings.beside(path) for path in named.root_keys])
    client = NotaryClient(named.server, http=http, keychain=keychain(settings))
    return ContentTrust(roles=once(client.role), root_keys=keys, now=now)


def _keyless(settings: Settings, rule: SignatureRule) -> Keyless | None:
    """Raises KeylessError."""
    if not rule.identities:
        return None
    return load_keyless(rule.identities, None if rule.trusted_root is None else settings.beside(rule.trusted_root))


def _of_policy(policy: ImagePolicy, would_refuse: WouldRefuse, registry: Store) -> Iterator[AdmissionGuard]:
    holds = would_refuse is WouldRefuse.HOLD and policy.enforcement is Enforcement.REFUSED
    demand = Demand.REQUIRE if holds else Demand.WARN
    for wanted in policy.wanted:
        try:
            schemes, problem = ((), wanted.problem) if wanted.problem else ((_cosign(policy, wanted, registry),), "")
        except (UnreadableKeyError, KeylessError) as error:
            schemes, problem = (), str(error)
        yield AdmissionGuard(policy=policy, demand=demand, schemes=schemes, problem=problem, gaps=wanted.gaps)


def _cosign(policy: ImagePolicy, wanted: Wanted, registry: Store) -> Cosign:
    """Raises UnreadableKeyError and KeylessError."""
    keys = [read_key(key.encode(), f"a key in {policy.file}") for key in wanted.keys]
    return Cosign(registry=registry, keys=keys, keyless=load_keyless(wanted.identities, None) if wanted.identities else None)
