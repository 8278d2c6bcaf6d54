"""What holds for images behind aliases, whatever the keys are called."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.find.scan import find_in_file
from bot.model.pin import Pin
from tests.laws.test_finders import OneFile

KEYS = st.from_regex(r"[a-z]{1,8}([A-Z_-][a-z]{1,6})?", fullmatch=True).filter(lambda key: key not in {"y", "n", "on", "no", "off", "yes"})
PLACES = st.lists(
    st.sampled_from(["{key}:\n  image: *it\n", "{key}:\n  image:\n    <<: *it\n", "{key}Image: *it\n", "{key}:\n  images: [*it]\n"]),
    min_size=1,
)


@pytest.mark.parametrize("name", ["ghcr.io/acme/api", "acme/api"])
@given(anchor=KEYS, keys=st.lists(KEYS, min_size=8, max_size=8, unique=True), places=PLACES, is_list=st.booleans())
def test_an_anchored_image_is_one_pin_at_its_literal(name: str, anchor: str, keys: list[str], places: list[str], *, is_list: bool) -> None:
    held = f"{'- ' if is_list else ''}&it {{repository: {name}, tag: 1.4.0}}"
    text = f"z{anchor}: {'' if not is_list else chr(10) + '  '}{held}\n"
    text += "".join(place.format(key=f"{key}{number}") for number, (key, place) in enumerate(zip(keys, places, strict=False)))
    path = PurePosixPath("values.yaml")

    findings = find_in_file(path, text, OneFile(path, text))

    assert [(type(found), found.line) for found in findings] == [(Pin, 2 if is_list else 1)]
    assert isinstance(findings[0], Pin)
    assert findings[0].value == "1.4.0"
