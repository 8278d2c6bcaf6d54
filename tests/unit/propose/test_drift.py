"""What a pull request says can break."""

from dataclasses import replace
from datetime import date

import pytest
from proposal_samples import pin, update

from bot.model.chart import Change, ChartStep, ValueChange
from bot.model.comparison import Difference
from bot.model.contents import Configuration, NotRead, OperatingSystem, Package
from bot.model.dependency import HELM, Dependency
from bot.model.notes import ImageFacts, Notes
from bot.model.severity import Severity
from bot.model.update import UpdateKind
from bot.propose.drift import Weight, left_behind, risk
from tests.image_steps import OPENSSL, hole, image, step

TODAY = date(2026, 5, 9)
LIBC, MUSL = Package(type="deb", name="libc6", version="2.36"), Package(type="apk", name="musl", version="1.2")
BASH = Package(type="deb", name="bash", version="5.2")
ALPINE = OperatingSystem(id="alpine", version="3.20", name="Alpine Linux v3.20")
DEBIAN_11 = OperatingSystem(id="debian", version="11", name="Debian GNU/Linux 11 (bullseye)", end_of_life=date(2024, 8, 14))
FACTS = ImageFacts()
CHART = replace(update(), pin=replace(pin(), dependency=Dependency(datasource=HELM, name="https://charts.example.org#redis")))


def differs(aspect: str, old: str, new: str, *, name: str = "", needs_attention: bool = True) -> Notes:
    return Notes(step=step(), differences=(Difference(aspect=aspect, name=name, old=old, new=new, needs_attention=needs_attention),))


def between(old, new, **more) -> Notes:
    return Notes(step=step(old=old, new=new, **more))


