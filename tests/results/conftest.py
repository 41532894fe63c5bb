from __future__ import annotations

import pytest

from tests.results import synthetic


@pytest.fixture(scope="session")
def dataset():
    return synthetic.dataset()
