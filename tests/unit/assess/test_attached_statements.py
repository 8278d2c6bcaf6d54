"""What a publisher attaches to an image takes holes of that image away; what can't be read is told."""

from bot.assess.assessor import Assessor
from bot.assess.source import Told
from bot.assess.vex.applies import Statements
from bot.assess.vex.attached import AttachedStatements, AttachedTo
from bot.model.assessment import DataSource
from bot.model.contents import NotRead
from tests.image_steps import OPENSSL, hole, image

VEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://acme.example/vex/1",
    "author": "Acme",
    "timestamp": "2026-05-01T00:00:00Z",
    "version": 1,
    "statements": [
        {"vulnerability": {"name": "CVE-2026-1001"}, "status": "not_affected", "justification": "vulnerable_code_not_present"},
    ],
}


class Osv:
    def told(self, contents):
        data = (DataSource(name="OSV", as_of=None),)
        return Told(holes=(hole("CVE-2026-1001"), hole("CVE-2026-1002")), checked=contents.packages, data=data)


def assessed(attached: AttachedTo):
    sources = [Osv(), AttachedStatements(look=lambda _: attached)]
    return Assessor(sources=sources, statement_for=Statements.of(()).taking_away).assess(image(OPENSSL))


def test_a_hole_is_taken_away_by_what_is_attached():
    found = assessed(AttachedTo(documents=[("referrer", VEX)], not_read=()))

    assert [one.id for one in found.holes] == ["CVE-2026-1002"]
    (away,) = found.dismissed
    assert (away.hole.id, away.statement.author, away.statement.where) == ("CVE-2026-1001", "Acme", "attached to the image (referrer)")


def test_nothing_attached_changes_nothing():
    found = assessed(AttachedTo(documents=(), not_read=()))

    assert [one.id for one in found.holes] == ["CVE-2026-1001", "CVE-2026-1002"]
    assert found.not_checked == ()


def test_what_could_not_be_read_is_told():
    found = assessed(AttachedTo(documents=(), not_read=[NotRead(what="attached VEX document (referrers)", reason="not read: 502")]))

    assert len(found.holes) == 2
    assert [str(gap) for gap in found.not_checked] == ["attached VEX document (referrers): not read: 502; what it takes away is not known"]
