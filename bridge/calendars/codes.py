"""What can be wrong with a calendar file, and what mends it.

Rules of this file
1. ``{where}`` is the file with its line, ``{value}`` what stands there, ``{limit}`` what may.
"""

from __future__ import annotations

from typing import Final

from core.codes import Code, table

CODES: Final = table(
    Code(
        "calendar_missing",
        "There is no calendar file {where}.",
        "Put it there, or correct `file` of the calendar.",
    ),
    Code(
        "calendar_unreadable",
        "The calendar file {where} cannot be read ({value}).",
        "Correct its owner or its permissions.",
    ),
    Code(
        "calendar_too_large",
        "The calendar file {where} has more than {limit}.",
        "Keep to what is still to come; what is past does nothing.",
    ),
    Code(
        "calendar_encoding",
        "{where} is not UTF-8 text ({value}).",
        "Save the file as UTF-8.",
    ),
    Code(
        "calendar_form",
        "{where} is not of the form that this file should have: {value}.",
        "Correct the line: {limit}.",
    ),
    Code(
        "calendar_part_unknown",
        "{where} has {value}, and its meaning is not known here.",
        "Take it out, or write what it means as single events: known are {limit}.",
    ),
    Code(
        "calendar_time",
        "{where} has no time that can be read: {value}.",
        "Write it as {limit}.",
    ),
    Code(
        "calendar_zone",
        "{where} names the time zone {value}, which is not in the IANA list.",
        "Write it as in America/New_York, or give times in UTC.",
    ),
    Code(
        "calendar_end",
        "{where} ends at {value}, which cannot be: {limit}.",
        "Correct begin and end.",
    ),
    Code(
        "calendar_rule",
        "{where} repeats by a rule that is not known here: {value}.",
        "Known are {limit}. Write anything else as single events.",
    ),
    Code(
        "calendar_name_unknown",
        "{where} is about {value}, which is neither a currency nor an instrument here.",
        "Write a currency (USD), or an instrument as the configuration names it; leave it empty "
        "for all.",
    ),
)
