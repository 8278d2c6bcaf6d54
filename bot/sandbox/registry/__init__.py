"""An OCI registry in memory, with real (tiny) images, that other tools can pull from and push to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from starlette.types import ASGIApp

from bot.model.image import Digest
from bot.model.secret import Secret
from bot.sandbox.faults import Faults
from bot.sandbox.registry.access import Access, Gate
from bot.sandbox.registry.app import RegistryApp
from bot.sandbox.registry.images import Files, ImageFormat, Layer, Recipe, Runtime, build, build_artifact, build_chart
from bot.sandbox.registry.limit import PullLimit
from bot.sandbox.registry.store import Store, StoredManifest

__all__ = ["Access", "ImageFormat", "Layer", "PullLimit", "RegistrySandbox", "Runtime"]


class RegistrySandbox:
    """The registry and how to fill it. `app` is what a `bot.sandbox.server.Server` serves; `faults` counts its requests and breaks them.

    Seeding needs no server and no login; names are repository paths as they stand behind the host.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        access: Access = Access.BEARER,
        users: Mapping[str, Secret] | None = None,
        private: Collection[str] = (),
        max_page: int = 100,
        has_referrers: bool = True,
        limit: PullLimit | None = None,
    ) -> None:
        """`max_page` bounds the tags on a page; `private` repositories are for users only; without `has_referrers` that API answers 404."""
        self._clock = clock
        self.store = Store()
        self.gate = Gate(access=access, users=users or {}, private=private, clock=clock)
        app = RegistryApp(store=self.store, gate=self.gate, max_page=max_page, has_referrers=has_referrers, limit=limit)
        self.faults = Faults(app.app)
        self.app: ASGIApp = self.faults

    def push_image(
        self,
        repository: str,
        tag: str,
        *,
        layers: Sequence[Files | Layer] | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        platforms: Sequence[str] = ("linux/amd64",),
        created: datetime | None = None,
        base: tuple[str, str] | None = None,
        runtime: Runtime | None = None,
        image_format: ImageFormat = ImageFormat.OCI,
        attested: bool = False,
    ) -> Digest:
        """Put an image under a tag; the digest that the tag then stands for.

        `layers` are what each layer adds, or the steps of its history (default: one layer that names repository and tag); `base` is the
        repository, and the tag or digest, of an image in this registry whose layers lie below; `created` is by default the clock's time;
        several `platforms`, or `attested`, make an index.
        """
        recipe = Recipe(
            layers=[{"etc/image": f"{repository}:{tag}\n".encode()}] if layers is None else layers,
            labels=labels or {},
            annotations=annotations or {},
            platforms=platforms,
            created=created or self._clock(),
            runtime=runtime or Runtime(),
            image_format=image_format,
            attested=attested,
        )
        manifest = build(self.store, repository, recipe, self.store.manifest(*base) if base else None)
        return self._tag(repository, tag, manifest)

    def push_chart(self, repository: str, version: str, *, chart: Mapping[str, object] | None = None, files: Files | None = None) -> Digest:
        """Put a Helm chart under its version; `chart` adds to its Chart.yaml, `files` are what the archive holds."""
        name = repository.rpartition("/")[2]
        told = {"apiVersion": "v2", "name": name, "version": version, **(chart or {})}
        return self._tag(repository, version, build_chart(self.store, repository, told, files or {f"{name}/values.yaml": b"{}\n"}))

    def attach(self, repository: str, reference: str, *, artifact_type: str, annotations: Mapping[str, str] | None = None) -> Digest:
        """Attach an artifact to the manifest under a tag or digest, found by the referrers API; its digest."""
        subject = self.store.manifest(repository, reference)
        artifact = build_artifact(self.store, repository, artifact_type=artifact_type, annotations=annotations or {}, subject=subject)
        return artifact.digest

    def tag(self, repository: str, tag: str, reference: str) -> Digest:
        """Let a tag stand for what another tag or digest stands for."""
        return self._tag(repository, tag, self.store.manifest(repository, reference))

    def remove_tag(self, repository: str, tag: str) -> None:
        """The manifest stays, as registries keep it."""
        del self.store.known(repository).tags[tag]

    def deprecate(self, repository: str, text: str) -> None:
        """From now on, say so with every answer (`Warning: 299`)."""
        self.store.known(repository).warnings.append(text)

    def _tag(self, repository: str, tag: str, manifest: StoredManifest) -> Digest:
        self.store.repository(repository).tags[tag] = manifest.digest
        return manifest.digest
