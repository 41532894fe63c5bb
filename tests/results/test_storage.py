"""What is written can be read back, and is the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.results import storage


def test_results_come_back_as_they_were(dataset, tmp_path):
    back = storage.load(storage.save(dataset, tmp_path / "results.nc"))
    assert back.identical(dataset)
    assert back["price"].attrs["units"] == "USD/t"


def test_same_results_same_bytes(dataset, tmp_path):
    a, b = (storage.save(dataset, tmp_path / name).read_bytes() for name in ("a.nc", "b.nc"))
    assert a == b


def test_attributes_that_netcdf_has_no_word_for(dataset, tmp_path):
    odd = dataset[["price"]].assign_attrs(event_day=None, quick=True)
    back = storage.load(storage.save(odd, tmp_path / "odd.nc"))
    assert back.attrs["event_day"] == ""
    assert back.attrs["quick"] == 1


def test_no_results_no_riddle(tmp_path):
    with pytest.raises(FileNotFoundError, match="no results at"):
        storage.load(tmp_path / "absent.nc")


def test_tables_open_in_a_spreadsheet(tmp_path):
    rows = [("Türkiye", 1 / 3, np.nan), {"place": "日本", "t": None, "day": np.datetime64("2025-04-04")}]
    raw = storage.write_table(tmp_path / "t.csv", ("place", "t", "day"), rows).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig").splitlines() == ["place,t,day", "Türkiye,0.333333333,", "日本,,2025-04-04"]


def test_text_that_a_spreadsheet_would_run_is_disarmed():
    assert storage.table_text(["a", "b"], [("=1+1", -1.5)]).splitlines()[1] == "'=1+1,-1.5"
