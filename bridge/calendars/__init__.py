"""Calendars: files with dates, read strictly, and turned into times that the core can compare."""
