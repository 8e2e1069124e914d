"""What went wrong by our own fault: told to whoever runs the app, without what was worked on."""

import logging
import traceback


def note(error: Exception, what: str) -> None:
    """Write to the log where an error came from and of what kind it is, never its message.

    Messages of libraries hold the values that they stumbled over: names, phones, passwords.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger(__name__).error("%s: %s\n%s", what, type(error).__name__, where)
