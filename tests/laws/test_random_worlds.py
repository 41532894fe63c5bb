"""The laws again, on worlds and stories that nobody thought of, with every behaviour at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.scenario.model import Behaviour
from simulator.world.model import World
from tests.laws.driving import differing, travel, watch
from tests.laws.random_worlds import DAYS, random_stories, random_worlds
from tests.laws.small_world import turned_round
from tests.laws.test_mass_balance import assert_balanced, books

BEHAVIOUR = get_args(Behaviour)
STEPS = st.sampled_from(("1 d", "7 d"))


def told(data: st.DataObject, world: World, **more: Any) -> Any:
    return data.draw(random_stories(world, behaviour=BEHAVIOUR, step=data.draw(STEPS), **more))


def balances(world: World, data: st.DataObject) -> None:
    assert_balanced(watch(world, told(data, world), books)[1])


def is_the_same_alone(world: World, data: st.DataObject) -> None:
    story = told(data, world)
    crowd = travel(world, story, range(4))
    assert differing(travel(world, story, (2,)), crowd.member(2)) == []


def ignores_order(world: World, data: st.DataObject) -> None:
    story = told(data, world)
    as_written = travel(world, story)
    other = story.model_copy(update={"events": story.events[::-1], "behaviour": BEHAVIOUR[::-1]})
    assert differing(as_written, travel(turned_round(world), other, shuffle=11)) == []


def agrees_with_single_plants(world: World, data: st.DataObject) -> None:
    story = told(data, world)
    fleets = travel(world, story)
    assert differing(fleets, travel(world, story, alone=True), list(fleets.state)) == []


def does_not_know_the_future(world: World, data: st.DataObject) -> None:
    story = told(data, world)
    longer = travel(world, story)
    first = min((m.announced or m.effective) for m in story.measures)
    step = int((first - story.start).days / story.step)
    quiet = travel(world, story.model_copy(update={"events": ()}))
    assert differing(longer.until(step), quiet.until(step)) == []


def keeps_arms_apart(world: World, data: st.DataObject) -> None:
    story = told(data, world)
    quiet = story.model_copy(update={"events": (), "behaviour": ()})
    together = travel(world, [story, quiet], range(2))
    assert differing(travel(world, quiet), together.member(1, 3)) == []


def stays_still(world: World, data: st.DataObject) -> None:
    calm = {"demand_noise": 0.0, "transit_cv": 0.0}
    known = world.parameters
    still = replace(
        world,
        parameters={n: replace(p, value=type(p.value).exactly(calm[n])) if n in calm else p for n, p in known.items()},
    )
    story = told(data, still, growth=False)
    sim, seen = watch(still, story.model_copy(update={"events": ()}), lambda s: s.scene.stocks.tonnes.copy())
    path = np.stack(seen)
    opening = path[0]
    assert len(path) >= DAYS // 7
    assert np.abs(path - opening).max() <= 0.01 * max(opening.max(), 1.0)


LAWS: tuple[Callable[[World, st.DataObject], None], ...] = (
    balances,
    is_the_same_alone,
    ignores_order,
    agrees_with_single_plants,
    does_not_know_the_future,
    keeps_arms_apart,
    stays_still,
)


def holds(law: Callable[[World, st.DataObject], None], worlds: int, **how: Any) -> None:
    """Try a law on a number of worlds."""
    # Without shrinking: a world is big, and one that breaks a law is told by its seed.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    tried = settings(max_examples=worlds, deadline=None, phases=phases, suppress_health_check=list(HealthCheck), **how)
    tried(given(world=random_worlds(), data=st.data())(law))()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_few_worlds(law: Callable[[World, st.DataObject], None]) -> None:
    holds(law, 3, derandomize=True)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_many_worlds(law: Callable[[World, st.DataObject], None]) -> None:
    holds(law, 40)
