"""The order of stages."""

from simulator import world
from simulator.world.stages import stages


def test_stages_stand_in_the_order_in_which_material_passes_them() -> None:
    order = stages(world.load("rare_earths"))
    assert [s for s in order if s != "scrap"] == ["mine", "separation", "metal", "alloy", "magnet"]
    assert order.index("scrap") < order.index("separation")
