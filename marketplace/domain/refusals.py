"""Every no of the marketplace, with its code and the field at fault."""

from exchange.refusal import Refused


class FieldRefused(Refused):
    """A refusal that may concern more than one input: the field comes with the facts."""

    def __init__(self, *, field: str = "", **facts: object) -> None:
        self.field = field or type(self).field
        super().__init__(**facts, field=self.field)


class OutOfRange(FieldRefused):
    """A number outside the bounds of its field."""

    code = "E-RANGE-01"
    sentence = "%(field)s must be between %(lowest)s and %(highest)s."


class BelowTaken(OutOfRange):
    """A change to less than what is bought, sold or promised already."""

    sentence = "%(field)s must be at least %(lowest)s: less is taken already."


class UnknownChoice(FieldRefused):
    """A word that the field does not know."""

    code = "E-CHOICE-01"
    sentence = "%(field)s does not know %(value)s. It knows: %(known)s."


class UnknownCode(FieldRefused):
    """A chip, family, zone, city or stack that is not in the catalogue."""

    code = "E-CATALOG-01"
    sentence = "%(field)s names %(value)s, which is not in the catalogue."


class Contradiction(FieldRefused):
    """Two inputs that cannot both be meant."""

    code = "E-CONFLICT-01"
    sentence = "%(field)s contradicts %(other)s."


class CrossedLimit(Refused):
    """A limit in another unit than the amount."""

    code = "E-UNIT-01"
    field = "limit_unit"
    sentence = "The amount is in %(unit)s, so the limit must be too, not in %(limit_unit)s."


class OffTick(FieldRefused):
    """A price that is not a whole number of ticks."""

    code = "E-PRICE-01"
    field = "limit_micros"
    sentence = "Prices move in steps of ¥ 0.01: %(price_micros)s micros is between two steps."


class OutsideCollar(FieldRefused):
    """A buy too far above, or a sell too far below, the chip's reference price."""

    code = "E-COLLAR-01"
    field = "limit_micros"
    sentence = "%(price_micros)s micros is beyond the collar's %(bound_micros)s micros (%(chip)s)."


class BudgetTooSmall(Refused):
    """A budget that buys nothing."""

    code = "E-BUDGET-01"
    field = "budget_micros"
    sentence = "The budget of %(budget_micros)s micros must be positive."


class AlreadySpent(BudgetTooSmall):
    """A change after which the whole order would be worth less than its trades took."""

    sentence = "Trades of this order took %(spent_micros)s micros: it cannot be worth less."


class WindowPast(FieldRefused):
    """A window whose end has passed."""

    code = "E-WINDOW-02"
    field = "latest"
    sentence = "The window ends at %(ends_at)s, which has passed."


class WindowTooShort(FieldRefused):
    """A window that does not hold the hours wanted."""

    code = "E-WINDOW-03"
    field = "hours"
    sentence = "%(hours)s hours do not fit between %(earliest)s and %(latest)s."


class WindowTooFar(FieldRefused):
    """A window beyond the horizon of the market."""

    code = "E-WINDOW-04"
    field = "latest"
    sentence = "The market trades %(days)s days ahead; %(ends_at)s is later."


class GateClosed(FieldRefused):
    """Continuous trading of the hour has closed."""

    code = "E-GATE-01"
    field = "latest"
    sentence = (
        "Trading closes %(minutes)s minutes before delivery: the first open hour is %(first)s."
    )


class ExpiryWrong(Refused):
    """GTD needs an expiry in the future; other orders take none."""

    code = "E-EXPIRY-01"
    field = "expires_at"
    sentence = "A GTD order expires at an instant after now; other orders name none."


class NotYetTraded(Refused):
    """A time in force of another market."""

    code = "E-TIF-01"
    field = "time_in_force"
    sentence = "GFA orders wait for an auction; the continuous market does not take them."


class NotTrading(Refused):
    """The member may not trade: not admitted, suspended, or without the capability."""

    code = "E-MEMBER-01"
    status = 403
    sentence = "This member may not trade: %(state)s."


