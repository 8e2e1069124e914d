"""Which records of the calls may be one person: a Fellegi-Sunter model and the pairs it scores."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from splink import DuckDBAPI, Linker, block_on

from outreach.config import LinkageParams
from outreach.people.comparisons import COUNTED_BY_SHARE, comparisons
from outreach.people.link_reasons import level_words, reasons
from outreach.people.spellings import (
    BLOCKS,
    FIELDS,
    MAX_BLOCK,
    block_keys,
    shares_of_people,
    spelled,
)

_PRIOR = "probability_two_random_records_match"
PAIR_COLUMNS = ("record_a", "record_b", "match_weight", "probability", "reason")
# What pairs agree on in each round of learning; the rest is learned from them.
_ROUNDS = (
    ("birth_date",),
    ("given_name", "family_name"),
    ("id_number",),
    ("phone",),
    ("address",),
)
# Agreements that hardly two people share, and the share of true pairs assumed to have one.
_SURE = (
    ("birth_date", "given_name"),
    ("birth_date", "family_name"),
    ("id_number", "birth_date"),
    ("id_number", "given_name"),
    ("phone", "given_name", "family_name"),
)
_SURE_SHARE = 0.8
_SAMPLE = 1000  # records, compared each with each, that show how often strangers agree
_MAX_PAIRS = 2_000_000  # of a round of learning
_MIN_MATCHES = 30  # to learn from; with fewer, the shares that were assumed stay
_LEAST_M, _LEAST_U = 0.002, 1e-5  # no agreement proves, no difference excludes
_MOST_MATCHED = 20  # of this many agreements in the sample one is of strangers, at least
_LOOKED_AT = 0.1  # of the review probability: pairs below it are dropped
# A household shares an address, a phone and a family name. A pair with different given names
# that agrees no better than so in what is somebody's own is no better than even: a relative at
# the same door, or a nickname. Levels: 1 is the same year of birth, 0 none.
_NO_AGREEMENT = {"birth_date": 1, "id_number": 0}


@dataclass(frozen=True)
class LinkageModel:
    """What was learned from the records, ready to be kept as JSON beside its card."""

    settings: Mapping[str, Any]  # of Splink, trained
    records: int  # that it was trained on
    columns: tuple[str, ...]  # of LINK_RECORDS that it compares

    @property
    def prior(self) -> float:
        """Probability that two records taken at random are one person."""
        return float(self.settings[_PRIOR])

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """Of each level: comparison, level, share among pairs of one person and of strangers."""
        return [
            {
                "comparison": comparison["output_column_name"],
                "level": level["label_for_charts"],
                "m": level["m_probability"],
                "u": level["u_probability"],
                "match_weight": float(np.log2(level["m_probability"] / level["u_probability"])),
            }
            for comparison in self.settings["comparisons"]
            for level in _known(comparison)
        ]

    def to_json(self) -> str:
        """Return the model as text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "LinkageModel":
        """Return the model that such a text describes."""
        told = json.loads(text)
        return cls(told["settings"], told["records"], tuple(told["columns"]))


def train(records: pd.DataFrame, *, params: LinkageParams, connection: Any) -> LinkageModel:
    """Learn from the records alone how much each agreement says; no truth is used.

    Needs    records       LINK_RECORDS; a column ``source`` with two values means that neither
                           names anybody twice, so that only pairs across them count
             connection    of DuckDB, such as ``store.calls.engine().con``
    Source   Fellegi & Sunter 1969; Winkler 2000 (EM); Linacre et al. 2022 (Splink)
    """
    told = spelled(records)
    columns = tuple(name for name in FIELDS if told[name].notna().any())
    people = told.sort_values("record_id").drop_duplicates("person_id")
    settings = _untrained(columns, told)
    if not columns or len(people) < 2:
        return LinkageModel(settings | {"comparisons": []}, len(records), columns)
    rng = np.random.default_rng(params.seed)
    sample = people.iloc[np.sort(rng.permutation(len(people))[:_SAMPLE])]
    with _linker(sample.drop(columns="source", errors="ignore"), settings, connection) as linker:
        # More pairs than there are, so that nothing is left to the engine's own sampling.
        linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLE**2)
        settings["comparisons"] = linker.misc.save_model_to_json()["comparisons"]
    matches = _expected_matches(people, settings, connection)
    settings[_PRIOR] = matches / _possible(people)
    if matches >= _MIN_MATCHES:
        settings["comparisons"] = _learned(told, settings, connection)
    settings["comparisons"] = _mended(
        settings["comparisons"], sample, matches / (len(people) * (len(people) - 1) / 2)
    )
    return LinkageModel(settings, len(records), columns)


