"""What the worker does for the market; each is found by market time and may run twice."""

from celery import shared_task

from marketplace.actions import expire_due as expire
from marketplace.actions import fire_due_switches as fire
from marketplace.actions import publish_reference_prices as publish
from timetable.queries import market_now, wall_now


@shared_task(name="marketplace.expire_due")
def expire_due() -> int:
    """End orders and listings that market time has passed."""
    return expire(market_now())


@shared_task(name="marketplace.publish_reference_prices")
def publish_reference_prices() -> int:
    """Append reference prices from the last trades."""
    return publish(market_now())


@shared_task(name="marketplace.fire_switches")
def fire_switches() -> int:
    """Fire due dead-man switches where no engine does."""
    return fire(now=market_now(), wall=wall_now())
