"""The errors this package raises on purpose.

    OutreachError            something a user can mend; its text is one clear line
    ├── ConfigError          city.toml is missing, unreadable or says something impossible
    ├── InputError           a file could not be read; nothing was changed
    ├── SchemaError          a table that crosses a stage lacks what schemas.py promises
    ├── StreetsError         no usable street network, or a point cannot be reached
    ├── PlanError            a plan cannot be made, or failed the independent checker
    ├── WorkError            a change of the teams' work cannot be made; nothing was changed
    ├── NotAllowedError      nobody is logged in, or their role does not allow it
    └── StoreError           the city folder's stored data are missing or damaged

The command line prints the text and exits with 2; a traceback is always a defect.
"""


class OutreachError(Exception):
    """Something a user can mend: the message says what, where and what was kept."""


class ConfigError(OutreachError):
    """The city's configuration is missing, unreadable or contradicts itself."""


class InputError(OutreachError):
    """An input file could not be read; nothing was changed."""


class SchemaError(OutreachError):
    """A table lacks a column, has the wrong kind of values or repeats its key."""


class StreetsError(OutreachError):
    """There is no usable street network, or a point cannot be reached on it."""


class PlanError(OutreachError):
    """A plan cannot be made, or it failed the independent checker."""


class WorkError(OutreachError):
    """A change of the teams' work cannot be made; nothing was changed."""


class NotAllowedError(OutreachError):
    """Nobody is logged in, or their role does not allow what was asked for."""


class StoreError(OutreachError):
    """Stored data are missing or damaged."""
