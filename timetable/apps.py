"""Registers the room with Django."""

from django.apps import AppConfig


class TimetableConfig(AppConfig):
    """When: the market clock, delivery calendar, gates and sessions."""

    name = "timetable"