def score_pairs(
    records: pd.DataFrame, model: LinkageModel, *, params: LinkageParams, connection: Any
) -> pd.DataFrame:
    """Return the pairs of records worth looking at.

    Needs    records       LINK_RECORDS, as for ``train``
    Adds     record_a, record_b (record_a < record_b), match_weight (log2 odds), probability,
             reason (words, without values); none of records that share their person_id
    """
    if not model.settings["comparisons"] or len(records) < 2:
        return pd.DataFrame(columns=list(PAIR_COLUMNS))
    told = spelled(records)
    told = pd.concat([told, block_keys(told)], axis=1)
    least = _LOOKED_AT * params.review_probability
    settings = dict(model.settings) | {"retain_matching_columns": True}  # with them, the levels
    with _linker(told, settings, connection) as linker, _shares(linker, told, connection):
        predicted = linker.inference.predict(threshold_match_probability=least)
        words = level_words(model.settings["comparisons"])
        gammas = [f"gamma_{name}" for name in words]
        wanted = ["record_l", "record_r", "match_weight", *gammas]
        found: pd.DataFrame = predicted.as_duckdbpyrelation().select(*wanted).df()
    one, other = found["record_l"].to_numpy(), found["record_r"].to_numpy()
    ids, people = records["record_id"].to_numpy(object), records["person_id"].to_numpy(object)
    in_order = ids[one] < ids[other]
    levels = found[gammas].set_axis(list(words), axis=1)
    weight = found["match_weight"].mask(_maybe_a_relative(levels), 0.0)
    pairs: pd.DataFrame = pd.DataFrame(
        {
            "record_a": pd.Series(np.where(in_order, ids[one], ids[other]), dtype="str"),
            "record_b": pd.Series(np.where(in_order, ids[other], ids[one]), dtype="str"),
            "match_weight": weight,
            "probability": 1 / (1 + np.exp2(-weight)),
            "reason": reasons(levels, words),
        }
    )
    pairs = pairs.loc[people[one] != people[other]]
    return pairs.sort_values(["record_a", "record_b"], ignore_index=True)


def _link_type(told: pd.DataFrame) -> str:
    return "link_only" if "source" in told and told["source"].nunique() == 2 else "dedupe_only"


def _untrained(columns: Sequence[str], told: pd.DataFrame) -> dict[str, Any]:
    blocks = [f"block_{number}" for number, _ in enumerate(BLOCKS)]
    return {
        "comparisons": comparisons(columns),
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.{block} = r.{block}"} for block in blocks
        ],
        _PRIOR: 1 / max(len(told), 2),
        "unique_id_column_name": "record",
        "source_dataset_column_name": "source",
        "linker_uid": "people",
        "retain_matching_columns": False,
    }


@contextmanager
def _linker(told: pd.DataFrame, settings: dict[str, Any], connection: Any) -> Iterator[Linker]:
    """Hand out a linker that says nothing and leaves nothing behind."""
    kind = _link_type(told)
    rows = told.drop(columns=["record_id", "person_id"]).assign(record=told.index)
    tables: Any = [rows.drop(columns="source", errors="ignore")]
    if kind == "link_only":
        tables = [part for _, part in rows.groupby("source")]
    names = [f"link_records_{number}" for number, _ in enumerate(tables)]
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.ERROR)
    api: Any = DuckDBAPI(connection)
    kinds = settings | {"link_type": kind}
    try:
        yield Linker(tables, kinds, api, set_up_basic_logging=False, input_table_aliases=names)
    finally:
        api.delete_tables_created_by_splink_from_db()
        for name in names:
            connection.unregister(name)
        logger.setLevel(level)


@contextmanager
def _shares(linker: Linker, told: pd.DataFrame, connection: Any) -> Iterator[None]:
    """Lend the linker how frequent values are among people, not among their records."""
    management: Any = linker.table_management
    tables = [
        management.register_term_frequency_lookup(
            shares_of_people(told, column), column, overwrite=True
        )
        for column in COUNTED_BY_SHARE
    ]
    try:
        yield
    finally:
        for table in tables:
            connection.unregister(table.physical_name)


