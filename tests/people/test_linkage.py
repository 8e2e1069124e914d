import logging

import numpy as np
import pandas as pd
import pytest

from outreach.config import LinkageParams
from outreach.link_schemas import LINK_RECORDS
from outreach.people.link_scores import pair_scores, pairs_in_groups
from outreach.people.linkage import LinkageModel, score_pairs, train
from outreach.store.calls import engine

PARAMS = LinkageParams()
PEOPLE = 400


def slip(text, rng):
    at = int(rng.integers(1, len(text) - 1))
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@pytest.fixture(scope="module")
def records():
    """Everybody twice, the second time with slips and gaps; no phone is known of anybody."""
    rng = np.random.default_rng(4)
    syllables = ["ba", "de", "fi", "go", "lu", "mar", "nel", "pit", "ros", "tun", "vik", "zem"]
    rows = []
    for person in range(PEOPLE):
        given, family = ("".join(rng.choice(syllables, 3)) for _ in range(2))
        given = "john" if person < 60 else given
        born = str(np.datetime64("1950-01-01") + int(rng.integers(0, 20_000)))
        place = f"cell{rng.integers(0, 60)}"
        rows.append((given, family, born, place))
        names = (slip(given, rng), family) if rng.random() < 0.3 else (given, family)
        names = names[::-1] if rng.random() < 0.1 else names
        born = slip(born, rng) if rng.random() < 0.1 else None if rng.random() < 0.1 else born
        rows.append((*names, born, place if rng.random() < 0.8 else None))
    frame = pd.DataFrame(rows, columns=["given_name", "family_name", "birth_date", "place"])
    frame["record_id"] = [f"r{n:04d}" for n in range(len(frame))]
    frame["person_id"] = frame["record_id"]
    return frame.reindex(columns=list(LINK_RECORDS.columns)).astype(object)


@pytest.fixture(scope="module")
def connection():
    return engine().con


@pytest.fixture(scope="module")
def model(records, connection):
    return train(records, params=PARAMS, connection=connection)


@pytest.fixture(scope="module")
def pairs(records, model, connection):
    return score_pairs(records, model, params=PARAMS, connection=connection)


def truth(records):
    number = records["record_id"].str[1:].astype(int) // 2
    return pairs_in_groups(records[["record_id"]].assign(group=number))


def test_pairs_of_one_person_are_found_without_truth(records, pairs):
    sure = pairs[pairs["probability"] >= 0.9]
    scores = pair_scores(sure[["record_a", "record_b"]], truth(records))
    assert scores["precision"] > 0.99
    assert scores["recall"] > 0.9
    assert (pairs["record_a"] < pairs["record_b"]).all()
    assert pairs["probability"].min() >= 0.1 * PARAMS.review_probability
    assert np.allclose(pairs["probability"], 1 / (1 + 2 ** -pairs["match_weight"]))


def test_prior_is_about_the_share_of_pairs_that_are_one_person(records, model):
    share = PEOPLE / (len(records) * (len(records) - 1) / 2)
    assert share / 2 < model.prior < share * 2


def test_only_columns_that_hold_anything_are_compared(model):
    assert model.columns == ("given_name", "family_name", "birth_date", "place")
    told = pd.DataFrame(model.parameters)
    assert set(told["comparison"]) == set(model.columns)
    assert (told["m"] > 0).all()
    assert (told["u"] > 0).all()
    sums = told.groupby("comparison")[["m", "u"]].sum()
    assert np.allclose(sums["m"], 1)
    assert np.allclose(sums["u"], 1, atol=0.1)


def test_a_level_that_nobody_reached_says_no_more_than_the_one_above(records, connection):
    areas = records.assign(area=np.where(records["place"].notna(), "north hill", "old harbour"))
    areas.loc[areas.index[::3], "area"] = "river side"
    model = train(areas, params=PARAMS, connection=connection)
    told = pd.DataFrame(model.parameters)
    weight = told[told["comparison"] == "area"]["match_weight"].tolist()
    assert weight[0] < 3
    assert max(weight[1:3]) <= weight[0] + 1e-6


def test_what_is_seldom_known_says_little(records, connection):
    seldom = records.assign(place=records["place"].where(records.index % 40 == 0, None))
    model = train(seldom, params=PARAMS, connection=connection)
    told = pd.DataFrame(model.parameters)
    assert told[told["comparison"] == "place"]["match_weight"].max() < 8


