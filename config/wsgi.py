"""The door for pages and API."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_framework = get_wsgi_application()

from config.short_way import ShortWay  # noqa: E402 - the rooms are there once Django is set up

application = ShortWay(_framework)

# All rooms' doors are loaded now, and stay: whenever they were looked through for garbage, every
# request of this process would wait.
_doors = get_resolver().url_patterns
gc.collect()
gc.freeze()
