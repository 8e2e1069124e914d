"""Codes of the tables as people read them, in their language: the only place that says so."""

from collections.abc import Mapping

from outreach.language.translate import N_, translator

NEEDS: Mapping[str, str] = {
    "mental_health": N_("Mental health"),
    "substance_use": N_("Substance use"),
    "homelessness": N_("Homelessness"),
    "conflict": N_("Family or personal conflict"),
    "quality_of_life": N_("Quality of life"),
    "unknown": N_("Need not known"),
}
# How we go: for whoever chooses it, and in the middle of a sentence.
MODES: Mapping[str, str] = {
    "community": N_("Without police"),
    "co_response": N_("With police"),
    "phone": N_("By phone"),
    "notification": N_("Notification"),
}
MODE_LABELS: Mapping[str, str] = {
    "community": N_("community response"),
    "co_response": N_("co-response"),
    "phone": N_("by phone"),
    "notification": N_("notification"),
}
ROLES: Mapping[str, str] = {
    "lead": N_("Lead"),
    "caseworker": N_("Caseworker"),
    "manager": N_("Manager"),
    "police_liaison": N_("Police liaison"),
    "partner": N_("Partner"),
    "community": N_("Community"),
    "admin": N_("Admin"),
    "operator": N_("Operator"),
}
# What staff speak and participants may ask for, as ``work_words.LANGUAGES``.
LANGUAGES: Mapping[str, str] = {
    "en": N_("English"),
    "es": N_("Spanish"),
    "pt": N_("Portuguese"),
    "fr": N_("French"),
    "ht": N_("Haitian Creole"),
    "zh": N_("Chinese"),
    "ar": N_("Arabic"),
    "ru": N_("Russian"),
    "vi": N_("Vietnamese"),
    "ase": N_("American Sign Language"),
}
# Codes of the work database; those that a code says well enough stand here to be translated.
WORDS: Mapping[str, str] = {
    "caseworker": N_("Caseworker"),
    "peer": N_("Peer"),
    "clinician": N_("Clinician"),
    "officer": N_("Officer"),
    "not_found": N_("Not found"),
    "left_information": N_("Left information"),
    "declined": N_("Declined today"),
    "asked_no_visits": N_("Asked for no more visits"),
    "checked": N_("Checked on, is well"),
    "notified": N_("Notification given"),
    "engaged": N_("Worked on next steps"),
    "accompanied": N_("Went along with them"),
    "contact_attempt": N_("Contact attempt"),
    "contact": N_("Contact"),
    "engagement": N_("Engagement"),
    "opt_out": N_("Wants no contact"),
    "do_not_visit": N_("Wants no visits"),
    "no_police": N_("No police"),
    "retained": N_("Stayed in the service"),
    "completed": N_("Completed"),
    "served_once": N_("Served once"),
    "no_place": N_("No place was free"),
    "not_reached": N_("Could not be reached"),
    "offered": N_("Offered"),
    "accepted": N_("Accepted"),
    "transported": N_("Transported"),
    "arrived": N_("Arrived"),
    "admitted": N_("Admitted"),
    "follow_up": N_("Follow up"),
    "accompany": N_("Accompany"),
    "notification": N_("Notification"),
    "call_back": N_("Call back"),
    "sharps_pickup": N_("Needle pickup"),
    "campaign": N_("Campaign"),
    "no_contact": N_("Long without contact"),
    "housing_search": N_("Housing search"),
    "food": N_("Food"),
    "eviction_aid": N_("Eviction aid"),
    "emotional_support": N_("Emotional support"),
    "partner_referral": N_("Partner referral"),
    "other_basic_needs": N_("Other basic needs"),
    "health": N_("Health"),
    "pain_or_withdrawal": N_("Pain or withdrawal"),
    "fear_or_distrust": N_("Fear or distrust"),
    "language": N_("Language"),
    "family_or_pets": N_("Family or pets"),
    "no_phone": N_("No phone"),
    "no_identity_papers": N_("No identity papers"),
    "no_bed": N_("No bed"),
    "waiting_list": N_("Waiting list"),
    "eligibility_rules": N_("Eligibility rules"),
    "opening_hours": N_("Opening hours"),
    "transport": N_("Transport"),
    "cost_or_insurance": N_("Cost or insurance"),
    "background_checks": N_("Background checks"),
    "stigma_in_service": N_("Stigma in service"),
    "unsheltered": N_("Unsheltered"),
    "emergency_shelter": N_("Emergency shelter"),
    "transitional_housing": N_("Transitional housing"),
    "institution": N_("Institution"),
    "with_family_or_friends": N_("With family or friends"),
    "hotel_or_motel": N_("Hotel or motel"),
    "rented": N_("Rented"),
    "owned": N_("Owned"),
    "supportive_housing": N_("Supportive housing"),
    "not_known": N_("Not known"),
    "provider": N_("Provider"),
    "shelter": N_("Shelter"),
    "hospital": N_("Hospital"),
    "police": N_("Police"),
    "emergency_medical": N_("Emergency medical service"),
    "prosecutor": N_("Prosecutor"),
    "court": N_("Court"),
    "business": N_("Business"),
    "community": N_("Community"),
    "hmis": N_("Homeless management information system"),
    "arrest_diversion": N_("Instead of an arrest"),
    "social_contact": N_("Social contact"),
    "name": N_("Name"),
    "birth_date": N_("Birth date"),
    "phone": N_("Phone"),
    "status": N_("Status"),
    "last_contact": N_("Last contact"),
    "next_step": N_("Next step"),
    "services": N_("Services"),
    "referrals": N_("Referrals"),
    "living_situation": N_("Living situation"),
}