def test_a_model_survives_as_text(records, model, pairs, connection):
    again = LinkageModel.from_json(model.to_json())
    assert again == model
    anew = score_pairs(records, again, params=PARAMS, connection=connection)
    pd.testing.assert_frame_equal(anew, pairs)


def test_same_seed_same_model_in_whatever_order_the_records_come(records, model):
    shuffled = records.sample(frac=1, random_state=3)
    anew = train(shuffled, params=PARAMS, connection=engine().con)
    assert anew.to_json() == model.to_json()


def test_reasons_name_no_value(records, pairs):
    values = {str(v) for name in LINK_RECORDS.columns for v in records[name].dropna()}
    words = {word for reason in pairs["reason"].unique() for word in reason.split()}
    assert not words & values
    exact = pairs[pairs["match_weight"] == pairs["match_weight"].max()]
    assert exact["reason"].iloc[0] == (
        "same given name; same family name; same birth date; same usual place"
    )


def test_agreement_in_a_frequent_name_says_less(pairs, records):
    given = records.set_index("record_id")["given_name"]
    reason = "same given name; same family name; same birth date; same usual place"
    same = pairs[pairs["reason"] == reason]
    frequent = same["record_a"].map(given) == "john"
    assert frequent.any()
    assert same[frequent]["match_weight"].max() < same[~frequent]["match_weight"].min()


def test_nothing_is_said_and_nothing_left_behind(records, model, capfd, caplog):
    connection = engine().con
    with caplog.at_level(logging.WARNING):
        score_pairs(records.head(50), model, params=PARAMS, connection=connection)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert connection.sql("show tables").fetchall() == []


def test_records_of_one_person_are_not_told_as_a_pair(records, model, connection):
    number = records["record_id"].str[1:].astype(int) // 2
    one = records.assign(person_id=number.astype(str))
    found = score_pairs(one, model, params=PARAMS, connection=connection)
    assert len(found) < 20
    assert pair_scores(found, truth(records))["links_shared"] == 0


def test_of_two_lists_only_pairs_across_are_told(records, connection):
    first = records["record_id"].str[1:].astype(int) % 2 == 0
    lists = records.assign(source=np.where(first, "one", "two"))
    model = train(lists, params=PARAMS, connection=connection)
    found = score_pairs(lists, model, params=PARAMS, connection=connection)
    source = lists.set_index("record_id")["source"]
    assert (found["record_a"].map(source) != found["record_b"].map(source)).all()
    sure = found[found["probability"] >= 0.9]
    assert pair_scores(sure, truth(records))["f1"] > 0.95


def test_relatives_at_one_door_are_never_sure(records, connection):
    rows = [
        {"given_name": given, "birth_date": born, "family_name": "quendel", "place": "cell1"}
        for given, born in [("anna", "1950-03-04"), ("brigitte", "1981-11-30"), ("otto", None)]
    ]
    home = pd.DataFrame(rows).assign(phone="5185550101", address="7 elm st")
    home["record_id"] = home["person_id"] = ["q0", "q1", "q2"]
    number = records["record_id"].str[1:].astype(int) // 2
    others = records.assign(phone=[f"518{n:07d}" for n in number])
    everybody = pd.concat([others, home], ignore_index=True).astype(object)
    model = train(everybody, params=PARAMS, connection=connection)
    found = score_pairs(everybody, model, params=PARAMS, connection=connection)
    relatives = found[found["record_a"].isin(home["record_id"])]
    assert len(relatives)
    assert (relatives["probability"] <= 0.5).all()


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_records_are_no_trouble(records, connection, count):
    few = records.head(count)
    model = train(few, params=PARAMS, connection=connection)
    found = score_pairs(few, model, params=PARAMS, connection=connection)
    assert list(found.columns) == [
        "record_a",
        "record_b",
        "match_weight",
        "probability",
        "reason",
    ]
    assert LinkageModel.from_json(model.to_json()) == model


def test_records_without_names_or_with_names_alone(records, connection):
    for columns in (["place"], ["given_name", "family_name"], ["birth_date"], []):
        bare = records[["record_id", "person_id", *columns]].reindex(columns=records.columns)
        bare = bare.astype(object)
        model = train(bare, params=PARAMS, connection=connection)
        found = score_pairs(bare, model, params=PARAMS, connection=connection)
        assert model.columns == tuple(columns)
        assert len(found) == 0 or "family_name" in columns or "birth_date" in columns