class MissingCapability(Refused):
    """The member was not admitted to this side of the market."""

    code = "E-MEMBER-02"
    status = 403
    sentence = "This member was not admitted as %(capability)s."


class Halted(Refused):
    """Trading is halted for the market, the member or the chip model."""

    code = "E-HALT-01"
    status = 409
    sentence = "Trading is halted (%(scope)s): %(reason)s"


class AlreadyHalted(Refused):
    """A second halt of what is halted."""

    code = "E-HALT-02"
    status = 409
    sentence = "This is halted already."


class NotHalted(Refused):
    """A resume of what is not halted."""

    code = "E-HALT-03"
    status = 409
    sentence = "This halt is not in force."


class CapacityShort(Refused):
    """The pool has too few free devices in some hour of the window."""

    code = "E-CAP-01"
    field = "devices"
    status = 409
    sentence = "Pool %(pool)s has %(free)s of %(devices)s devices free at %(hour)s."


class PoolNotYours(FieldRefused):
    """The pool does not exist, or belongs to somebody else."""

    code = "E-POOL-01"
    field = "pool_id"
    status = 404
    sentence = "There is no such pool among yours."


class BadClientId(FieldRefused):
    """A sender's own id that is empty, too long, or not plain text."""

    code = "E-IDEM-02"
    field = "client_order_id"
    sentence = "The sender's own id has 1 to 64 printable characters."


class ValueTooLarge(Refused):
    """An order worth more than the book can hold."""

    code = "E-VALUE-01"
    field = "limit_micros"
    sentence = "Limit times amount times hours must stay below %(highest_micros)s micros."


class MarketBusy(Refused):
    """The market's lock could not be had in time; nothing has happened."""

    code = "E-BUSY-01"
    status, again_after_s = 503, 1
    sentence = "The market is busy. Nothing has happened: send the same again."


class IdReused(FieldRefused):
    """The sender's own id names another content already."""

    code = "E-IDEM-01"
    field = "client_order_id"
    status = 409
    sentence = "The id %(client_order_id)s was used for another content."


class MarketAway(Refused):
    """The engine could not be reached, or did not answer in time; it may have happened."""

    code = "E-BUSY-02"
    status, again_after_s = 503, 1
    sentence = "The market did not answer in time. Send the same again: it happens once."


class MarketStopped(Refused):
    """The engine stopped itself because something did not add up; an operator must look."""

    code = "E-BUSY-03"
    status, again_after_s = 503, 30
    sentence = "The market has stopped itself and waits for an operator. Nothing has happened."


class OrderTooLarge(FieldRefused):
    """An order or listing worth more than the member's limit for one (fat finger)."""

    code = "E-LIMIT-01"
    field = "limit_micros"
    sentence = "This is worth more than the %(most_micros)s micros that your limit allows."


class TooManyDevices(FieldRefused):
    """An order or listing of more devices than the member's limit for one (fat finger)."""

    code = "E-LIMIT-02"
    field = "amount"
    sentence = "This is more than the %(most_devices)s devices that your limit allows."


class TooMuchOpen(FieldRefused):
    """Open orders that would hold more than the member's limit."""

    code = "E-LIMIT-03"
    field = "limit_micros"
    sentence = "Your open orders would hold more than the %(most_micros)s micros of your limit."


class TooManyMessages(Refused):
    """More orders, listings and replacements in a second than the member's limit."""

    code = "E-LIMIT-04"
    status, again_after_s = 429, 1
    sentence = "Your limit is %(most_messages)s messages a second. Nothing has happened."


class VersionPassed(FieldRefused):
    """A replacement of what has been replaced since."""

    code = "E-VERSION-01"
    field = "version"
    status = 409
    sentence = "This is at version %(version)s now. Read it again before you change it."


class NothingChanges(FieldRefused):
    """A replacement that names no change."""

    code = "E-CONFLICT-02"
    field = "amount"
    sentence = "Name at least one figure to change."


class Unwritable(Refused):
    """The database refused this entry twice, alone: it was put aside and logged."""

    code = "E-BUSY-04"
    status = 500
    sentence = "The market could not write this. Nothing has happened; an operator was told."
