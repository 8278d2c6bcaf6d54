"""What holds for every verdict on a rebuild: nothing is called fixed that is not, whatever the two images hold."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inspect.rebuild.judge import judge
from bot.model.contents import Contents, KnownBy, Layer, NotRead, OperatingSystem, Package
from bot.model.image import Digest
from bot.model.rebuild import MAX_EVIDENCE, BuiltImage, RebuildGoal, RebuildVerdict, WantedBase, WantedFix
from bot.versions.packages import compare_versions

FIXED_IN = "1.2-1"
LAYERS = ("a", "b", "c", "d")
PLATFORMS = ("linux/amd64", "linux/arm64")
INSTRUCTIONS = ("", "RUN apt-get upgrade -y", "RUN apt-get install -y ssl=1.0-1", "COPY . /", "RUN apt-mark hold ssl", "RUN \0 {}[]&&;;|")


def often(usual, *others):
    """Mostly the first: what is fixed has to be met often, or the law says nothing."""
    return st.sampled_from([usual] * 6 * len(others) + list(others))


PACKAGES = st.builds(
    Package,
    type=often("deb", "pypi"),
    name=often("ssl", "other"),
    version=often(FIXED_IN, "1.0-1", "1.3-1", "odd!"),
    source_name=st.sampled_from(["", "ssl"]),
    source_version=often("", "1.0-1", "1.3-1"),
    layer=st.sampled_from(LAYERS),
    path=st.sampled_from(["", "opt/x"]),
    known_by=often(KnownBy.LAYERS, KnownBy.DECLARED),
)
MADE = st.builds(
    Layer,
    diff_id=st.sampled_from(LAYERS),
    digest=st.just(Digest(f"sha256:{'0' * 64}")),
    size_bytes=st.just(1),
    created_by=st.sampled_from(INSTRUCTIONS),
    created_at=st.sampled_from([None, datetime(2026, 8, 6, tzinfo=UTC), datetime(2026, 8, 13, tzinfo=UTC)]),
)
CONTENTS = st.builds(
    Contents,
    image=st.just("app:1"),
    digest=st.just(Digest(f"sha256:{'1' * 64}")),
    packages=st.lists(PACKAGES, max_size=4).map(tuple),
    layers=st.lists(MADE, max_size=4, unique_by=lambda layer: layer.diff_id).map(tuple),
    operating_system=often(OperatingSystem(id="debian", version="12"), None, OperatingSystem(id="debian", version="13")),
    not_read=often((), (NotRead(what="x", reason="y"),), (NotRead(what="x", reason="y", is_layer=True),)),
)
PLATFORM = st.one_of(*[CONTENTS] * 9, st.just("can't be had"))


def image(sign: str):
    several = st.fixed_dictionaries(dict.fromkeys(PLATFORMS, PLATFORM))
    return st.one_of(several, several, st.fixed_dictionaries({PLATFORMS[0]: PLATFORM})).map(
        lambda found: BuiltImage(image="app:1", digest=Digest(f"sha256:{sign * 64}"), platforms=found)
    )


BASE = st.sampled_from([None, WantedBase(name="base", layers=dict.fromkeys(PLATFORMS, ("a",))), WantedBase(name="base")])


@settings(max_examples=500, deadline=None)
@given(old=image("1"), new=image("2"), base=BASE)
def test_nothing_is_called_fixed_that_is_not(old: BuiltImage, new: BuiltImage, base: WantedBase | None) -> None:
    finding = judge(old, new, RebuildGoal(packages=(WantedFix(type="deb", name="ssl", fixed_in=FIXED_IN),), base=base))

    assert 0 < len(finding.evidence) <= MAX_EVIDENCE
    if not finding.verdict.is_fixed:
        return
    assert old.platforms.keys() <= new.platforms.keys()
    held = [is_fine(contents, old.platforms.get(platform), base) for platform, contents in new.platforms.items()]
    assert finding.verdict is RebuildVerdict.REMOVED or any(held), "something is there at the fix"


def is_fine(new: Contents | str, old: Contents | str | None, base: WantedBase | None) -> bool:
    """Whether the package is there; fails where it is not at the fix, or where that could not be seen."""
    assert isinstance(new, Contents)
    assert not new.not_read
    assert not isinstance(old, str)
    ours = [one for one in new.packages if one.type == "deb" and "ssl" in {one.name, one.source_name}]
    for one in ours:
        assert one.known_by is KnownBy.LAYERS
        for version in {one.version, one.source_version or one.version}:
            assert compare_versions("deb", version, FIXED_IN) in {0, 1}
    if ours and old is not None:
        assert old.operating_system == new.operating_system
    if base is not None:
        assert [layer.diff_id for layer in new.layers][:1] == ["a"]
        assert base.layers
    return bool(ours)