# Kinds of stops, as plan_schemas.CANDIDATES has them.
STOPS: Mapping[str, str] = {
    "person": N_("Person with repeated calls"),
    "place": N_("Repeat place"),
    "participant": N_("Participant"),
    "follow_up": N_("Follow-up"),
    "accompany": N_("Going along with somebody"),
    "notification": N_("Notification"),
    "added": N_("Added by a lead"),
    "cell": N_("Walk of a small area"),
    "exploration": N_("Walk where calls are few"),
    "sharps_pickup": N_("Needle pickup"),
    "campaign": N_("Campaign stop"),
}
# As they are called in data/resource_kinds.csv; a city's own words for them stay as they are.
PLACES = (
    N_("domestic violence service"), N_("food pantry"), N_("substance use treatment"),
    N_("mental health center"), N_("shelter for disasters"), N_("shelter"),
    N_("drop-in center"), N_("senior services"), N_("health center"), N_("clinic"),
    N_("hospital"), N_("academic library"), N_("library"), N_("mediation"), N_("legal aid"),
    N_("youth center"), N_("community center"), N_("employment help"), N_("social services"),
    N_("police"), N_("fire station"), N_("city hall"), N_("courthouse"), N_("jail"),
)  # fmt: skip


def in_words(code: str, language: str = "en") -> str:
    """Return a code of the work database as people read it."""
    return _said(WORDS, code, language)


def need_words(need: str, language: str = "en") -> str:
    """Return a need as people read it."""
    return _said(NEEDS, need, language)


def mode_words(mode: str, language: str = "en") -> str:
    """Return how the teams go, in the middle of a sentence."""
    return _said(MODE_LABELS, mode, language)


def stop_words(kind: str, language: str = "en") -> str:
    """Return what kind of stop it is."""
    return _said(STOPS, kind, language)


def role_words(role: str, language: str = "en") -> str:
    """Return what somebody is in the house or outside of it."""
    return _said(ROLES, role, language)


def plain(code: str) -> str:
    """Return a code such as ``food_pantry`` as words."""
    words = code.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _said(known: Mapping[str, str], code: str, language: str) -> str:
    return translator(language)(known[code]) if code in known else plain(code)
