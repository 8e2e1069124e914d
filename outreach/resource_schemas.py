"""The tables of places that help: HSDS as it is exchanged, and what is read from it.

Names of HSDS tables and columns are those of the Human Services Data Specification 3.2.3
(Open Referral, docs.openreferral.org).
"""

from collections.abc import Mapping

from outreach.columns import (
    BOOL,
    DATE,
    DATE_OR_NONE,
    FLOAT,
    FLOAT_OR_NONE,
    INT,
    INT_OR_NONE,
    TEXT,
    TEXT_OR_NONE,
    TIME,
    TIME_OR_NONE,
    Table,
    one_of,
)

# How much of a place's hours is understood: all of them, not all (then nothing is guessed and
# the text alone is shown), or none are on file.
HOURS_STATES = ("read", "unread", "none")
# What a place will be when somebody arrives. Unknown hours are never called open.
ON_ARRIVAL = ("open", "by_appointment", "unknown", "closed")
# How far a place's point can be believed.
PLACE_CHECKS = ("fits", "far_from_streets", "address_elsewhere", "not_checked")

RESOURCES = Table(
    "resources",
    {
        "resource_id": TEXT,  # id of the service_at_location
        "name": TEXT,  # what people look for: the location's name, and the service where it differs
        "organization": TEXT,
        "service": TEXT,
        "kind": TEXT,  # hospital, shelter, food_pantry, library, ... (data/resource_kinds.csv)
        "needs": TEXT,  # needs it serves, separated by one blank; "" serves none
        "address": TEXT_OR_NONE,
        "phone": TEXT_OR_NONE,
        "website": TEXT_OR_NONE,
        "hours_text": TEXT_OR_NONE,  # verbatim; in words where only rules were given
        "hours": TEXT_OR_NONE,  # what was read, as ``hours.openings`` takes it; only where read
        "hours_state": one_of(*HOURS_STATES),
        "eligibility": TEXT_OR_NONE,
        "minimum_age": FLOAT_OR_NONE,
        "maximum_age": FLOAT_OR_NONE,
        "documents": TEXT_OR_NONE,  # that somebody must bring
        "languages": TEXT,  # codes such as "en es", separated by one blank; "" not known
        "accessibility": TEXT_OR_NONE,
        "capacity_available": FLOAT_OR_NONE,  # beds, seats ... free when last told
        "capacity_maximum": FLOAT_OR_NONE,
        "capacity_updated_at": TIME_OR_NONE,
        "verified_on": DATE_OR_NONE,
        "redacted": BOOL,  # never on anything shared
        "lon": FLOAT,
        "lat": FLOAT,
    },
    key=("resource_id",),
    doc="Somewhere to go for help: one row a service at a location.",
)

OPENINGS = Table(
    "openings",
    {
        "resource_id": TEXT,
        "opens_at": TIME,
        "closes_at": TIME,  # later than opens_at; openings of one place do not overlap
        "state": one_of("open", "by_appointment"),
        "note": TEXT,  # such as "ring the bell"; "" where nothing is said
    },
    key=("resource_id", "opens_at"),
    doc="When places are open, in a stretch of time.",
)

NEAREST = Table(
    "nearest",
    {
        "stop_id": TEXT,
        "rank": INT,  # 1 is offered first
        "resource_id": TEXT,
        "name": TEXT,
        "kind": TEXT,
        "mode": one_of("walk", "drive"),  # of travel_s, distance_m and arrive_at
        "travel_s": FLOAT,  # by street
        "distance_m": FLOAT,
        "walk_s": FLOAT_OR_NONE,  # for the person on foot; empty where no paths are known
        "drive_s": FLOAT_OR_NONE,
        "arrive_at": TIME,  # leaving the stop when its visit ends
        "on_arrival": one_of(*ON_ARRIVAL),
        "closes_at": TIME_OR_NONE,  # of the opening on arrival
        "opens_at": TIME_OR_NONE,  # next, where it is closed on arrival
        "reason": TEXT,
    },
    key=("stop_id", "rank"),
    doc="The nearest fitting resources of each stop.",
)

ACCESS = Table(
    "access",
    {
        "cell": INT,
        "demand": FLOAT,  # calls a week, or people
        "access": FLOAT,  # capacity within reach for one unit of demand, weighted by distance
        "ratio": FLOAT,  # to the city's mean, weighted by demand; 0 where there is none
        "nearest_min": FLOAT_OR_NONE,  # to the nearest place; empty: none can be reached
        "gap": BOOL,  # much need, little access
        "reason": TEXT,
    },
    key=("cell",),
    doc="How much help is within reach of each cell.",
)

SITES = Table(
    "sites",
    {
        "site_id": TEXT,
        "name": TEXT,
        "lon": FLOAT,
        "lat": FLOAT,
        "chosen": INT_OR_NONE,  # 1 is the first choice; empty: not chosen
        "mean_min": FLOAT,  # of all demand, with this site alone beside today's places
        "worst_min": FLOAT,
        "covered": FLOAT,  # demand within the limit, likewise
        "reason": TEXT,
    },
    key=("site_id",),
    doc="Where something new could stand, and what it would change.",
)

