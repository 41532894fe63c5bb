from __future__ import annotations

import pytest

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
