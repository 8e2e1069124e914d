from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outreach.errors import InputError
from outreach.pipeline.link_evaluation import evaluate

SYLLABLES = ["ba", "de", "fi", "go", "lu", "mar", "nel", "pit", "ros", "tun", "vik", "zem"]


def invented(people, rng):
    """Everybody twice in the columns of FEBRL, the second time with a letter dropped or a gap."""
    rows = []
    for person in range(people):
        given, family, street, suburb = ("".join(rng.choice(SYLLABLES, 3)) for _ in range(4))
        born = str(np.datetime64("1930-01-01") + int(rng.integers(0, 25_000))).replace("-", "")
        number, soc = str(rng.integers(1, 200)), str(rng.integers(10**6, 10**7))
        first = [given, family, number, street, suburb, "2000", born, soc]
        second = [given[1:], family, number, street, suburb, "2000", born, soc]
        second[int(rng.integers(0, 8))] = ""
        rows += [(f"rec-{person}-org", *first), (f"rec-{person}-dup-0", *second)]
    names = ["rec_id", "given_name", "surname", "street_number", "address_1", "suburb"]
    names += ["postcode", "date_of_birth", "soc_sec_id"]
    frame = pd.DataFrame(rows, columns=names).assign(address_2="", state="nsw", cluster="lies")
    links = frame["rec_id"].to_numpy().reshape(-1, 2)
    return frame, pd.DataFrame(links, columns=["l", "r"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets")
    frame, links = invented(150, np.random.default_rng(2))
    shuffled = frame.sample(frac=1, random_state=1)
    shuffled.to_csv(folder / "one.csv.gz")
    links.to_csv(folder / "one_links.csv")
    originals = shuffled["rec_id"].str.endswith("org")
    shuffled[originals].to_csv(folder / "twoa.csv")
    shuffled[~originals].to_csv(folder / "twob.csv")
    links.to_csv(folder / "two_links.csv.gz")
    return folder


@pytest.mark.parametrize(("dataset", "steps"), [("one", 3), ("two", 3)])
def test_a_set_is_linked_and_compared_with_its_truth(folder, dataset, steps):
    told = []
    found = evaluate(folder, dataset, report=told.append)
    assert found["records"] == 300
    assert found["links_true"] == 150
    assert found["f1"] > 0.97
    assert found["threshold"] == 0.9
    assert found["seconds"] >= 0
    assert len(told) == steps


def test_what_is_missing_is_said(folder, tmp_path):
    with pytest.raises(InputError, match=r"no threea\.csv"):
        evaluate(folder, "three")
    pd.DataFrame({"rec_id": ["a"], "surname": ["b"]}).to_csv(tmp_path / "bad.csv")
    with pytest.raises(InputError, match="has no column given_name"):
        evaluate(tmp_path, "bad")


@pytest.mark.real
@pytest.mark.parametrize(("dataset", "least"), [("febrl3", 0.995), ("febrl4", 0.997)])
def test_as_good_as_asked_on_public_sets(real_data: Path, dataset, least):
    assert evaluate(real_data / "linkage", dataset)["f1"] >= least
