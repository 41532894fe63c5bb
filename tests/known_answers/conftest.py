"""What a test here sees of a known answer becomes a property of its report, which also travels between workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.known_answers import reference


@pytest.fixture(autouse=True)
def _noted(request: pytest.FixtureRequest) -> Iterator[None]:
    reference.notes = request.node.user_properties
    yield
    reference.notes = []
