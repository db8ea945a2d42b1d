"""The door for pages and API."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_framework = get_wsgi_application()

from config.short_way import ShortWay  # noqa: E402 - the rooms are there once Django is set up

application = ShortWay(_framework)
