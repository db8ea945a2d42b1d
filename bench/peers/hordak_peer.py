"""Runs in an environment of its own: django-hordak's transfer_to, committed one by one.

Reads a number of transfers a line, answers with the seconds they took.
"""

import sys
import time
from urllib.parse import urlsplit

import django
from django.conf import settings

address = urlsplit(sys.argv[1])
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "mptt",
        "djmoney",
        "hordak",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": address.path.lstrip("/"),
            "USER": address.username,
            "PASSWORD": address.password or "",
            "HOST": address.hostname,
            "PORT": address.port,
            "CONN_MAX_AGE": None,
        }
    },
    USE_TZ=True,
    SECRET_KEY="a peer of the bench",  # noqa: S106
    DEFAULT_CURRENCY="CNY",
    CURRENCIES=["CNY"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    HORDAK_DECIMAL_PLACES=2,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from djmoney.money import Money  # type: ignore[import-not-found]  # noqa: E402
from hordak.models import Account  # type: ignore[import-not-found]  # noqa: E402

call_command("migrate", verbosity=0)
ACCOUNTS = [
    Account.objects.create(name=f"a{index}", code=str(index), type="AS", currencies=["CNY"])
    for index in range(20)
]
print("ready", flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    for number in range(int(line)):
        ACCOUNTS[number % 10].transfer_to(ACCOUNTS[10 + number % 10], Money(1, "CNY"))
    print(time.perf_counter() - start, flush=True)
