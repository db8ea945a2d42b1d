"""The framework alone: the first version knew no short way."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
