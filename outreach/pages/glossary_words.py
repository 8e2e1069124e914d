"""The words of the app in plain words, by where they are met; no Streamlit is drawn here."""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.language.words import MODES, WORDS
from outreach.language.words import NEEDS as NEED_WORDS
from outreach.maps.style import LABEL_WORDS
from outreach.pages.language import _


@dataclass(frozen=True)
class Entry:
    """One word, what it means, and the code of it in the tables, where it has one."""

    word: str
    told: str
    code: str = ""


def glossary() -> dict[str, list[Entry]]:
    """Return all words by section, in the reader's language."""
    return {
        _("The week"): _week(),
        _("How we go"): _coded(MODES, _modes()),
        _("What people call about"): _coded(NEED_WORDS, _needs()),
        _("Where need is"): _where(),
        _("How hot spots went"): _coded(LABEL_WORDS, _patterns()),
        _("People"): _people(),
        _("Visits and what came of them"): _coded(WORDS, _visits()),
        _("Handing over"): [*_handing(), *_coded(WORDS, _referrals())],
        _("Places that help"): _help(),
    }


def search(words: Mapping[str, list[Entry]], text: str) -> dict[str, list[Entry]]:
    """Return the entries whose word or explanation holds a text; all of them for an empty one."""
    sought = text.strip().casefold()
    found = {
        section: [one for one in entries if sought in f"{one.word} {one.told}".casefold()]
        for section, entries in words.items()
    }
    return {section: entries for section, entries in found.items() if entries}


def _coded(names: Mapping[str, str], told: Mapping[str, str]) -> list[Entry]:
    """Return entries for codes, under the names that screens give them."""
    return [Entry(_(names[code]), text, code) for code, text in told.items()]


def _week() -> list[Entry]:
    return [
        Entry(_("Sweep"), _("A week of going out: who goes where, when and why.")),
        Entry(_("Stop"), _("One visit of a sweep, with its place, its time and its reason.")),
        Entry(_("Shift"), _("The hours in which one team is out on one day.")),
        Entry(_("Team"), _("People who go out together.")),
        Entry(_("Leg"), _("The way from one stop to the next.")),
        Entry(_("Draft"), _("A plan that nobody has put their name to. Nobody drives it.")),
        Entry(_("Published"), _("A plan that a lead has approved by name. Teams drive it.")),
        Entry(
            _("Candidate"),
            _("Somebody or some place that could be visited; those left out are told why."),
        ),
        Entry(
            _("Exploration"),
            _("Stops where calls are few, so that we do not only go where we always went."),
        ),
        Entry(
            _("Re-plan"),
            _("To plan again with changes, while as many stops as possible stay as they are."),
        ),
        Entry(
            _("Extra seat"),
            _("Somebody in training goes along beside trained colleagues, and not in their stead."),
        ),
        Entry(
            _("Calls a week"),
            _("What a stop is worth to a plan: the calls for help expected from there in a week."),
        ),
    ]


def _modes() -> dict[str, str]:
    return {
        "community": _("Community response: trained people go, and no officer."),
        "co_response": _(
            "Co-response: an officer goes along. Only where calls from a place are about danger, "
            "and never to somebody who asked for no police."
        ),
        "phone": _("A call instead of a visit, where somebody asked for it."),
        "notification": _(
            "Two trained people bring grave news, at a fixed time and in private. No plan drops it."
        ),
    }


def _needs() -> dict[str, str]:
    return {
        "mental_health": _("Somebody is in a crisis of the mind, or others worry about them."),
        "substance_use": _("Alcohol or drugs, an overdose among them."),
        "homelessness": _("Somebody has no home, or sleeps outside."),
        "conflict": _("A quarrel in a family, between neighbours or others."),
        "quality_of_life": _("Noise, disorder, and what else makes a place hard to live in."),
        "unknown": _("The type of the call does not say. It counts in no ranking."),
    }


def _where() -> list[Entry]:
    return [
        Entry(
            _("Call for help"),
            _("What the public asked for. What officers or our own teams began counts nowhere."),
        ),
        Entry(
            _("Hex"),
            _("A six-sided piece of the city. All are of one size, so they can be compared."),
        ),
        Entry(
            _("Hot spot"),
            _("A hex that has, with those around it, more calls than chance would put there."),
        ),
        Entry(_("Cold spot"), _("The same with fewer calls than chance would leave.")),
        Entry(
            _("Alarm"),
            _("More calls in a week than a neighbourhood's own weeks lead to expect. Not why."),
        ),
        Entry(
            _("Forecast"),
            _("The calls expected next week. Shown only where it beat plain counting."),
        ),
        Entry(
            _("Back-test"),
            _("The forecast tried on past weeks, with nothing known that came later."),
        ),
        Entry(_("Whole week"), _("A week of which calls of all seven days are known.")),
        Entry(_("Usual"), _("The mean of the four whole weeks before.")),
        Entry(
            _("Exposure"),
            _("A neighbourhood's share of our visits beside its share of the calls for help."),
        ),
        Entry(
            _("Small numbers"),
            _("In what leaves the house counts from 1 to 10 are hidden, so nobody stands out."),
        ),
    ]


