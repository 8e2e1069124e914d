"""To whom a participant is offered to be handed over, and in which order (duties 17 and 18)."""

import pandas as pd

# A referral that ended so came to something; the others met no place, no opening, no wish.
REACHED = ("retained", "completed", "served_once")


def offers(
    organisations: pd.DataFrame,
    wishes: pd.DataFrame,
    referrals: pd.DataFrame,
    *,
    participant_id: str,
    service: str | None = None,
) -> pd.DataFrame:
    """Return the organisations in the order to offer them to a participant.

    The one they prefer comes first, then where they have been reached before, then who takes
    over in person, of these who gave the ``service`` asked for most often, then by name. Police
    and courts are no place to be handed to.

    Needs    organisations, wishes, referrals    ORGANISATIONS, WISHES, REFERRALS
    Adds     preferred       by the participant
             past            their earlier referrals there
             past_reached    those that came to something
             given           referrals of anybody for the service that came to something there
             last_barrier    what stood in the way the last time, if anything did
    """
    serving = ~organisations["kind"].isin(["police", "prosecutor", "court", "hmis"])
    found = organisations[serving].reset_index(drop=True)
    wanted = wishes.loc[wishes["participant_id"] == participant_id, "organisation_id"]
    own = referrals[referrals["participant_id"] == participant_id].sort_values("opened_at")
    reached = own[own["outcome"].isin(REACHED)]
    barred = own[own["barrier"].notna()].drop_duplicates("organisation_id", keep="last")
    ids = found["organisation_id"]
    served = referrals[referrals["outcome"].isin(REACHED) & (referrals["service"] == service)]
    found = found.assign(
        preferred=ids.isin(wanted.dropna()),
        past=ids.map(own["organisation_id"].value_counts()).fillna(0).astype("int64"),
        past_reached=ids.map(reached["organisation_id"].value_counts()).fillna(0).astype("int64"),
        given=ids.map(served["organisation_id"].value_counts()).fillna(0).astype("int64"),
        last_barrier=ids.map(barred.set_index("organisation_id")["barrier"]),
    )
    by = ["preferred", "past_reached", "warm_handoff", "given", "name"]
    return found.sort_values(by, ascending=[False] * 4 + [True], ignore_index=True)