HOURS_READ = Table(
    "hours_read",
    {
        "resource_id": TEXT,
        "name": TEXT,
        "hours_text": TEXT,
        "hours": TEXT_OR_NONE,
        "hours_state": one_of("read", "unread"),
        "why": TEXT,  # what was not understood; "" where all was
    },
    doc="Opening hours as written, and the rules read from them, for a person to check.",
)

RESOURCE_CHECKS = Table(
    "resource_checks",
    {
        "resource_id": TEXT,
        "place_check": one_of(*PLACE_CHECKS),
        "street_m": FLOAT_OR_NONE,  # to the nearest street
        "address_m": FLOAT_OR_NONE,  # to where its address lies by the streets' numbers
        "verified_days": INT_OR_NONE,  # since somebody verified it
        "stale": BOOL,  # never verified, or too long ago
        "checked_on": DATE,
    },
    key=("resource_id",),
    doc="What is doubtful about each place that helps.",
)

# The tables of a tabular data package and their columns in the standard's order; others that a
# file brings are kept as they are.
HSDS: Mapping[str, tuple[str, ...]] = {
    "accessibility": ("id", "location_id", "description", "details", "url"),
    "addresses": (
        "id",
        "location_id",
        "attention",
        "address_1",
        "address_2",
        "city",
        "region",
        "state_province",
        "postal_code",
        "country",
        "address_type",
    ),
    "attributes": (
        "id",
        "link_id",
        "taxonomy_term_id",
        "link_type",
        "link_entity",
        "value",
        "label",
    ),
    "contacts": (
        "id",
        "organization_id",
        "service_id",
        "service_at_location_id",
        "location_id",
        "name",
        "title",
        "department",
        "email",
    ),
    "cost_options": (
        "id",
        "service_id",
        "valid_from",
        "valid_to",
        "option",
        "currency",
        "amount",
        "amount_description",
    ),
    "funding": ("id", "organization_id", "service_id", "source"),
    "languages": ("id", "service_id", "location_id", "phone_id", "name", "code", "note"),
    "locations": (
        "id",
        "location_type",
        "url",
        "organization_id",
        "name",
        "alternate_name",
        "description",
        "transportation",
        "latitude",
        "longitude",
        "external_identifier",
        "external_identifier_type",
    ),
    "meta_table_descriptions": ("id", "name", "language", "character_set"),
    "metadata": (
        "id",
        "resource_id",
        "resource_type",
        "last_action_date",
        "last_action_type",
        "field_name",
        "previous_value",
        "replacement_value",
        "updated_by",
    ),
    "organization_identifiers": (
        "id",
        "organization_id",
        "identifier_scheme",
        "identifier_type",
        "identifier",
    ),
    "organizations": (
        "id",
        "name",
        "alternate_name",
        "description",
        "email",
        "website",
        "tax_status",
        "tax_id",
        "year_incorporated",
        "legal_status",
        "logo",
        "uri",
        "parent_organization_id",
    ),
    "phones": (
        "id",
        "location_id",
        "service_id",
        "organization_id",
        "contact_id",
        "service_at_location_id",
        "number",
        "extension",
        "type",
        "description",
    ),
    "programs": ("id", "organization_id", "name", "alternate_name", "description"),
    "required_documents": ("id", "service_id", "document", "uri"),
    "schedules": (
        "id",
        "service_id",
        "location_id",
        "service_at_location_id",
        "valid_from",
        "valid_to",
        "dtstart",
        "timezone",
        "until",
        "count",
        "wkst",
        "freq",
        "interval",
        "byday",
        "byweekno",
        "bymonthday",
        "byyearday",
        "description",
        "opens_at",
        "closes_at",
        "schedule_link",
        "attending_type",
        "notes",
    ),
    "service_areas": (
        "id",
        "service_id",
        "service_at_location_id",
        "name",
        "description",
        "extent",
        "extent_type",
        "uri",
    ),
    "service_at_location": ("id", "service_id", "location_id", "description"),
    "service_capacity": (
        "id",
        "service_id",
        "unit_id",
        "available",
        "maximum",
        "description",
        "updated",
    ),
    "services": (
        "id",
        "organization_id",
        "program_id",
        "name",
        "alternate_name",
        "description",
        "url",
        "email",
        "status",
        "interpretation_services",
        "application_process",
        "fees_description",
        "wait_time",
        "fees",
        "accreditations",
        "eligibility_description",
        "minimum_age",
        "maximum_age",
        "assured_date",
        "assurer_email",
        "licenses",
        "alert",
        "last_modified",
    ),
    "taxonomies": ("id", "name", "description", "uri", "version"),
    "taxonomy_terms": (
        "id",
        "code",
        "name",
        "description",
        "parent_id",
        "taxonomy",
        "language",
        "taxonomy_id",
        "term_uri",
    ),
    "units": ("id", "name", "scheme", "identifier", "uri"),
    "url": ("id", "label", "url", "organization_id", "service_id"),
}
