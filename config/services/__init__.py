"""PostgreSQL and Valkey of this checkout, started from wheels: for development, tests and the demo.

Production brings its own servers (`DATABASE_URL`, `REDIS_URL`) and imports nothing from here.
"""
