"""The texts of day_sheet.html: they stand here for the catalogues, which read Python only."""

from outreach.language.translate import N_

TEXTS = (
    N_("Day sheet"),
    N_("DRAFT – not published"),
    N_("Invented data: no real person, call or address."),
    N_("Shifts"),
    N_("Who goes: {members}"),
    N_("From {start} and back to {end}."),
    N_("Map; the list below says the same"),
    N_("Pause"),
    N_("{minutes} min there, {way} min on the way"),
    N_("Usually found: {places}"),
    N_("Log this visit"),
    N_("Why, and help nearby"),
    N_("No place of help is on file near here."),
    N_("Hand in"),
    N_("Save the entries as a file"),
    N_("Share the file"),
    N_("Bring the file back on the app’s page “Day sheets”. It does no harm to bring it in twice."),
    N_("Delete the entries from this device"),
    N_(
        "This file holds addresses. Keep it to yourself, and delete it after handing in, "
        "at the latest on {day}."
    ),
    N_("Plan {week}, version {number}."),
    N_("What came of it"),
    N_("Help given (any number)"),
    N_("Minutes there"),
    N_("Were police involved?"),
    N_("No"),
    N_("Yes"),
    N_("Needles picked up"),
    N_("When"),
    N_("Note (may stay empty)"),
    N_(
        "Notes can be asked for under public records law. Write only what the next visit "
        "needs: no diagnosis, no names."
    ),
    N_("Keep it"),
    N_("Cancel"),
)
