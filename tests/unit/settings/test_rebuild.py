"""Which published images are rebuilt, and how."""

from pathlib import Path

import pytest

from bot.model.build import Trigger
from bot.model.image import ImageReference
from bot.model.rebuild_order import BuiltFrom, RebuildLimits, RebuildPolicy, RebuildRule
from bot.settings.fault import SettingsError
from tests.unit.settings.reading import load

TEXT = """\
rebuild:
  tries: 2
  images:
  - {repos: [acme/legacy], policy: report}
  - {images: ["ghcr.io/acme/web*"], policy: dispatch, event: rebuild}
  - {repos: [Acme/*], policy: dispatch, workflow: release.yml, built_from: release, inputs: {key: "{key}"}}
"""
IMAGE = ImageReference.parse("ghcr.io/acme/shop:1")


@pytest.mark.parametrize(
    ("repo", "image", "rule"),
    [
        pytest.param("acme/legacy", IMAGE, RebuildRule(), id="the first that fits"),
        pytest.param(
            "acme/web",
            ImageReference.parse("ghcr.io/acme/web-2:1"),
            RebuildRule(policy=RebuildPolicy.DISPATCH, trigger=Trigger.REPOSITORY, name="rebuild"),
            id="by its image",
        ),
        pytest.param(
            "ACME/shop",
            IMAGE,
            RebuildRule(policy=RebuildPolicy.DISPATCH, name="release.yml", built_from=BuiltFrom.RELEASE, inputs={"key": "{key}"}),
            id="by its repo",
        ),
        pytest.param("other/shop", IMAGE, RebuildRule(), id="none fits"),
    ],
)
def test_the_first_entry_that_fits_counts(tmp_path: Path, repo: str, image: ImageReference, rule: RebuildRule) -> None:
    loaded = load(tmp_path, TEXT).rebuild

    assert loaded.rule_for(repo, image) == rule
    assert loaded.limits == RebuildLimits(tries=2)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param("{policy: dispatch}", "set workflow, or event", id="nothing to start"),
        pytest.param("{policy: dispatch, workflow: a.yml, event: e}", "set workflow, or event", id="two things to start"),
        pytest.param("{policy: dispatch, workflow: ../../a.yml}", "workflow", id="a path"),
        pytest.param("{policy: dispatch, event: e, built_from: release}", "default branch", id="an event of a release"),
        pytest.param(f"{{policy: dispatch, event: e, inputs: {{{', '.join(f'a{n}: b' for n in range(11))}}}}}", "too many", id="inputs"),
        pytest.param("{policy: magic}", "policy", id="no such policy"),
        pytest.param(
            "{policy: dispatch, workflow: a.yml, inputs: {a: 'x {imagee}'}}",
            "nothing is known to fill 'imagee' in braces with; did you mean 'image'",
            id="a name that nothing fills in",
        ),
        pytest.param("{policy: pull-request, workflow: a.yml}", "starts nothing itself", id="a pull request that starts something"),
        pytest.param("{workflow: a.yml}", "without a policy it starts nothing; set policy: dispatch", id="a forgotten policy"),
    ],
)
def test_what_can_not_be_is_refused_when_the_file_is_read(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load(tmp_path, f"rebuild:\n  images:\n  - {entry}\n")
