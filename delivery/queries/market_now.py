"""Market time as the database can tell it."""

MARKET_NOW = """(SELECT COALESCE((SELECT market_origin
    + GREATEST(clock_timestamp() - wall_origin, interval '0') * factor
    FROM timetable_clockrow ORDER BY id DESC LIMIT 1), clock_timestamp()))"""
