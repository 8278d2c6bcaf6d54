"""What an image stands on is believed of its labels only where its layers bear it out."""

from dataclasses import replace

import pytest

from bot.model.assessment import AssessedImage, Assessment
from bot.model.contents import Base
from bot.model.image import Digest, ImageReference
from bot.pipeline.standing import standing_of
from tests.image_steps import image

DIGEST = Digest(f"sha256:{'b' * 64}")
BASE = ImageReference.parse("docker.io/library/debian:12")
APP = ImageReference.parse("registry.acme.example/app:2")


def assessed(contents):
    return AssessedImage(contents=contents, assessment=Assessment())


def standing(base: Base | None, *, below=("a", "b"), can_open=True):
    app = assessed(replace(image(layers=("a", "b", "app")), base=base))
    known = {
        str(BASE.at(tag="12", digest=DIGEST)): assessed(image(layers=below)),
        str(BASE): assessed(image(layers=("newer",))),
        str(APP): assessed(image(layers=("app 2",))),
    }
    found = standing_of(app, APP, lambda reference: known.get(str(reference)) if can_open else None)
    newest = None if found.newest_base is None else found.newest_base.contents.layers[0].created_by
    return found.base is app.contents, newest


@pytest.mark.parametrize(
    ("base", "more", "expected"),
    [
        pytest.param(Base(name="debian:12", digest=DIGEST, source="labels"), {}, (False, "RUN make newer"), id="named, and borne out"),
        pytest.param(
            Base(name="debian:12", digest=DIGEST, source="labels"), {"below": ("x",)}, (True, "RUN make app 2"), id="other layers"
        ),
        pytest.param(Base(name="debian:12", digest=DIGEST, source="labels"), {"below": ()}, (True, "RUN make app 2"), id="no layers"),
        pytest.param(Base(name="debian:12", digest=DIGEST, source="labels"), {"can_open": False}, (True, None), id="it can't be opened"),
        pytest.param(Base(name="debian:12", source="labels"), {}, (True, "RUN make app 2"), id="no digest is named"),
        pytest.param(Base(name="../x y", digest=DIGEST, source="labels"), {}, (True, "RUN make app 2"), id="its name is none"),
        pytest.param(None, {}, (True, "RUN make app 2"), id="none is named"),
    ],
)
def test_what_an_image_stands_on(base, more, expected):
    assert standing(base, **more) == expected
