import csv
import io

import numpy as np
import pandas as pd

from outreach.simulate.export import COLUMNS, UNREADABLE, export_csv


def test_the_file_holds_every_row_as_text(simulated):
    data = export_csv(simulated.export)
    assert data.startswith(b"\xef\xbb\xbfIncident Number,")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert header == list(COLUMNS)
    assert len(rows) == len(simulated.export)
    longer = np.array([len(row) > len(COLUMNS) for row in rows])
    assert (longer == (simulated.rows["damage"] == "too_many_fields")).all()
    assert {len(row) for row in rows} == {len(COLUMNS), len(COLUMNS) + 1}


def test_only_the_planted_dates_cannot_be_read(simulated):
    read = pd.to_datetime(
        simulated.export["Call Received"], format="%m/%d/%Y %I:%M:%S %p", errors="coerce"
    )
    bad = simulated.rows["damage"].isin(["missing_date", "impossible_date", "shifted"])
    assert (read.isna() == bad).all()
    assert (read[~bad] == simulated.rows.loc[~bad, "received_local"]).all()


def test_each_fault_is_what_its_name_says(simulated):
    export, damage = simulated.export, simulated.rows["damage"]
    lon, lat = export["Longitude"], export["Latitude"]
    assert set(lon[damage == "zero_point"]) == {"0"}
    assert set(lon[damage == "other_state"]) == {"-97.743000"}
    blank = damage.isin(["no_coordinates", "neither"])
    whole = ~damage.isin(["shifted", "too_many_fields"])
    assert ((lon == "") == blank)[whole].all()
    assert (lat[damage == "no_coordinates"] == "").all()
    assert (export.loc[damage == "no_coordinates", "Address"] != "").all()
    assert (export.loc[damage == "no_address", "Address"] == "").all()
    assert set(export.loc[damage == "neither", "Address"]) == {"UNKNOWN"}
    right = damage.isin(["", "no_address"])
    assert np.allclose(lon[right].astype(float), simulated.rows.loc[right, "lon"], atol=1e-6)


def test_doubled_rows_are_the_same_text_and_never_unreadable(simulated):
    rows, export = simulated.rows, simulated.export
    doubled = rows["doubled"]
    assert (export.duplicated() == doubled).all()
    assert not rows.loc[doubled, "damage"].isin(UNREADABLE).any()
    first = rows[~doubled].set_index("incident")["row"]
    gap = rows.loc[doubled, "row"] - first.loc[rows.loc[doubled, "incident"]].to_numpy()
    assert (gap == 1).any() and (gap > 1).any()  # at once, and again at the end


def test_one_call_type_is_a_code_nobody_knows(simulated):
    assert (simulated.export["Initial Call Type"] == "CODE 77X").sum() > 50