@pytest.mark.parametrize(
    ("one", "notes", "said"),
    [
        pytest.param(update(), Notes(step=step()), "low**: no new feature version, and nothing was found in it", id="all was compared"),
        pytest.param(update(kind=UpdateKind.MINOR), Notes(step=step()), "medium**: it is a minor version, not only fixes.", id="minor"),
        pytest.param(update(kind=UpdateKind.MAJOR), Notes(step=step()), "high**: it is a major version.", id="major"),
        pytest.param(update(), differs("user", "app", "root"), "high**: runs as root from now on.", id="root"),
        pytest.param(update(), differs("user", "root", "app"), "high**: runs as `app` from now on, not as `root`.", id="no longer root"),
        pytest.param(update(), differs("entrypoint", "/a", "/b"), "high**: ENTRYPOINT changed.", id="entrypoint"),
        pytest.param(update(), differs("entrypoint", "/a", ""), "high**: ENTRYPOINT is gone.", id="no entrypoint"),
        pytest.param(update(), differs("command", "a", "b"), "medium**: CMD changed.", id="command"),
        pytest.param(update(), differs("ports", "80/tcp", "8080/tcp"), "medium**: `80/tcp` is no longer exposed.", id="ports"),
        pytest.param(update(), differs("volumes", "", "/data", needs_attention=False), "medium**: `/data` becomes a volume.", id="volume"),
        pytest.param(update(), differs("environment", "1", "", name="HOME"), "medium**: `HOME` is no longer set.", id="variable"),
        pytest.param(update(), differs("platforms", "linux/arm64", ""), "high**: is no longer there for `linux/arm64`.", id="platform"),
        pytest.param(update(), differs("stop signal", "TERM", "INT"), "medium**: its stop signal changed.", id="anything else"),
        pytest.param(
            update(), between(image(BASH), image(OPENSSL)), "high**: no package of it is a shell any more; 1 package is gone.", id="shell"
        ),
        pytest.param(
            update(),
            between(image(LIBC), replace(image(MUSL), operating_system=ALPINE)),
            "high**: another operating system: alpine, not debian; musl takes the place of glibc; 1 package is gone.",
            id="libc",
        ),
        pytest.param(
            update(),
            between(replace(image(), operating_system=DEBIAN_11), image()),
            "medium**: another release of its operating system: debian 12, not 11.",
            id="release of the system",
        ),
        pytest.param(
            update(), Notes(step=step(brought=[hole("CVE-2026-1", Severity.CRITICAL)])), "high**: brings 1 known hole.", id="brings a hole"
        ),
        pytest.param(
            update(deprecation="use another"), Notes(step=step()), "medium**: its publisher warns of it.", id="a publisher's warning"
        ),
        pytest.param(
            update(), Notes(), "not known**, because what is inside the two images, and how they run, was not compared.", id="nothing"
        ),
        pytest.param(
            update(), Notes(old=FACTS, new=FACTS), "not known**, because what is inside the two images was not compared.", id="facts alone"
        ),
        pytest.param(
            update(),
            between(image(BASH), replace(image(), packages=(), not_read=(NotRead(what="layer 1", reason="broken"),))),
            "not all",
            id="a broken layer says nothing of what is lost",
        ),
        pytest.param(
            update(),
            Notes(step=step(data=[])),
            "not known**, because not all that changes in it could be checked for holes.",
            id="not checked for holes",
        ),
        pytest.param(
            update(kind=UpdateKind.MINOR),
            Notes(),
            "at least medium**: it is a minor version, not only fixes. More is not known, because what is inside the two",
            id="known in part",
        ),
        pytest.param(
            update(pin(value="3.12-slim"), value="3.12-slim", kind=UpdateKind.PIN), Notes(), "low**: no new feature version", id="a pin"
        ),
        pytest.param(
            CHART,
            Notes(),
            "not known**, because what is inside it is not looked into.",
            id="no image",
        ),
        pytest.param(CHART, Notes(chart=ChartStep()), "not known**, because what it renders was not compared.", id="a chart"),
        pytest.param(
            CHART,
            Notes(
                chart=ChartStep(
                    is_deprecated=True,
                    kube_version=(">=1.20", ">=1.25"),
                    values=(
                        ValueChange(key="image.tag", change=Change.CHANGED, old="1", new="2"),
                        ValueChange(key="metrics", change=Change.REMOVED, count=3),
                        ValueChange(key="extra", change=Change.ADDED),
                    ),
                    problems=("values.yaml: 502",),
                )
            ),
            "at least medium**: the chart is deprecated; it asks for Kubernetes `>=1.25`, not `>=1.20`; 3 defaults are gone; "
            "1 default is set otherwise. More is not known, because not all of its defaults, nor what it renders, was compared.",
            id="a chart that changes much",
        ),
    ],
)
def test_the_risk_is_told_with_its_reasons(one, notes, said):
    text = str(risk([(one, notes)], TODAY)).replace("\\", "")

    if said == "not all":
        assert text.startswith("**Risk: at least medium**: 1 package is gone.") or "not everything inside" in text
        assert "shell" not in text
    else:
        assert text.startswith(f"**Risk: {said}")


def test_of_several_updates_each_reason_names_its_own_and_the_worst_counts():
    found = risk([(update(), Notes(step=step())), (update(kind=UpdateKind.MAJOR), Notes())], TODAY)

    assert found.weight is Weight.HIGH
    assert str(found).startswith("**Risk: high**: it is a major version (`python`). More is not known, because what is inside")


def test_root_is_seen_in_what_was_opened_too():
    found = step()
    both = replace(found.comparison, old=replace(found.comparison.old, configuration=Configuration(user="app")))

    assert "runs as root from now on" in str(risk([(update(), Notes(step=replace(found, comparison=both)))], TODAY))


@pytest.mark.parametrize(
    ("new", "said"),
    [
        pytest.param(date(2028, 6, 30), "leaves Debian GNU/Linux 11 (bullseye) behind, which is past its end", id="to a cared-for one"),
        pytest.param(date(2025, 6, 30), "", id="to another that is past its end"),
        pytest.param(None, "", id="to one of which the end is not known"),
    ],
)
def test_an_end_is_left_behind_only_where_that_is_known(new, said):
    both = step(old=replace(image(), operating_system=DEBIAN_11), new=image(end_of_life=new)).comparison

    assert left_behind(both, TODAY) == said
