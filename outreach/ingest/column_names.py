"""What dispatch systems call their columns: patterns with weights, and how a name is read.

Patterns are searched in a column's name in lower case with blanks between its words
(``EventClearanceDate`` is ``event clearance date``). The first that matches gives the weight.
"""

import re
import unicodedata
from functools import lru_cache

Weights = tuple[tuple[str, int], ...]

NO = r"(?:no|num|nbr|number|id|key|#)"
AT = r"(?:date ?time|dttm|dt ?tm|date|time ?stamp|time|dt|tm|at|on|ts)"

RECEIVED: Weights = (
    (r"^call ?taker|phone number|caller", 0),
    (rf"recei?ved|recvd?\b|rcvd\b|call ?{AT}\b|{AT} ?of ?call|call ?rec|phone ?pick ?up", 100),
    (rf"(?:request|requested|service request) ?.*{AT}|{AT} ?requested", 95),
    (rf"{AT} ?(?:create|open)|create(?:d|ion)? ?{AT}|open(?:ed)? ?{AT}|^opened$|^created$", 92),
    (rf"entry ?{AT}|entered|queued", 90),
    (rf"report(?:ed)? ?{AT}|{AT} ?(?:of ?)?report(?:ed)?|^reported$|^start|\bstart ?{AT}", 86),
    (rf"(?:event|incident|offense|crime|cfs|case|activity|cad|alarm|contact|visit) ?{AT}\b", 84),
    (rf"occ\w* ?{AT}|{AT}\d? of occ|occur", 82),
    (r"date ?time|time ?stamp|dttm", 80),
    (r"^(?:date|time|datetime|day)$|date of|^from date", 76),
    (r"submitted|service date|work date", 60),
    (r"date|time|\bdt\b|\bdttm\b|stamp", 40),
)
NOT_RECEIVED = (
    r"clos|clear|target|\bdue\b|updat|modif|edit|\blast|arriv|\barrv|en ?route|scene|"
    r"dispatch(?!.*request)|depart|complet|\bend\b|finish|in ?db|\bdb|load|import|extract|"
    r"download|refresh|publish|birth|\bdob\b|resol|assign|transport|hospital|expir|cancel|"
    r"engag|follow|effective|status|archiv|export|print|process|available|responded|unit|hold"
)
IS_CLOCK = r"time|tm\b|hour|\bhr\b|clock|\bhh"
IS_DATE = r"date|time|\bdt|dt\b|stamp|creat|open|receiv|report|start|occ"

INCIDENT_ID: Weights = (
    (r"object ?id|\bfid\b|row ?id|unnamed|\boid\b|unit|officer|badge|property|parcel|address|"
     r"location|premis|beat|zone|district|hood|person|subject|client|patient|user|employee|"
     r"type|code|agency|station|phone|zip|street|census|date|parent|queue|ward|block|sector", 0),
    (rf"(?:incident|event|call|cad|cfs|response|run|dispatch) ?{NO}(?:$| )", 100),
    (rf"(?:cad|master|incident|event) ?(?:event|incident|response)? ?{NO}", 98),
    (r"^(?:incident|event|inci)$|incidentnum|eventnum|callnum|^cfs$", 94),
    (r"item ?(?:no|num\w*)|\bitem$", 92),
    (rf"case ?.*{NO}(?:$| )|casenum|case ?enquiry ?id|^case$", 90),
    (rf"(?:service )?request ?{NO}|^sr ?{NO}|ticket ?{NO}|complaint ?{NO}|report ?{NO}", 86),
    (rf"(?:record|reference|ref|control|log|sequence) ?{NO}|(?:log|incident|cad) ?ref\b", 70),
    (r"^id$|unique ?(?:id|key)|global ?id|guid|uuid", 60),
    (r"^(?:no|num|nbr) ", 55),
    (rf"{NO}$", 40),
)  # fmt: skip

CALL_TYPE: Weights = (
    (r"^(?:ext |call |incident |event |case |problem )*(?:nature|type)(?: display)? name$", 94),
    (r"property|location|address|premis|street|unit|vehicle|weapon|file|source|status|priorit|"
     r"dispo|clear|clos|zone|\bland|owner|created|user|report type|\bday|month|\bdow\b|caller|"
     r"phone|agency|queue|department|submitted|photo|time|\brace|\bsex|victim|method|disposition|"
     r"\barea|neighbo|district|beat|\bward|\bcity|\bname|outcome|result|\bhow\b|initiated", 0),
    (r"initial.*(?:type|desc|nature|problem|code)|init ?type", 100),
    (r"call ?(?:type|desc|nature)|nature(?: of call)?|incident ?type|event ?type|cfs ?type|"
     r"complaint ?type|request ?type|service ?type|problem|ext ?nature", 95),
    (r"incident ?desc|event ?desc|type ?desc|type ?text|offense ?desc|crime ?desc|"
     r"(?:final )?case ?(?:type|desc)|final.*(?:type|desc)|signal", 92),
    (r"^type\b|^offense|^crime|type$|^nature", 85),
    (r"type of|title|^typ", 74),
    (r"reason|descr|\bdesc\b|classif|^call$", 66),
    (r"categor", 55),
    (r"group|class\b|subject|code", 40),
)  # fmt: skip
SUB_TYPE = r"sub ?type"
FINAL = r"\bfinal|closed? as|clos\w+ (?:type|code)|clearance (?:desc|type)"
PLAIN_TYPE = r"^type ?(?:text)?$"  # the final one where another column says initial

