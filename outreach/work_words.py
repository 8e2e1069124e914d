"""The words of the teams' work: what a column of the work database may say."""

from typing import get_args

from outreach.config import Role

DOORS = ("arrest_diversion", "social_contact", "community")  # how somebody came to us (duty 30)
ROLES = get_args(Role)
# The six kinds of help of duty 25; free text is not among them.
SERVICES = (
    "housing_search",
    "food",
    "eviction_aid",
    "emotional_support",
    "partner_referral",
    "other_basic_needs",
)
STAGES = ("contact_attempt", "contact", "engagement")
# What came of a visit, and how far it got at most: none of these says that somebody fell short.
OUTCOMES = {
    "not_found": "contact_attempt",
    "left_information": "contact_attempt",
    "declined": "contact",
    "asked_no_visits": "contact",
    "checked": "contact",
    "notified": "contact",
    "engaged": "engagement",
    "accompanied": "engagement",
}
# What stands in the way: of a person, and of the system (duty 31).
BARRIERS = (
    "health",
    "pain_or_withdrawal",
    "fear_or_distrust",
    "language",
    "family_or_pets",
    "no_phone",
    "no_identity_papers",
    "no_bed",
    "waiting_list",
    "eligibility_rules",
    "opening_hours",
    "transport",
    "cost_or_insurance",
    "background_checks",
    "stigma_in_service",
)
LIVING_SITUATIONS = (
    "unsheltered",
    "emergency_shelter",
    "transitional_housing",
    "institution",
    "with_family_or_friends",
    "hotel_or_motel",
    "rented",
    "owned",
    "supportive_housing",
    "not_known",
)
TASK_KINDS = ("follow_up", "accompany", "notification", "call_back", "sharps_pickup", "campaign")
REFERRAL_STEPS = ("offered", "accepted", "transported", "arrived", "admitted", "retained")
REFERRAL_OUTCOMES = ("retained", "completed", "served_once", "declined", "no_place", "not_reached")
ORGANISATION_KINDS = (
    "provider",
    "shelter",
    "hospital",
    "police",
    "emergency_medical",
    "prosecutor",
    "court",
    "business",
    "community",
    "hmis",
)
CONSENT_RULES = ("opt_out", "do_not_visit", "no_police")
# What a release may list; notes are not among them, for nothing from case notes is shared.
RELEASABLE = (
    "name",
    "birth_date",
    "phone",
    "status",
    "last_contact",
    "next_step",
    "services",
    "referrals",
    "living_situation",
)
# What staff speak and participants may ask for, by code.
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "pt": "Portuguese",
    "fr": "French",
    "ht": "Haitian Creole",
    "zh": "Chinese",
    "ar": "Arabic",
    "ru": "Russian",
    "vi": "Vietnamese",
    "ase": "American Sign Language",
}
VERDICTS = ("same", "different", "later", "withdrawn")