def _patterns() -> dict[str, str]:
    hot = {
        "new_hot": _("Hot in the last step, and never before."),
        "consecutive_hot": _("Hot in the last steps without a break, and not long before."),
        "intensifying_hot": _("Hot nearly all along, with a growing share of the city's calls."),
        "persistent_hot": _("Hot nearly all along, neither more nor less."),
        "diminishing_hot": _("Hot nearly all along, with a shrinking share of the city's calls."),
        "sporadic_hot": _("Hot now and sometimes before, never cold."),
        "oscillating_hot": _("Hot now, and cold at some time before."),
        "historical_hot": _("Hot nearly all along before, but not now."),
    }
    cold = {
        "new_cold": _("Cold in the last step, and never before."),
        "consecutive_cold": _("Cold in the last steps without a break, and not long before."),
        "intensifying_cold": _("Cold nearly all along, with a shrinking share of the calls."),
        "persistent_cold": _("Cold nearly all along, neither more nor less."),
        "diminishing_cold": _("Cold nearly all along, with a growing share of the calls."),
        "sporadic_cold": _("Cold now and sometimes before, never hot."),
        "oscillating_cold": _("Cold now, and hot at some time before."),
        "historical_cold": _("Cold nearly all along before, but not now."),
        "none": _("Nothing stands out, or the record is too short."),
    }
    return hot | cold


def _people() -> list[Entry]:
    return [
        Entry(
            _("Person"),
            _("Somebody in the calls, under a made-up number. Names are kept apart."),
        ),
        Entry(_("Participant"), _("Somebody who is enrolled: they know us and agreed to it.")),
        Entry(_("Repeat place"), _("An address from which calls for help came again and again.")),
        Entry(
            _("Listing"),
            _("Being on the list of those who could be visited, for repeated calls for help."),
        ),
        Entry(
            _("Sunset"),
            _("The day a listing ends. After it no visit is planned unless a person renews it."),
        ),
        Entry(
            _("Cooling-off"),
            _("The days after a visit in which no other one is planned."),
        ),
        *_coded(
            WORDS,
            {
                "opt_out": _("They want no contact at all. It binds every plan from that day on."),
                "do_not_visit": _("They want no visits. A call by phone may still be welcome."),
                "no_police": _("No officer goes along, whatever the reason for the visit."),
                "arrest_diversion": _("They came to us in place of an arrest."),
                "community": _("They came by themselves, or neighbours and family told us."),
                "social_contact": _("They were referred to us by others, with no arrest."),
            },
        ),
        Entry(_("Caseload"), _("Whom a worker carries, beside how many they have room for.")),
        Entry(
            _("Release"),
            _("A signed paper: what of somebody an organisation may see, and until when."),
        ),
        Entry(_("Audit trail"), _("Who saw, changed or handed out what, and when. It only grows.")),
    ]


def _visits() -> dict[str, str]:
    return {
        "contact_attempt": _("We went and met nobody, or left word."),
        "contact": _("We met them, wherever it was."),
        "engagement": _("We met them and worked on next steps together."),
        "not_found": _("Nobody was there."),
        "left_information": _("Nobody was met; a card or a message was left."),
        "declined": _("They did not want to talk this time. Another day is another day."),
        "asked_no_visits": _("They asked us not to come again. From then on nobody does."),
        "checked": _("They were met and are well."),
        "notified": _("The news was brought."),
        "engaged": _("They worked on next steps with us."),
        "accompanied": _("Somebody of the team went along with them, such as to a clinic."),
        "follow_up": _("Something that was promised by a day."),
        "accompany": _("Somebody goes along; a seat is kept free."),
        "call_back": _("Somebody is to be called by phone."),
        "sharps_pickup": _("Needles to be picked up. They are counted apart and are never calls."),
        "campaign": _("A stop to hand out word to whoever is there."),
        "no_contact": _("Active, and nobody of the team has met them for long."),
    }


def _handing() -> list[Entry]:
    return [
        Entry(_("Referral"), _("Somebody is put in touch with a service, step by step.")),
        Entry(_("Warm hand-off"), _("Somebody there takes over in person.")),
        Entry(_("Referred to us"), _("Others ask us to see somebody. It is no call.")),
    ]


def _referrals() -> dict[str, str]:
    return {
        "offered": _("They were told of the service."),
        "accepted": _("They said yes."),
        "transported": _("They were brought there."),
        "arrived": _("They got there."),
        "admitted": _("The service took them in."),
        "retained": _("They are still there later."),
        "completed": _("They got what the referral was for."),
        "served_once": _("They were helped once."),
        "no_place": _("The service had no room."),
        "not_reached": _("Nobody could be reached, there or on the way."),
    }


def _help() -> list[Entry]:
    return [
        Entry(_("Verified"), _("Somebody asked on that day whether the entry still holds.")),
        Entry(
            _("Access (E2SFCA)"),
            _(
                "How much room at places of help there is for the people who can reach them, with "
                "near places counting more than far ones."
            ),
        ),
        Entry(
            _("Reach"),
            _("What can be got to in so many minutes, on foot or by car."),
        ),
        Entry(
            _("Redacted"),
            _("A place whose address must stay secret. It is on no shared sheet and no map."),
        ),
    ]
