"""What hangs on a service at a location: its address, phone, hours, languages and the like."""

import pandas as pd

from outreach.resources.directory.hsds import Tables, table
from outreach.resources.directory.languages import language_code
from outreach.resources.hours.reading import Reading
from outreach.resources.hours.schedule import say, schedule_reading

NO_VOICE = ("fax", "tty", "pager", "textphone", "sms", "text")
_IDS = ("id", "service_id", "location_id", "service_at_location_id")


def _given(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame[frame[column].ne("")]


def addresses(tables: Tables) -> pd.Series:
    """Return the address of each location on one line; where one goes before where one writes."""
    known = table(tables, "addresses")
    postal = known["address_type"].str.lower().eq("postal")
    first = known.assign(postal=postal).sort_values("postal", kind="stable")
    first = first.drop_duplicates("location_id").set_index("location_id")
    lines = pd.Series("", index=first.index, dtype=object)
    for column in ("address_1", "address_2", "city"):
        part = first[column].str.strip()
        both = part.ne("") & lines.ne("")
        lines = lines + both.map({True: ", ", False: ""}) + part
    return lines


def _closest(rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return what is said of each service at a location, from the closest that says anything.

    Needs    rows: resource_id, service_id, location_id, organization_id; found: those of them
             that a row is about, "" for any
    Adds     resource_id, found_at (the row of ``found``), level (0 is the closest)
    """
    about = found.assign(found_at=range(len(found)))
    own = _given(about, "service_at_location_id")
    rest = about[about["service_at_location_id"].eq("")]
    both = rest[rest["service_id"].ne("") & rest["location_id"].ne("")]
    at_location = rest[rest["location_id"].ne("") & rest["service_id"].eq("")]
    of_service = rest[rest["service_id"].ne("") & rest["location_id"].eq("")]
    keys = [
        (own, ["service_at_location_id"], ["resource_id"]),
        (both, ["service_id", "location_id"], ["service_id", "location_id"]),
        (at_location, ["location_id"], ["location_id"]),
        (of_service, ["service_id"], ["service_id"]),
    ]
    if "organization_id" in found:
        whole = rest[rest["service_id"].eq("") & rest["location_id"].eq("")]
        keys.append((_given(whole, "organization_id"), ["organization_id"], ["organization_id"]))
    parts = []
    for level, (frame, theirs, ours) in enumerate(keys):
        named = frame[[*theirs, "found_at"]].set_axis([*ours, "found_at"], axis=1)
        pairs = rows[list(dict.fromkeys(["resource_id", *ours]))].merge(named, on=ours)
        parts.append(pairs[["resource_id", "found_at"]].assign(level=level))
    return pd.concat(parts, ignore_index=True)


def phones(tables: Tables, rows: pd.DataFrame) -> pd.Series:
    """Return the phone by which each resource is reached: its own, else the organization's."""
    known = table(tables, "phones")
    voice = ~known["type"].str.lower().isin(NO_VOICE)
    spoken = known[voice & known["number"].str.strip().ne("")].reset_index(drop=True)
    others = ["service_at_location_id", "service_id", "location_id"]
    of_contact = spoken["contact_id"].ne("") & ~spoken[others].astype(bool).any(axis=1)
    spoken = spoken[~of_contact].reset_index(drop=True)
    pairs = _closest(rows, spoken)
    first = pairs.sort_values(["level", "found_at"]).drop_duplicates("resource_id")
    chosen = spoken.iloc[first["found_at"]]
    extension = chosen["extension"].str.strip()
    numbers = chosen["number"].str.strip() + extension.map(lambda x: f" x{x}" if x else "")
    return pd.Series(numbers.to_numpy(), index=first["resource_id"], dtype=object)


def schedule_rows(tables: Tables, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``schedules`` that hold for each resource, with resource_id.

    Those of the service at the location go before those of the service, and these before the
    location's: a closer one replaces the others, as somebody wrote it knowing the place. Where
    the closest says nothing at all, no hours are known.
    """
    known = table(tables, "schedules").reset_index(drop=True)
    pairs = _closest(rows, known)
    pairs["level"] = pairs["level"].map({0: 0, 1: 1, 3: 2, 2: 3})
    closest = pairs.groupby("resource_id")["level"].transform("min")
    kept = pairs[pairs["level"].eq(closest)].sort_values(["resource_id", "found_at"])
    chosen = known.iloc[kept["found_at"]].reset_index(drop=True)
    told = chosen.drop(columns=list(_IDS)).astype(bool).any(axis=1)
    return chosen.assign(resource_id=kept["resource_id"].to_numpy())[told]


def readings(schedules: pd.DataFrame) -> pd.DataFrame:
    """Return what is read from schedules: hours_text, hours, hours_state and why by resource_id.

    Equal schedules are read once.
    """
    columns = [c for c in schedules if c not in (*_IDS, "resource_id")]
    keys: dict[tuple[object, ...], list[str]] = {}
    texts = list(zip(*(schedules[column] for column in columns), strict=True))
    for resource_id, at in schedules.groupby("resource_id", sort=False).indices.items():
        keys.setdefault(tuple(texts[i] for i in at), []).append(str(resource_id))
    known: list[tuple[str, str, str | None, str, str]] = []
    for told, resource_ids in keys.items():
        rows = pd.DataFrame(told, columns=columns, dtype=object)
        reading = schedule_reading(rows.reindex(columns=[*_IDS, *columns], fill_value=""))
        state = "unread" if reading.hours is None else "read"
        text = _words(rows, reading)
        known += [(r, text, reading.hours, state, reading.why) for r in resource_ids]
    frame = pd.DataFrame(
        known, columns=["resource_id", "hours_text", "hours", "hours_state", "why"], dtype=object
    )
    return frame.set_index("resource_id")


def _words(rows: pd.DataFrame, reading: Reading) -> str:
    """Return the hours as written; in words where only rules were given."""
    written = [text.strip() for text in dict.fromkeys(rows["description"]) if text.strip()]
    if rows["description"].str.strip().ne("").all():
        return "; ".join(written)
    if reading.hours is not None:
        return say(reading.hours)
    parts = ("freq", "interval", "byday", "bymonthday", "valid_from", "valid_to")
    told = [
        row["description"]
        or " ".join(
            [f"{name} {row[name]}" for name in parts if row[name]]
            + [f"{row['opens_at'] or '?'}-{row['closes_at'] or '?'}"]
        )
        for row in rows.to_dict("records")
    ]
    return "; ".join(told)


def languages(tables: Tables, rows: pd.DataFrame) -> pd.Series:
    """Return the languages of each resource as codes, in the order of the file."""
    known = table(tables, "languages").reset_index(drop=True)
    known = known[known["name"].str.strip().ne("") | known["code"].str.strip().ne("")]
    code = known["code"].str.strip().where(known["code"].str.strip().ne(""), known["name"])
    codes = known.assign(spoken=code.map(language_code), at=range(len(known)))
    codes = codes[codes["spoken"].ne("")]
    parts = [
        rows[["resource_id", column]].merge(_given(codes, column)[[column, "spoken", "at"]])
        for column in ("service_id", "location_id")
    ]
    found = pd.concat(parts).sort_values(["resource_id", "at"])
    found = found.drop_duplicates(["resource_id", "spoken"])
    return _strung(found["resource_id"], found["spoken"], " ")


def _strung(keys: pd.Series, texts: pd.Series, between: str) -> pd.Series:
    """Return the texts of each key in one, in the order of the rows."""
    held: dict[str, list[str]] = {}
    for key, text in zip(keys, texts, strict=True):
        held.setdefault(key, []).append(text)
    return pd.Series({key: between.join(parts) for key, parts in held.items()}, dtype=object)


def joined(frame: pd.DataFrame, key: str, columns: tuple[str, ...]) -> pd.Series:
    """Return the texts of some columns of each key's rows, joined by "; "."""
    given = _given(frame, key)
    parts = given[list(columns)].apply(lambda column: column.str.strip())
    long = parts.assign(key=given[key], at=range(len(given))).melt(["key", "at"], value_name="text")
    told = long[long["text"].ne("")].sort_values(["key", "at"], kind="stable")
    once = told.drop_duplicates(["key", "text"])
    return _strung(once["key"], once["text"], "; ")


def capacities(tables: Tables) -> pd.DataFrame:
    """Return available, maximum and updated of each service, as the latest row tells them."""
    known = table(tables, "service_capacity")
    updated = pd.to_datetime(known["updated"], utc=True, errors="coerce", format="ISO8601")
    frame = pd.DataFrame(
        {
            "service_id": known["service_id"],
            "capacity_available": _count(known["available"]),
            "capacity_maximum": _count(known["maximum"]),
            "capacity_updated_at": updated.astype("datetime64[us, UTC]"),
        }
    )
    latest = frame.sort_values("capacity_updated_at", na_position="first", kind="stable")
    return latest.drop_duplicates("service_id", keep="last").set_index("service_id")


def _count(texts: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    return numbers.where(numbers.ge(0) & numbers.lt(1e7))
