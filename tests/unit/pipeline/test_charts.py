"""What a chart's two packages tell, put together from what its repository has."""

import gzip
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from bot.model.chart import ChartMove
from bot.model.dependency import HELM, OCI, Dependency, Release
from bot.model.listing import DatasourceError, NotListedError
from bot.model.pin import Pin, Role
from bot.model.update import Update, UpdateKind
from bot.pipeline.charts import ChartSteps
from tests.images import archive

CHART = Dependency(datasource=HELM, name="https://charts.example.org#api")
ENTRY = {"apiVersion": "v2", "appVersion": "1", "kubeVersion": ">=1.25", "dependencies": [{"name": "redis", "version": "1"}]}


def update(old: str | None = "1.0.0", new: str = "1.2.0", *, role: Role = Role.CHART, range_step: tuple[str, str] | None = None) -> Update:
    pin = Pin(
        file=PurePosixPath("app.yaml"),
        finder="argo-cd",
        dependency=CHART,
        name="api",
        scheme="semver",
        value=old,
        role=role,
        sites=(),
        line=1,
        column=1,
    )
    return Update(pin=pin, release=Release(dependency=CHART, value=new), kind=UpdateKind.MINOR, range_step=range_step)


class Place:
    def __init__(self, told=None, packages=None) -> None:
        self.listed, self.packages = told or {}, packages or {}
        self.asked: list[object] = []

    def told(self, _dependency, versions):
        self.asked.append(list(versions))
        return {version: self.listed[version] for version in versions if version in self.listed}

    def package(self, _dependency, version, _told, *, max_bytes):
        self.asked.append(version)
        found = self.packages.get(version, NotListedError("404."))
        if isinstance(found, Exception):
            raise found
        assert len(found) <= max_bytes
        return found


def package(chart: str = "apiVersion: v2\n", values: str = "", **templates: str) -> bytes:
    files = {"api/Chart.yaml": chart, "api/values.yaml": values, **{f"api/templates/{name}.yaml": text for name, text in templates.items()}}
    return gzip.compress(archive(*((path, text.encode()) for path, text in files.items())))


def step(place: Place, asked: Update | None = None, versions=("1.0.0", "1.1.0", "1.2.0", "1.2.1-rc.1", "2.0.0")):
    return ChartSteps({HELM: place}, lambda _: versions).of(asked or update())


def test_the_versions_between_are_asked_for_newest_first_and_once():
    place = Place(packages={"1.0.0": package(), "1.2.0": package()})
    steps = ChartSteps({HELM: place}, lambda _: ("1.0.0", "1.1.0", "1.2.0", "1.2.1-rc.1", "2.0.0"))

    assert steps.of(update()) is steps.of(update())
    assert place.asked == [["1.2.0", "1.1.0", "1.0.0"], "1.0.0", "1.2.0"]


def test_images_are_those_that_our_finders_see_with_the_tag_that_the_app_version_is():
    values = "image: {repository: acme/api, tag: ''}\nsidecar: {image: {repository: quay.io/acme/log, tag: 'TAG'}}\n"
    found = step(
        Place(
            packages={
                "1.0.0": package("apiVersion: v2\nappVersion: 3.0.0\n", values.replace("TAG", "1.0")),
                "1.2.0": package("apiVersion: v2\nappVersion: 3.1.0\n", values.replace("TAG", "1.1")),
            }
        )
    )

    assert found.images == (
        ChartMove(name="docker.io/acme/api", old="3.0.0", new="3.1.0"),
        ChartMove(name="quay.io/acme/log", old="1.0", new="1.1"),
    )


def test_an_index_that_tells_all_stands_in_for_a_package_that_is_gone():
    newer = {**ENTRY, "appVersion": "2", "dependencies": []}
    found = step(Place({"1.0.0": ENTRY, "1.2.0": newer}, {"1.2.0": package("apiVersion: v2\nappVersion: 2\nkubeVersion: '>=1.25'\n")}))

    assert (found.app_version, found.kube_version) == (("1", "2"), (">=1.25", ">=1.25"))
    assert found.dependencies == (ChartMove(name="redis", old="1", new=""),)
    assert found.values == ()
    assert found.not_compared == ("the package of api 1.0.0: 404.",)


@pytest.mark.parametrize(
    ("told", "broken", "not_compared", "problems"),
    [
        pytest.param({}, NotListedError("404."), ("the package of api 1.0.0: 404.",), (), id="not there"),
        pytest.param({}, b"<html>", ("the package of api 1.0.0: it is no tar archive, or a broken one",), (), id="no archive"),
        pytest.param({}, package(values="{a: ["), ("the package of api 1.0.0: no valid YAML in line 2",), (), id="values that are no YAML"),
        pytest.param({}, package(chart="- a\n"), ("the package of api 1.0.0: it has no Chart.yaml that is a mapping",), (), id="no chart"),
        pytest.param(
            {}, DatasourceError("502.", is_temporary=True), (), ("Could not read the package of api 1.0.0: 502.",), id="failed for now"
        ),
        pytest.param({"1.0.0": {"version": "1.0.0"}}, NotListedError("404."), ("the package of api 1.0.0: 404.",), (), id="told in part"),
    ],
)
def test_nothing_is_called_new_or_gone_where_one_side_was_not_read(told, broken, not_compared, problems):
    whole = package("apiVersion: v2\nkubeVersion: '>=1.29'\ndependencies: [{name: redis, version: 1}]\n", "a: 1\nimage: acme/api:1\n")
    found = step(Place(told, {"1.0.0": broken, "1.2.0": whole}))

    assert (found.not_compared, found.problems) == (not_compared, problems)
    assert (found.kube_version, found.dependencies, found.values, found.images) == (("", ""), (), (), ())


def test_what_a_package_says_of_its_version_is_told_where_the_list_says_nothing():
    chart = 'apiVersion: v2\nannotations: {artifacthub.io/changes: "- A change"}\n'
    found = step(Place(packages={"1.0.0": package(chart), "1.2.0": package(chart)}))

    assert [(one.version, one.entries[0].description) for one in found.versions] == [("1.2.0", "A change")]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(update(None), id="no value"),
        pytest.param(update("1.2.0"), id="the same value"),
        pytest.param(update(role=Role.IMAGE), id="no chart"),
        pytest.param(update("1.x", "1.2.0", range_step=("", "1.2.0")), id="a range that lets nothing in"),
    ],
)
def test_what_is_no_step_of_a_chart_asks_nothing(asked):
    place = Place()

    assert step(place, asked) is None
    assert place.asked == []


def test_a_range_is_told_by_the_versions_that_it_lets_in():
    place = Place()
    step(place, update("1.x", ">=2", range_step=("1.1.0", "2.0.0")))

    assert place.asked[0] == ["2.0.0", "1.2.0", "1.1.0"]


def test_an_image_is_no_chart():
    given = update()
    image = replace(given, pin=replace(given.pin, dependency=Dependency(datasource=OCI, name="docker.io/acme/api"), role=Role.IMAGE))

    assert step(Place(), image) is None
