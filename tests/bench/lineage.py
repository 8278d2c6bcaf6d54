"""How many bases are told, and none wrongly: `python -m tests.bench.lineage [PAIRS] [SEED]` prints tables over made-up pairs."""

import logging
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import structlog

from bot.model.lineage import Confidence
from tests.lineage_pairs import Outcome, outcomes

_COLUMNS = ("pairs", "proved", "at least, its base", "at least, below its base", "claimed", "inferred", "unknown", "wrong")


def main(pairs: int = 1000, seed: int = 1) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    found = outcomes(pairs, seed=seed)
    built = [one for one in found if one.pair.stands_on is not None]
    told = [one for one in found if one.lineage.base is not None]
    wrong = [one for one in told if one.is_wrong and not is_unknowable(one)]
    sys.stdout.write(
        f"{pairs:,} pairs: a base is told of {len(told):,}, {len(wrong)} wrongly; precision {1 - len(wrong) / max(len(told), 1):.3f}\n"
    )
    lies = sum(is_unknowable(one) for one in told)
    sys.stdout.write(f"Besides, {lies} lies are repeated as claimed, for no registry has the base that they name any more\n\n")
    sys.stdout.writelines(f"{line}\n" for line in table("evidence", built, lambda one: one.pair.evidence))
    sys.stdout.write("\n")
    sys.stdout.writelines(f"{line}\n" for line in table("damage", found, lambda one: one.pair.damage or "none"))
    for one in wrong[:10]:
        sys.stdout.write(f"\nwrong: {one.pair}\n{one.lineage}\n")
    return 1 if wrong else 0


def is_unknowable(one: Outcome) -> bool:
    """A lie that nobody can find out, for the base that it names is gone: it is told as a claim, and as nothing more."""
    return one.is_wrong and one.confidence in {Confidence.CLAIMED, Confidence.INFERRED} and one.pair.is_lied_about


def table(heading: str, found: Iterable[Outcome], key) -> Iterator[str]:
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        rows[key(one)].append(one)
    yield f"| {heading} | {' | '.join(_COLUMNS)} |"
    yield f"| --- |{' ---: |' * len(_COLUMNS)}"
    for name, ones in sorted(rows.items()):
        yield f"| {name} | {' | '.join(map(str, counts(ones)))} |"


def counts(ones: Sequence[Outcome]) -> tuple[int, ...]:
    def of(confidence: Confidence | None) -> list[Outcome]:
        return [one for one in ones if one.confidence is confidence]

    least = of(Confidence.AT_LEAST)
    direct = sum(one.is_direct for one in least)
    told = (
        len(of(Confidence.PROVED)),
        direct,
        len(least) - direct,
        len(of(Confidence.CLAIMED)),
        len(of(Confidence.INFERRED)),
        len(of(None)),
    )
    return (len(ones), *told, sum(one.is_wrong for one in ones))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
