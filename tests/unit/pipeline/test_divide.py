"""How a fleet is divided: wholly, evenly, the same way each time, and with as few images as can be asked for twice."""

from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline.divide import alone, divide, shards_for

REPOS = [f"acme/app-{number:04}" for number in range(1_000)]
POPULAR = "docker.io/library/python"


def rare(number: int) -> str:
    """The image that ten repos share."""
    return f"docker.io/acme/base-{number % 100}"


def images(repos=REPOS):
    return {repo: {POPULAR, rare(number)} for number, repo in enumerate(repos)}


@given(
    uses=st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.sets(st.sampled_from("123456789"), max_size=5), max_size=40),
    shards=st.integers(1, 12),
)
def test_each_repo_is_in_one_shard_and_no_shard_is_empty(uses, shards):
    plan = divide(uses, uses, shards)

    assert sorted(repo for part in plan.shards for repo in part) == sorted(uses)
    assert all(plan.shards)
    assert len(plan.shards) <= shards


def test_shards_cost_about_the_same():
    plan = divide(REPOS, images(), 8)

    sizes = [len(part) for part in plan.shards]
    assert len(sizes) == 8
    assert max(sizes) <= 1.1 * len(REPOS) / 8


def test_a_repo_that_names_many_images_costs_more():
    uses = {"acme/large": {f"image-{number}" for number in range(100)}}
    plan = divide(["acme/large", *REPOS[:100]], uses, 2)

    large = next(part for part in plan.shards if "acme/large" in part)
    other = next(part for part in plan.shards if part is not large)
    assert len(large) < len(other)


def test_an_image_that_few_repos_name_is_asked_for_by_one_shard():
    uses = images()
    plan = divide(REPOS, uses, 8)

    asked = [{image for repo in part for image in uses[repo]} for part in plan.shards]
    assert [sum(rare(number) in each for each in asked) for number in range(100)] == [1] * 100
    assert sum(alone(plan, uses)) == 100


def test_the_order_in_which_repos_come_does_not_matter():
    assert divide(REPOS, images(), 8) == divide(list(reversed(REPOS)), images(), 8)


def test_a_new_repo_moves_few_others():
    before = divide(REPOS, images(), 8)
    after = divide([*REPOS, "acme/new"], images(), 8)

    where = {repo: number for number, part in enumerate(before.shards) for repo in part}
    moved = [repo for number, part in enumerate(after.shards) for repo in part if where.get(repo, number) != number]
    assert len(moved) <= len(REPOS) // 10
    assert before.id != after.id


def test_the_number_of_shards_follows_the_fleet():
    assert [shards_for(repos) for repos in (0, 1, 2_000, 2_001, 10_000, 10_000_000)] == [1, 1, 1, 2, 5, 256]
