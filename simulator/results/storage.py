"""Results on disk: one netCDF file that any tool can open, and plain tables for spreadsheets."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray

COMPRESSION = 1  # four saves a tenth of the space and costs a second
EPOCH = "days since 1970-01-01"


def save(dataset: xarray.Dataset, path: str | Path) -> Path:
    """Write results as netCDF-4, compressed, the same bytes for the same content.

    Parameters
    ----------
    dataset : xarray.Dataset
        Attributes may be text, numbers, booleans or None (written as empty text).
    path : where to write; an existing file is replaced

    Returns
    -------
    The path.
    """
    path = Path(path)
    clean = dataset.assign_attrs({key: _attribute(value) for key, value in sorted(dataset.attrs.items())})
    clean.encoding = {}
    encoding: dict[str, dict[str, Any]] = {}
    for name in clean.variables:
        variable = clean[name]
        variable.encoding = {}
        if variable.dtype.kind == "M":
            encoding[str(name)] = {"units": EPOCH, "dtype": "int32"}
        elif variable.dtype.kind == "f" and variable.ndim:
            encoding[str(name)] = {"zlib": True, "complevel": COMPRESSION, "_FillValue": np.nan}
    clean.to_netcdf(path, engine="h5netcdf", encoding=encoding)
    return path


def load(path: str | Path) -> xarray.Dataset:
    """Read results into memory.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    """
    import xarray

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no results at {path}")
    with xarray.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as opened:
        return opened.load()


def variable(path: str | Path, name: str) -> xarray.DataArray:
    """Read one variable of some results into memory, with the attributes of the whole.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    """
    import xarray

    if not Path(path).is_file():
        raise FileNotFoundError(f"no results at {path}")
    with xarray.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as opened:
        return opened[name].load().assign_attrs(opened.attrs)


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> str:
    """A table as comma-separated text with full precision; missing values are empty cells.

    Parameters
    ----------
    columns : names, units in brackets
    rows : one sequence or one mapping by column each
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        values = [row.get(name) for name in columns] if isinstance(row, Mapping) else row
        writer.writerow([_cell(value) for value in values])
    return out.getvalue()


def write_table(path: str | Path, columns: Sequence[str], rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> Path:
    """Write a table as CSV, in UTF-8 with a byte-order mark so that spreadsheets read accents right.

    Returns
    -------
    The path.
    """
    path = Path(path)
    path.write_bytes(table_text(columns, rows).encode("utf-8-sig"))
    return path


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value.astype("datetime64[D]"))
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else f"{float(value):.9g}"
    text = str(value)
    # a spreadsheet would run text that starts like a formula
    return "'" + text if text[:1] in ("=", "+", "-", "@") and isinstance(value, str) else text


def _attribute(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, str | int | float | np.number):
        return value
    return str(value)
