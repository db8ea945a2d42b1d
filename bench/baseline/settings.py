"""The house's settings, with the baseline's addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.baseline.urls"
