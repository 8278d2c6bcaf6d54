"""For how long the ledger keeps what nothing stands on any more."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is in use, listed by its publisher or still open is kept without an end; these are of what is not."""

    updates: timedelta
    """Steps of updates that an app took."""
    passed_over: timedelta
    """Steps towards a release whose place a newer one took, and what updates that no app needs any more close."""
    uses: timedelta
    """Images that were in use: so far back can be asked who had a package."""
    sights: timedelta
    """First sights of values that their publisher's list lacks, and of digests that their tag left."""
    contents: timedelta
    """What is inside images that are neither in use nor seen: it can be read again."""