def _in_round(told: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Mark the records of a round of learning: all of some keys, so many as pairs are allowed.

    Pairs agree on the mark too; it is missing for what is left out.
    """
    known = told[list(names)].notna().all(axis=1)
    key = pd.util.hash_pandas_object(told[list(names)], index=False)
    key = key.astype("UInt64").where(known)
    sizes = key.value_counts()
    sizes = sizes[(sizes > 1) & (sizes <= MAX_BLOCK)].sort_index()
    kept = sizes[(sizes * (sizes - 1) / 2).cumsum() <= _MAX_PAIRS]
    return pd.Series(1, told.index, dtype="Int64").where(key.isin(kept.index))


def _possible(people: pd.DataFrame) -> float:
    """Return how many pairs there are."""
    if _link_type(people) == "link_only":
        return float(np.prod(people["source"].value_counts().to_numpy()))
    return len(people) * (len(people) - 1) / 2


def _expected_matches(people: pd.DataFrame, settings: dict[str, Any], connection: Any) -> float:
    """Estimate from agreements that hardly two people share how many pairs are one person."""
    columns = {name for name in FIELDS if people[name].notna().any()}
    sure: list[Any] = [block_on(*names) for names in _SURE if set(names) <= columns]
    if sure:
        with _linker(people, settings, connection) as linker:
            # Where nearly every pair is one person there are more than this share allows.
            with suppress(ValueError):
                linker.training.estimate_probability_two_random_records_match(
                    sure, recall=_SURE_SHARE
                )
            settings = linker.misc.save_model_to_json()
    return float(settings[_PRIOR] * _possible(people))


def _learned(told: pd.DataFrame, settings: dict[str, Any], connection: Any) -> list[dict[str, Any]]:
    """Return the comparisons with what the rounds of learning found, by EM."""
    columns = {name for name in FIELDS if told[name].notna().any()}
    rounds = {f"round_{'_'.join(names)}": names for names in _ROUNDS if set(names) < columns}
    told = told.assign(**{name: _in_round(told, names) for name, names in rounds.items()})
    with _linker(told, settings, connection) as linker:
        for name, names in rounds.items():
            if told[name].notna().any():
                linker.training.estimate_parameters_using_expectation_maximisation(
                    block_on(*names, name), estimate_without_term_frequencies=True
                )
        found: list[dict[str, Any]] = linker.misc.save_model_to_json()["comparisons"]
    return found


def _known(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [v for v in comparison["comparison_levels"] if not v.get("is_null_level")]


def _mended(
    comparisons_: Sequence[dict[str, Any]], sample: pd.DataFrame, matched: float
) -> list[dict[str, Any]]:
    """Take the pairs of one person out of the strangers' shares, and put no share at nought.

    The sample holds as many pairs of one person as chance brought in: a share of ``matched``.
    How often strangers reach a level that none of the sample reached is not known: it is taken to
    say no more than the level above it, or than the count of the sample's pairs allows.
    """
    for comparison in comparisons_:
        levels = _known(comparison)
        known = int(sample[comparison["output_column_name"]].notna().sum())
        least = max(_LEAST_U, 2 / max(known * (known - 1), 2))
        m = np.array([level.get("m_probability", 0.0) for level in levels]) + _LEAST_M
        m /= m.sum()
        seen = np.array([level.get("u_probability", 0.0) for level in levels])
        u = np.maximum((seen - matched * m) / (1 - matched), seen / _MOST_MATCHED)
        u = np.maximum(u, least)
        for at in range(1, len(levels)):
            if seen[at] < least:
                u[at] = max(u[at], m[at] * u[at - 1] / m[at - 1])
        for level, one, stranger in zip(levels, m, u, strict=True):
            # Rounded, since sums in another order differ in their last digits.
            shares = {"m_probability": one, "u_probability": min(stranger, 1)}
            level |= {name: round(float(share), 10) for name, share in shares.items()}
    return list(comparisons_)


def _maybe_a_relative(levels: pd.DataFrame) -> pd.Series:
    """Return the pairs with different given names that share nothing of their own."""
    doubt = pd.Series(True, index=levels.index)
    for name, most in _NO_AGREEMENT.items():
        if name in levels:
            doubt &= levels[name] <= most
    return doubt & (levels["given_name"] == 0) if "given_name" in levels else ~doubt & doubt
