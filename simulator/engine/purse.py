"""Who pays: the purses that costs are booked to, and what hands in a bill."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Account = tuple[str, str, str]  # cost, payer, purse
PUBLIC, CONTINGENT, FIRMS, BUYERS = "public", "contingent", "firms", "buyers"
"""Public cash; what the public may have to pay; firms that are told to; buyers who pay more for what they buy."""


class Bill(Protocol):
    """Something that costs money."""

    @property
    def accounts(self) -> list[Account]:
        """Who pays for what."""
        ...

    def due(self) -> Array:
        """What each account pays for this step, (account, member) [USD]; asked once, at its end."""
        ...