DISPOSITION: Weights = (
    (r"date|time|\bby\b|photo", 0),
    (r"disposition|\bdispo", 100),
    (r"clearance ?desc|clearance|cleared", 90),
    (r"outcome|result|end point", 80),
    (r"resolution|clos\w+ ?(?:reason|code)|status", 50),
)
ADDRESS: Weights = (
    (r"e ?mail|agency|station|unit|caller|\bip\b|mailing|city|zip|state|type|property id|cross|"
     r"lat|lon|\bx\b|\by\b|premise|name of|business|hospital|destination|geocod|owner|\bend\b", 0),
    (r"block ?(?:addr|location)|blk ?addr|hundred ?block|incident ?(?:address|location)|"
     r"event ?(?:address|location)|(?:block|full|street|call) ?(?:address|location)|^addr", 100),
    (r"location ?street|address|\baddr", 95),
    (r"^location$|location ?(?:text|desc)|intersection|^where|^block|common ?place", 85),
    (r"^street|street ?name|location|block", 70),
)  # fmt: skip
HOUSE_NUMBER = rf"(?:street|st|house|addr\w*|block|location|stnum\w*) ?{NO}$"
STREET_PARTS = (
    HOUSE_NUMBER,
    r"(?:st\w*|pre) ?(?:dir|direction|prefix|pre dir)\b|^predir",
    r"(?:street|st|road) ?(?:name)$|^street$",
    r"(?:street|st) ?(?:type|suffix|sfx)$",
)

AREA: Weights = (
    (r"\bid\b|date|time|\bx\b|\by\b|address|count|lat|lon|desc", 0),
    (r"neighbo(?:u)?r|\bnbhd|community ?area", 100),
    (r"\btwp|township|town\b|municip|village|borough|^boro", 92),
    (r"\bbeat|^area$|reporting ?(?:area|district)", 84),
    (r"police ?(?:district|zone|area)|district|division", 80),
    (r"sector|zone|precinct|ward|council", 70),
    (r"^city$|city ?name|census|tract|hood", 50),
)
SOURCE: Weights = (
    (r"file|date|time|status|funding", 0),
    (r"(?:self|officer|staff|unit|field) ?initiated|on ?view|proactive", 100),
    (
        r"source|how ?(?:received|reported|call)|(?:received|reported) ?how|origin|channel|method|"
        r"rec\w* ?(?:via|by|method)",
        90,
    ),
    (r"initiat|call ?type|call ?code|intake|report(?:ed)? ?(?:via|by)|contact ?method", 60),
)
X: Weights = (
    (r"swapped|index|\bmax|\bextra", 0),
    (r"longitud|^long$|^lng$|^lon$|\blong$|\blng\b|\blon\b|geo ?lon|blurred ?long", 100),
    (r"(?:^|\b|geo|map|coord\w*|point|gis|gps)[ _]?x(?:$|\b|[ _]?coord)|xcoord|east", 90),
)
Y: Weights = (
    (r"index|extra", 0),
    (r"latitud|^lat$|\blat\b|geo ?lat|blurred ?lat", 100),
    (r"(?:^|\b|geo|map|coord\w*|point|gis|gps)[ _]?y(?:$|\b|[ _]?coord)|ycoord|north", 90),
)

PERSON_KEY: Weights = (
    (r"officer|employee|user|unit|agency|street|place", 0),
    (rf"(?:person|client|subject|patient|individual|party|participant|consumer) ?{NO}", 100),
    (rf"\bmni\b|master ?name|name ?{NO}|\bperson$", 90),
)
NOT_A_PERSON = (
    r"street|place|business|agency|officer|city|user|school|park|facilit|file|category|type|unit|"
    r"station|county|district|neighbo|hood|road|common|premise|department|beat|state|host|event|"
    r"incident|location|nature|service|call ?taker|dispatcher|created|edited|submitted"
)
PERSON_NAME = (
    r"(?:subject|person|client|patient|party|individual|consumer|participant|involved|victim).*name|"
    r"^(?:full |first |last |middle |given )?name$|first ?name|last ?name|surname|middle ?name|"
    r"^(?:first|last|fname|lname|subject|person|client|patient)$|full ?name|name (?:first|last)"
)
PART_OF_NAME = r"first|last|middle|given|surname|[fl]name|maiden"
FIRST_NAMES = r"first|given|fname|middle"
BIRTH = r"\bdob\b|birth|born"
PHONE = r"phone|\btel\b|telephone|\bcell\b|call ?back|\bani\b|mobile (?:no|num)"
PRIVATE = (
    r"caller|complainant|\brp\b|reporting ?(?:party|person)|e ?mail|\bssn\b|social ?sec|"
    r"licen[cs]e|\bplate|\bvin\b|next ?of ?kin|emergency ?contact|\balias"
)


@lru_cache(maxsize=4096)
def spoken(name: str) -> str:
    """Return a column's name in lower case, no accents, with one blank between its words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    text = re.sub(r"([a-z])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", plain)
    text = re.sub(r"([A-Za-z])(\d)", r"\1 \2", text)
    return " ".join(re.sub(r"[^a-z0-9#]+", " ", text.lower()).split())


def weight(name: str, weights: Weights) -> int:
    """Return the weight of the first pattern that a column's name matches, 0 for none."""
    text = spoken(name)
    return next((value for pattern, value in weights if re.search(pattern, text)), 0)


def names(name: str, pattern: str) -> bool:
    """Return whether a column's name matches a pattern."""
    return re.search(pattern, spoken(name)) is not None
