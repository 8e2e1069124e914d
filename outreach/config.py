"""One city's settings: frozen models filled from ``city.toml``; an unknown key is an error."""

from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from tomlkit.exceptions import TOMLKitError

from outreach.errors import ConfigError

CONFIG_NAME = "city.toml"
DATA_FOLDER = Path(__file__).parent.parent / "data"  # code maps and templates that ship with us

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Role = Literal["caseworker", "clinician", "peer", "officer"]
Travel = Literal["drive", "walk"]
Minutes = Annotated[float, Field(gt=0, le=24 * 60)]
Share = Annotated[float, Field(ge=0, le=1)]
Resolution = Annotated[int, Field(ge=6, le=12)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Base(_Settings):
    """Where teams start and end their shifts."""

    name: str = "Home base"
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Programme(_Settings):
    """The card printed on sheets and leave-behinds (duty 12)."""

    name: str = "Outreach team"
    phone: str = ""
    email: str = ""


class Member(_Settings):
    """One person of a team."""

    name: str
    role: Role


class Team(_Settings):
    """People who go out together, and how."""

    name: str
    members: Annotated[tuple[Member, ...], Field(min_length=1)]
    travel: Travel = "drive"
    seats: Annotated[int, Field(ge=1, le=60)] = 5  # of the car, where they drive
    start_base: str | None = None  # name of a base; the home base where left out
    end_base: str | None = None

    @property
    def has_officer(self) -> bool:
        """Whether a police officer goes along (needed for co-response, barred by no-police)."""
        return any(member.role == "officer" for member in self.members)


class Break(_Settings):
    """A pause that starts within a window of the shift."""

    earliest: time
    latest: time
    minutes: Minutes


class Shift(_Settings):
    """Hours that teams work on some days of every week; local wall-clock time."""

    teams: Annotated[tuple[str, ...], Field(min_length=1)]
    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    start: time
    end: time
    pause: Break | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Shift":
        if self.end <= self.start:
            raise ValueError(f"a shift must end after it starts ({self.start} to {self.end})")
        return self


class Traffic(_Settings):
    """How fast streets are driven in some hours, beside free flow; local wall-clock time."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    start: time
    end: time
    speed: Annotated[float, Field(ge=0.1, le=1.5)]  # 0.7: a way takes 1/0.7 of its time

    @model_validator(mode="after")
    def _in_order(self) -> "Traffic":
        if self.end <= self.start:
            raise ValueError(f"traffic must end after it starts ({self.start} to {self.end})")
        return self


class DemandParams(_Settings):
    """How calls are counted by cell and week, and what is read from the counts."""

    resolution: Annotated[int, Field(ge=6, le=10)] = 9  # of rates; managers see these hexes
    hot_spot_resolution: Resolution = 9  # of hot spots and their labels
    forecast_resolution: Resolution = 9
    area_resolution: Resolution = 7  # of trends and alerts where no neighbourhoods are known
    half_life_weeks: Annotated[float, Field(gt=0)] = 13
    change_weeks: Annotated[int, Field(ge=2, le=52)] = 8
    hot_spot_weeks: Annotated[int, Field(ge=1, le=104)] = 13
    label_weeks: Annotated[int, Field(ge=8, le=104)] = 26  # that labels look back
    label_step_weeks: Annotated[int, Field(ge=1, le=13)] = 4  # in which a cell is hot or not
    false_discovery_rate: Annotated[float, Field(gt=0, lt=1)] = 0.1

    @model_validator(mode="after")
    def _enough_steps(self) -> "DemandParams":
        if self.label_weeks < 4 * self.label_step_weeks:
            raise ValueError(
                f"label_weeks ({self.label_weeks}) must hold four steps of label_step_weeks "
                f"({self.label_step_weeks}), or no pattern can be told"
            )
        return self

    @property
    def finest_resolution(self) -> int:
        """The resolution from which the counts of every purpose can be added up."""
        return max(self.resolution, self.hot_spot_resolution, self.forecast_resolution)


class ForecastParams(_Settings):
    """How next week's calls are expected; ``outreach backtest`` tunes the first two."""

    half_life_weeks: Annotated[float, Field(gt=0)] = 26
    ring_share: Share = 0.05  # of a cell's rate taken from the mean of its six neighbours
    flagged_share: Annotated[float, Field(gt=0, le=0.5)] = 0.01  # of the cells, as the list
    interval: Annotated[float, Field(gt=0, lt=1)] = 0.9
    first_weeks: Annotated[int, Field(ge=8, le=520)] = 26  # of record before the first origin
    baseline_weeks: Annotated[int, Field(ge=4, le=520)] = 52  # of the trailing mean


class AlertParams(_Settings):
    """When a week with many calls is an alarm."""

    false_alarm_rate: Annotated[float, Field(gt=0, le=0.2)] = 0.01  # a neighbourhood, need and week
    half_life_weeks: Annotated[float, Field(gt=0)] = 13
    min_weeks: Annotated[int, Field(ge=4)] = 12  # of record before any alarm


class ExposureParams(_Settings):
    """When the share of visits is out of line with the share of calls (safeguard 10)."""

    window_weeks: Annotated[int, Field(ge=1, le=104)] = 13
    max_inflation: Annotated[float, Field(gt=1)] = 1.1
    max_stickiness: Share = 0.2


class RepeatParams(_Settings):
    """From when on an address or a person counts as repeated, and for how long."""

    window_days: Annotated[int, Field(ge=7, le=730)] = 182
    min_calls: Annotated[int, Field(ge=2)] = 4
    half_life_weeks: Annotated[float, Field(gt=0)] = 9
    cluster_radius_m: Annotated[float, Field(gt=0, le=1000)] = 75
    cluster_min_calls: Annotated[int, Field(ge=2)] = 12
    facility_radius_m: Annotated[float, Field(ge=0, le=500)] = 60
    sink_share: Annotated[float, Field(gt=0, le=1)] = 0.03
    sunset_days: Annotated[int, Field(ge=7, le=730)] = 90  # then a person must renew a listing
    # From this share of calls of domestic violence and the like on, no visit at the door: among
    # few calls one is enough, in a house of many homes it takes more (duty 11).
    barring_share: Annotated[float, Field(gt=0, le=1)] = 0.1


class LinkageParams(_Settings):
    """From when on two records of the calls are taken for one person."""

    join_probability: Share = 0.9  # mean over all pairs of two groups that are joined
    review_probability: Share = 0.1  # from here on an unjoined pair is shown to a person
    sure_probability: Share = 0.999  # a joined pair below it is shown too
    seed: Annotated[int, Field(ge=0)] = 1


class ContactParams(_Settings):
    """How often somebody may be visited, and when they have been left too long."""

    cap_visits: Annotated[int, Field(ge=1)] = 2
    cap_days: Annotated[int, Field(ge=1)] = 7
    cooling_off_days: Annotated[int, Field(ge=0)] = 14  # after somebody declined
    overdue_days: Annotated[int, Field(ge=1)] = 21  # without contact
    place_ages_days: Annotated[int, Field(ge=1)] = 60  # then a usual place is marked as old
    capacity: Annotated[int, Field(ge=1)] = 20  # participants of one worker


class TrainingParams(_Settings):
    """Hours before somebody is more than an extra seat (duties 9 and 10)."""

    field_h: Annotated[float, Field(ge=0)] = 80
    classroom_h: dict[str, float] = Field(
        default_factory=lambda: {
            "crisis intervention": 22.0,
            "mental health first aid": 22.0,
            "communication skills": 22.0,
            "public safety coordination": 22.0,
        }
    )
    warn_days: Annotated[int, Field(ge=0)] = 30  # before hours expire


class RetentionParams(_Settings):
    """How long what names people is kept (safeguard 11)."""

    note_days: Annotated[int, Field(ge=1)] = 365
    inactive_days: Annotated[int, Field(ge=1)] = 1095  # after a participant became inactive
    identity_days: Annotated[int, Field(ge=1)] = 1095  # of names in call exports


class PlanParams(_Settings):
    """How a week's sweep is made."""

    person_visit_min: Minutes = 30
    place_visit_min: Minutes = 20
    cell_walk_min: Minutes = 40
    visits_from: time = time(9)
    visits_until: time = time(19)
    walks_from: time = time(9)  # walks of a small area keep to daylight besides
    walks_until: time = time(18)
    walk_reach: Share = 0.25  # assumed share of an area's calls that one walk can meet
    exploration_share: Share = 0.1
    known_share: Share = 0.75  # of each shift, kept for people known already
    gap_days: Annotated[int, Field(ge=1, le=6)] = 2  # between two visits to one person in a week
    same_worker_bonus: Share = 0.2  # of the prize, where the worker they know goes
    keep_bonus: Annotated[float, Field(ge=0, le=2)] = 0.18  # of the prize, for an unchanged stop
    balance: Share = 0.3  # how much dearer the last hour of a full shift is
    task_min: Minutes = 30  # follow-ups, appointments and accompanying
    pickup_min: Minutes = 15
    campaign_min: Minutes = 20
    # What a visit that no calls speak for counts, in calls a week.
    due_worth: Annotated[float, Field(ge=0)] = 1.0  # a participant without contact for long
    wanted_worth: Annotated[float, Field(ge=0)] = 0.5  # an active participant not yet due
    task_worth: Annotated[float, Field(ge=0)] = 1.5  # a follow-up or an appointment
    overdue_worth: Annotated[float, Field(ge=0)] = 3.0  # a task whose day is past
    pickup_worth: Annotated[float, Field(ge=0)] = 0.5
    campaign_worth: Annotated[float, Field(ge=0)] = 0.3
    added_worth: Annotated[float, Field(ge=0)] = 3.0  # a stop that a lead put in
    max_candidates: Annotated[int, Field(ge=1, le=2000)] = 300
    solver_limit_s: Annotated[float, Field(gt=0)] = 30
    replan_limit_s: Annotated[float, Field(gt=0)] = 2
    seed: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> "PlanParams":
        for what in ("visits", "walks"):
            begin, end = getattr(self, f"{what}_from"), getattr(self, f"{what}_until")
            if end <= begin:
                raise ValueError(f"{what}_until must be later than {what}_from ({begin} to {end})")
        return self


class ResourceParams(_Settings):
    """Which places of help are offered, and what counts as within reach."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "US"  # whose public holidays count
    stale_days: Annotated[int, Field(ge=1)] = 90  # since somebody verified a record
    per_stop: Annotated[int, Field(ge=1, le=10)] = 3
    least_left_min: Annotated[float, Field(ge=0)] = 15  # before it closes: less is no offer
    walk_limit_min: Minutes = 45  # farther is by car, where a team has one
    reach_min: tuple[Minutes, ...] = (5, 10, 15, 30)  # of the areas drawn round a place
    catchment_min: Minutes = 30  # of access: farther counts nothing
    capacity_days: Annotated[int, Field(ge=1)] = 2  # a count of free beds older than this is past
    far_from_streets_m: Annotated[float, Field(gt=0)] = 250
    address_differs_m: Annotated[float, Field(gt=0)] = 500


class AppParams(_Settings):
    """How the app treats those who log in."""

    language: Literal["en", "es"] = "en"  # where a reader has chosen none
    tiles: bool = False  # may a reader turn on pictures from a public map server
    idle_min: Minutes = 60  # without a sign of somebody a session ends
    session_h: Annotated[float, Field(gt=0, le=168)] = 12  # and at the latest then
    failed_logins: Annotated[int, Field(ge=1)] = 5  # of one name, before it has to wait
    wait_min: Minutes = 15  # at most, after ever more failed logins


class City(_Settings):
    """Everything that differs between cities."""

    name: str
    time_zone: str
    home_base: Base | None = None
    bases: tuple[Base, ...] = ()  # others, where teams may start or end
    invented_data: bool = False
    programme: Programme = Programme()
    streets_credit: str = ""  # shown in the corner of maps, as the streets' licence asks
    study_area_buffer_km: Annotated[float, Field(gt=0)] = 25
    drive_speed_kmh: Annotated[float, Field(gt=0, le=130)] = 32
    walk_speed_kmh: Annotated[float, Field(gt=0, le=8)] = 4.5
    traffic: tuple[Traffic, ...] = ()
    teams: tuple[Team, ...] = ()
    shifts: tuple[Shift, ...] = ()
    demand: DemandParams = DemandParams()
    forecast: ForecastParams = ForecastParams()
    alerts: AlertParams = AlertParams()
    exposure: ExposureParams = ExposureParams()
    repeat: RepeatParams = RepeatParams()
    linkage: LinkageParams = LinkageParams()
    contact: ContactParams = ContactParams()
    training: TrainingParams = TrainingParams()
    retention: RetentionParams = RetentionParams()
    plan: PlanParams = PlanParams()
    resources: ResourceParams = ResourceParams()
    app: AppParams = AppParams()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is no IANA time zone such as America/New_York") from None
        return value

    @model_validator(mode="after")
    def _teams_exist(self) -> "City":
        names = [team.name for team in self.teams]
        if len(set(names)) < len(names):
            raise ValueError(f"two teams share a name: {names}")
        missing = {team for shift in self.shifts for team in shift.teams} - set(names)
        if missing:
            raise ValueError(f"shifts name teams that are not under [[teams]]: {sorted(missing)}")
        return self

    @model_validator(mode="after")
    def _bases_exist(self) -> "City":
        names = [base.name for base in self.all_bases]
        if len(set(names)) < len(names):
            raise ValueError(f"two bases share a name: {names}")
        named = {name for team in self.teams for name in (team.start_base, team.end_base) if name}
        if named - set(names):
            raise ValueError(f"teams name bases that are not there: {sorted(named - set(names))}")
        return self

    @property
    def all_bases(self) -> tuple[Base, ...]:
        """The home base first, where there is one."""
        return (*([self.home_base] if self.home_base else []), *self.bases)

    def team(self, name: str) -> Team:
        """Return the team of that name."""
        return next(team for team in self.teams if team.name == name)


def load_city(folder: Path) -> City:
    """Read ``city.toml`` of a city folder.

    Raises   ConfigError   no such file, not TOML, an unknown key or an impossible value
    """
    path = folder / CONFIG_NAME
    try:
        return _read(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{folder} is not a city folder: it has no {CONFIG_NAME}; "
            f"make one with: outreach init {folder} --streets FILE"
        ) from None
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ConfigError(f"{path}: {where}: {first['msg']}{more}") from None


@lru_cache(maxsize=8)  # every step of the work asks for the settings anew
def _read(text: str) -> City:
    return City.model_validate(tomlkit.parse(text).unwrap())


def dump_city(city: City) -> str:
    """Return the settings as the text of a ``city.toml`` that a person can edit."""
    raw = city.model_dump(mode="json", exclude_none=True)
    return tomlkit.dumps(raw)
