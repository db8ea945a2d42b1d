"""Why the money book says no."""

from exchange.refusal import Refused


class PostingDiffers(Refused):
    """A business key is posted once; a second posting under it must be the same."""

    code = "E-LEDGER-02"
    status = 409
    sentence = "%(key)s was posted before with other lines."


class HoldShort(Refused):
    """A hold cannot give more than what remains of it."""

    code = "E-LEDGER-03"
    status = 409
    sentence = "%(reason)s holds %(remaining_micros)s micros; %(wanted_micros)s were asked for."


class AccountUnknown(Refused):
    """Members' accounts are opened at admission; no other names are known."""

    code = "E-LEDGER-04"
    status = 409
    sentence = "There is no account %(key)s."


class HoldUnknown(Refused):
    """Nothing was ever held for this reason."""

    code = "E-LEDGER-05"
    status = 409
    sentence = "Nothing is held for %(reason)s."


class RateMissing(Refused):
    """Fees and taxes are dated rows; without one nothing can be priced."""

    code = "E-LEDGER-06"
    status = 409
    sentence = "No %(kind)s rate is in force on %(at)s."


class FundsShort(Refused):
    """The worst case of an order must be covered before it can match."""

    code = "E-FUNDS-01"
    field = "limit_micros"
    sentence = (
        "This needs %(wanted_micros)s micros to be set aside; %(available_micros)s are available."
    )
