"""The stages of a world in the order in which material passes them."""

from __future__ import annotations

from simulator.world.model import World


def stages(world: World) -> list[str]:
    """Stages at which something is made, from the mine on.

    A stage comes after another if material takes more steps to reach it, by the shortest way from a site that needs no
    input; of those as far away, in order of name.
    """
    steps: dict[str, int] = {}  # commodity -> recipes passed
    reached = True
    while reached:
        reached = False
        for recipe in world.recipes.values():
            if all(i.commodity in steps for i in recipe.inputs):
                depth = 1 + max((steps[i.commodity] for i in recipe.inputs), default=-1)
                for output in recipe.outputs:
                    if depth < steps.get(output.commodity, depth + 1):
                        steps[output.commodity], reached = depth, True
    far: dict[str, int] = {}
    for name, facility in world.facilities.items():
        depth = steps.get(world.first_output(name), len(steps))
        far[facility.stage] = max(far.get(facility.stage, 0), depth)
    return sorted(far, key=lambda stage: (far[stage], stage))
