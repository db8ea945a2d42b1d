"""Registers the room with Django."""

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """Who watches: licences, projects, assessments, interventions."""

    name = "oversight"
