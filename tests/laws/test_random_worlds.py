"""The laws again, on worlds and stories that nobody thought of, with every behaviour at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.scenario.kinds import KINDS
from simulator.scenario.model import Behaviour
from simulator.world.model import World
from tests.laws.driving import differing, travel, watch
from tests.laws.random_worlds import CONTROLS, DAYS, INSTRUMENTS, random_story, random_world
from tests.laws.small_world import turned_round
from tests.laws.test_mass_balance import assert_balanced, books

BEHAVIOUR = get_args(Behaviour)
Law = Callable[[World, Random], None]


def told(luck: Random, world: World, **more: Any) -> Any:
    return random_story(luck, world, behaviour=BEHAVIOUR, step=luck.choice(("1 d", "7 d")), **more)


def balances(world: World, luck: Random) -> None:
    assert_balanced(watch(world, told(luck, world), books)[1])


def is_the_same_alone(world: World, luck: Random) -> None:
    story = told(luck, world)
    crowd = travel(world, story, range(4))
    assert differing(travel(world, story, (2,)), crowd.member(2)) == []


def ignores_order(world: World, luck: Random) -> None:
    story = told(luck, world)
    as_written = travel(world, story)
    other = story.model_copy(
        update={"events": story.events[::-1], "responses": story.responses[::-1], "behaviour": BEHAVIOUR[::-1]}
    )
    assert differing(as_written, travel(turned_round(world), other, shuffle=11)) == []


def agrees_with_single_plants(world: World, luck: Random) -> None:
    story = told(luck, world)
    fleets = travel(world, story)
    assert differing(fleets, travel(world, story, alone=True), list(fleets.state)) == []


def does_not_know_the_future(world: World, luck: Random) -> None:
    story = told(luck, world)
    longer = travel(world, story)
    first = min((m.announced or m.effective) for m in story.measures)
    step = int((first - story.start).days / story.step)
    quiet = travel(world, story.model_copy(update={"events": (), "responses": ()}))
    assert differing(longer.until(step), quiet.until(step)) == []


def keeps_arms_apart(world: World, luck: Random) -> None:
    story = told(luck, world)
    quiet = story.model_copy(update={"events": (), "responses": (), "behaviour": ()})
    together = travel(world, [story, quiet], range(2))
    assert differing(travel(world, quiet), together.member(1, 3)) == []


def stays_still(world: World, luck: Random) -> None:
    calm = {"demand_noise": 0.0, "transit_cv": 0.0}
    known = world.parameters
    still = replace(
        world,
        parameters={n: replace(p, value=type(p.value).exactly(calm[n])) if n in calm else p for n, p in known.items()},
    )
    story = told(luck, still, growth=False)
    sim, seen = watch(
        still, story.model_copy(update={"events": (), "responses": ()}), lambda s: s.scene.stocks.tonnes.copy()
    )
    path = np.stack(seen)
    opening = path[0]
    assert len(path) >= DAYS // 7
    assert np.abs(path - opening).max() <= 0.01 * max(opening.max(), 1.0)


LAWS: tuple[Law, ...] = (
    balances,
    is_the_same_alone,
    ignores_order,
    agrees_with_single_plants,
    does_not_know_the_future,
    keeps_arms_apart,
    stays_still,
)


def holds(law: Law, worlds: int, **how: Any) -> None:
    """Try a law on a number of worlds, each made from one seed, which is what a failure tells."""
    # Without shrinking, which would look for a smaller seed and not for a smaller world.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    tried = settings(max_examples=worlds, deadline=None, phases=phases, suppress_health_check=list(HealthCheck), **how)

    @tried
    @given(seed=st.integers(0, 2**32 - 1))
    def on_a_world(seed: int) -> None:
        luck = Random(seed)
        law(random_world(luck), luck)

    on_a_world()


def test_every_kind_of_measure_is_in_the_stories() -> None:
    assert {kind for kind, _ in (*CONTROLS.values(), *INSTRUMENTS.values())} == set(KINDS)


def test_every_behaviour_acts_in_some_world() -> None:
    """Else the laws would hold of a behaviour because it does nothing. One arm without any, and one for each."""
    idle = set(BEHAVIOUR)

    def acts(world: World, luck: Random) -> None:
        if not idle:
            return
        quiet = random_story(luck, world, behaviour=(), step="7 d")
        arms = [quiet, *(quiet.model_copy(update={"behaviour": (name,)}) for name in BEHAVIOUR)]
        run = travel(world, arms, (0,))
        without = run.member(0)
        idle.difference_update(n for i, n in enumerate(BEHAVIOUR, 1) if differing(without, run.member(i)))

    holds(acts, 24, derandomize=True)
    assert not idle


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_few_worlds(law: Law) -> None:
    holds(law, 5, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_many_worlds(law: Law) -> None:
    holds(law, 60)
