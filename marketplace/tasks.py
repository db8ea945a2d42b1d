"""What the worker does for the market; each is found by market time and may run twice."""

from celery import shared_task

from marketplace.actions import expire_due as expire
from marketplace.actions import fire_due_switches as fire
from marketplace.actions import publish_reference_prices as publish
from marketplace.actions.auctions import (
    advance_auctions,
    open_auctions,
    trade_awards,
)
from marketplace.actions.auctions import (
    roll_rejected as roll,
)
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


@shared_task(name="marketplace.run_auctions")
def run_auctions() -> int:
    """Open the auctions whose time has come, and take every step that is due."""
    now = market_now()
    return open_auctions(now) + advance_auctions(now)


@shared_task(name="marketplace.indicate_auction_prices")
def indicate_auction_prices() -> int:
    """Tell what auctions that end soon would come to."""
    from marketplace.actions.auctions.indicating import indicate_prices  # noqa: PLC0415

    return indicate_prices(market_now())


@shared_task(name="marketplace.clear_auctions")
def clear_auctions() -> int:
    """Clear frozen books and publish their outcomes: minutes, where a book is large."""
    # The compiler that comes with it belongs in the worker, not in every process with tasks.
    from marketplace.actions.auctions.clearing import clear_frozen  # noqa: PLC0415

    return clear_frozen(now=market_now(), wall=wall_now)


@shared_task(name="marketplace.roll_rejected")
def roll_rejected() -> int:
    """Let rejected orders that wish it go on in the continuous market."""
    return roll(market_now())


@shared_task(name="marketplace.trade_awards")
def make_trades_of_awards() -> int:
    """Make trades of what published outcomes awarded."""
    return trade_awards(market_now())
