"""Why the cashier says no."""

from exchange.refusal import Refused


class AmountOutOfBounds(Refused):
    """Stripe takes at most eight digits; larger deposits are split or come by bank transfer."""

    code = "E-PAY-01"
    field = "amount"
    sentence = "A payment is between ¥ 0.01 and ¥ 999,999.99."


class WithdrawalTooLarge(Refused):
    """Only funds that nothing holds can be taken back."""

    code = "E-PAY-02"
    field = "amount"
    sentence = "¥ %(available)s can be withdrawn now; the rest is held or owed."


class NotRefundable(Refused):
    """Withdrawals return through the cards that paid; transfers return by transfer."""

    code = "E-PAY-03"
    field = "amount"
    sentence = "¥ %(refundable)s can return to your cards; the rest came by bank transfer."


class KeyUsedOtherwise(Refused):
    """An idempotency key stands for one request."""

    code = "E-IDEM-01"
    status = 409
    field = "key"
    sentence = "This request was sent before with another content."


class PaymentsAway(Refused):
    """The payment provider does not answer; nothing is lost, the request is repeated."""

    code = "E-PAY-04"
    status = 503
    sentence = "The payment provider does not answer. We will try again by ourselves."


class PaymentRefused(Refused):
    """The payment provider does not accept the request."""

    code = "E-PAY-05"
    sentence = "The payment provider said no: %(reason)s"


class BadSignature(Refused):
    """News of payments count only when the provider signed them, not long ago."""

    code = "E-PAY-06"
    status = 400
    sentence = "The signature does not fit."
