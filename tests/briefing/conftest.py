from __future__ import annotations

import warnings

import pytest

from simulator.briefing.charts import all_charts
from tests.results import synthetic


@pytest.fixture(scope="session")
def dataset():
    return synthetic.dataset()


@pytest.fixture(scope="session")
def scenario():
    return synthetic.scenario()


@pytest.fixture(scope="session")
def observed():
    return synthetic.observations()


@pytest.fixture(scope="session")
def charts(dataset, scenario, observed):
    """All charts of the made-up results, drawn without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return all_charts(dataset, scenario, observed)
