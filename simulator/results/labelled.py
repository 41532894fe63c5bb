"""Small helpers that let one formula serve labelled arrays and plain numpy alike.

A labelled array names its dimensions; a numpy array is addressed by axis numbers. `over` and `dim` are names in the
first case and axis numbers in the second.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

Labelled = Any  # xarray.DataArray or numpy array: xarray is slow to import, so it is never imported here
Dim = Hashable | int
Dims = Dim | Sequence[Dim] | None


def is_labelled(x: Any) -> bool:
    """Whether `x` names its dimensions."""
    return hasattr(x, "dims") and hasattr(x, "coords")


def total(x: Labelled, over: Dims) -> Labelled:
    """Sum over the named dimensions; all of them when `over` is None. NaN counts as nothing."""
    if is_labelled(x):
        return x.sum(dim=over, skipna=True)
    return np.nansum(np.asarray(x, dtype=np.float64), axis=_axes(over))


def mean(x: Labelled, over: Dims) -> Labelled:
    """Mean over the named dimensions; all of them when `over` is None. NaN is left out."""
    if is_labelled(x):
        return x.mean(dim=over, skipna=True)
    return np.nanmean(np.asarray(x, dtype=np.float64), axis=_axes(over))


def highest(x: Labelled, over: Dims) -> Labelled:
    """Largest value over the named dimensions."""
    if is_labelled(x):
        return x.max(dim=over, skipna=True)
    return np.nanmax(np.asarray(x, dtype=np.float64), axis=_axes(over))


def lowest(x: Labelled, over: Dims) -> Labelled:
    """Smallest value over the named dimensions."""
    if is_labelled(x):
        return x.min(dim=over, skipna=True)
    return np.nanmin(np.asarray(x, dtype=np.float64), axis=_axes(over))


def ratio(top: Labelled, bottom: Labelled, empty: float) -> Labelled:
    """Quotient, with `empty` where the divisor is zero."""
    if is_labelled(top) or is_labelled(bottom):
        return (top / bottom.where(bottom != 0)).fillna(empty) if is_labelled(bottom) else top / bottom
    top, bottom = np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64)
    return np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, empty), where=bottom != 0)[()]


def along(function: Callable[..., np.ndarray], dim: Dim, *arrays: Labelled, keep: bool = False) -> Labelled:
    """Apply a numpy function that works on the last axis, along a named dimension.

    Parameters
    ----------
    function : callable
        Takes arrays of shape (..., time) and returns (...), or (..., time) when `keep`.
    dim : name or axis number of time
    arrays : labelled arrays or numpy arrays, all of the same kind
    keep : bool
        Whether the result still has the dimension.
    """
    first = arrays[0]
    if is_labelled(first):
        import xarray

        core = [dim]
        out = xarray.apply_ufunc(
            function, *arrays, input_core_dims=[core] * len(arrays), output_core_dims=[core if keep else []]
        )
        return out.transpose(*first.dims) if keep else out
    moved = np.broadcast_arrays(*[np.asarray(a, dtype=np.float64) for a in arrays])
    result = function(*[np.moveaxis(a, int(str(dim)), -1) for a in moved])
    return np.moveaxis(result, -1, int(str(dim))) if keep else result[()]


def described(x: Labelled, name: str, long_name: str, units: str) -> Labelled:
    """The same array with its name, description and unit as attributes; numpy arrays are returned as they are."""
    if not is_labelled(x):
        return x
    out = x.rename(name)
    out.attrs = {"long_name": long_name, "units": units}
    return out


def _axes(over: Dims) -> Any:
    return tuple(over) if isinstance(over, list) else over
