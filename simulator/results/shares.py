"""Who supplies whom: shares, dependency, concentration and reliance on imports."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from simulator.results.labelled import Dim, Dims, Labelled, described, highest, is_labelled, ratio, total


def shares(amount: Labelled, dim: Dim = "country") -> Labelled:
    """Each supplier's part of the whole.

    Formula: a_c / sum_c a_c; 0 where the whole is nothing.

    Parameters
    ----------
    amount : array with a dimension of suppliers [t]
    dim : the dimension of suppliers (country, exporter, facility, group)

    Returns
    -------
    array of the same shape [1]
    """
    whole = total(amount, dim)
    if not is_labelled(amount):
        whole = np.expand_dims(whole, int(str(dim)))
        return ratio(np.asarray(amount, dtype=np.float64), whole, empty=0.0)
    return described(ratio(amount, whole, empty=0.0), "share", "share of the whole", "1")


def dependency(amount: Labelled, dim: Dim = "country", leave_out: Collection[str] = ("rest",)) -> Labelled:
    """Share of the largest single country, in what is made or imported at a stage.

    Formula: max_c a_c / sum_c a_c. A label that stands for several countries ("rest") counts in the whole but cannot
    be the largest.

    Parameters
    ----------
    amount : array with a dimension of countries or of origin groups [t]
    dim : that dimension
    leave_out : labels that are no single country (labelled arrays only)

    Returns
    -------
    array without `dim` [1]
    """
    part = shares(amount, dim)
    if is_labelled(part):
        single = [str(label) not in leave_out for label in part[dim].values]
        part = part.isel({dim: np.flatnonzero(single)})
    return described(highest(part, dim), "dependency", "share of the largest country", "1")


def look_through(used: Labelled, step: str = "separated", dim: Dim = "origin", over: Dims = ()) -> Labelled:
    """Tonnes used by where they were mined or separated, whoever sold them last.

    Formula: the sum of tonnes used over the origins that share a mined (or separated) group; feed it to `shares` or
    `dependency` with ``dim="group"``.

    Parameters
    ----------
    used : labelled array with a dimension of origins whose labels read "mined>separated" [t]
    step : "mined" or "separated"
    dim : the dimension of origins
    over : further dimensions to sum over

    Returns
    -------
    labelled array with `group` in place of `dim` [t]

    Raises
    ------
    ValueError
        When `step` is neither of the two, or a label holds no ">".
    """
    if step not in ("mined", "separated"):
        raise ValueError(f"step is 'mined' or 'separated'; got '{step}'")
    labels = [str(label) for label in used[dim].values]
    if any(label.count(">") != 1 for label in labels):
        raise ValueError(f"an origin reads 'mined>separated'; got {labels}")
    groups = [label.split(">")[0 if step == "mined" else 1] for label in labels]
    whole = total(used, over) if over != () else used
    out = whole.assign_coords({dim: groups}).groupby(dim).sum().rename({dim: "group"})
    return described(out, "used", f"use by where {step}", "t")


def concentration(amount: Labelled, dim: Dim = "country") -> Labelled:
    """Herfindahl-Hirschman index.

    Formula: 10,000 * sum_c s_c^2 with s_c the share of supplier c; 10,000 for a single supplier.

    Parameters
    ----------
    amount : array with a dimension of suppliers [t] (shares will do)

    Returns
    -------
    array without `dim` [1], from 0 to 10,000
    """
    part = shares(amount, dim)
    return described(1e4 * total(part**2, dim), "concentration", "Herfindahl-Hirschman index", "1")


def effective_suppliers(amount: Labelled, dim: Dim = "country") -> Labelled:
    """Number of equal suppliers that would be as concentrated.

    Formula: 10,000 / HHI; NaN where nothing is supplied. Parameters as in `concentration`; the result in [1].
    """
    index = concentration(amount, dim)
    return described(ratio(1e4 + 0.0 * index, index, empty=np.nan), "effective_suppliers", "effective suppliers", "1")


def net_import_reliance(
    production: Labelled, imports: Labelled, exports: Labelled, stock_draw: Labelled = 0.0
) -> Labelled:
    """Share of use that comes from abroad or from stock.

    Formula: (imports - exports + stock draw) / (production + imports - exports + stock draw).

    Parameters
    ----------
    production, imports, exports, stock_draw : array or number, same shape and basis [t]

    Returns
    -------
    array of that shape [1]; negative for a net exporter
    """
    net = imports - exports + stock_draw
    return described(ratio(net, production + net, empty=0.0), "net_import_reliance", "net import reliance", "1")
