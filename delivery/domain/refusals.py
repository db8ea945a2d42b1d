"""What delivery refuses, each with its code."""

from exchange.refusal import Refused


class AllocationNotLive(Refused):
    """Jobs run only while the allocation delivers, or is about to."""

    code = "E-DELIVERY-01"
    field = "allocation"
    status = 409
    sentence = "This delivery is %(state)s; jobs run while it delivers."


class NoFittingVariant(Refused):
    """None of the job's variants is for the software stack of the pool."""

    code = "E-JOB-01"
    field = "variants"
    sentence = "No variant is for %(stack)s, the software stack of these devices."


class TooManyDevices(Refused):
    """A job wants more devices than the allocation holds."""

    code = "E-JOB-02"
    field = "devices"
    sentence = "The job wants %(wanted)s devices; the delivery has %(devices)s."


class JobShapeRefused(Refused):
    """A command, name or time limit is outside what the job door takes."""

    code = "E-JOB-03"
    sentence = "The job cannot be taken: %(detail)s."

    def __init__(self, *, detail: str, field: str = "variants") -> None:
        """Name what is wrong, and where."""
        super().__init__(detail=detail)
        self.field = field


class JobIdReused(Refused):
    """The sender used this id for another job."""

    code = "E-IDEM-01"
    field = "client_job_id"
    status = 409
    sentence = "The id %(client_job_id)s was used for another job."


class TooManyJobs(Refused):
    """A delivery, and a buyer, has a bounded number of unfinished jobs."""

    code = "E-JOB-04"
    sentence = "There are %(limit)s unfinished jobs; wait for one to end."


class NoDoorThere(Refused):
    """Jobs on this connector cannot be entered: it serves nothing and opens no shell."""

    code = "E-JOB-05"
    field = "service"
    sentence = "Jobs at this delivery's connector (%(connector)s) cannot be entered."


class KeyRefused(Refused):
    """What a certificate is asked for cannot be read as a public key."""

    code = "E-JOB-07"
    field = "public_key"
    sentence = "This is not one line of an OpenSSH public key."


class PrivateKeyGiven(KeyRefused):
    """Somebody gave away a private key: it is neither kept nor said again."""

    code = "E-JOB-08"
    sentence = (
        "This is a private key, which nobody but you may have. It was not kept; if others may have"
        " seen it, make a new one. Give the line of the file that ends in .pub."
    )


class KeyKindRefused(KeyRefused):
    """The key is a sound one of a kind that the door does not take."""

    code = "E-JOB-09"
    sentence = "Keys of the kind %(kind)s are not taken; make one with ssh-keygen -t ed25519."


class NotServed(Refused):
    """The job has no endpoint that answers now, or the house has no door for it."""

    code = "E-JOB-06"
    status = 409
    sentence = "The endpoint cannot be opened: %(detail)s."


class ReadingRefused(Refused):
    """A reading that cannot be true; `flag` says why."""

    code = "E-READING-01"
    field = "readings"
    sentence = "Reading %(index)s is refused: %(flag)s."


class ReadingConflict(Refused):
    """Another value is stored for this interval and version."""

    code = "E-READING-02"
    field = "readings"
    status = 409
    sentence = (
        "Reading %(index)s differs from the one stored; send a correction as version %(next)s."
    )


class ChainBroken(Refused):
    """The batch does not continue the stored chain."""

    code = "E-READING-03"
    field = "head"
    status = 409
    sentence = "The head does not follow from the stored chain, whose head is %(head)s."


class SignatureRefused(Refused):
    """The signature is not that of a key of the site in force."""

    code = "E-READING-04"
    field = "signature"
    sentence = "The signature is not that of the site's key in force."


class HourNotOver(Refused):
    """An hour is sealed once it has ended."""

    code = "E-SEAL-01"
    status = 409
    sentence = "The hour is not over yet."


class NoScheduler(Refused):
    """Nobody has said where the site's scheduler is asked."""

    code = "E-SURVEY-01"
    field = "site"
    status = 409
    sentence = "No scheduler is named for %(site)s."


class ProposalOver(Refused):
    """A proposal is taken up once, while it is open and its window can still trade."""

    code = "E-SURVEY-02"
    field = "proposal"
    status = 409
    sentence = "This proposal is no longer open: it is %(state)s."


class AskBelowCost(Refused):
    """A listing from a proposal does not ask less than the electricity of its hours."""

    code = "E-SURVEY-03"
    field = "ask_micros"
    sentence = "The ask is below the marginal cost of %(marginal_micros)s micros per device-hour."


class RuleRefused(Refused):
    """A figure of a standing rule is out of its bounds."""

    code = "E-SURVEY-04"
    sentence = "%(field)s must be from %(least)s to %(most)s."


class DisputeRefused(Refused):
    """The hour cannot be contested, or the dispute not be decided so; `why` says it."""

    code = "E-DISPUTE-01"
    field = "hour_start"
    status = 409
    sentence = "The dispute is refused: %(why)s."


class NotRecallable(Refused):
    """Only what was sold as recallable is taken back."""

    code = "E-RECALL-01"
    status = 409
    sentence = "This delivery was sold as %(firmness)s: only recallable capacity is recalled."


class RecallTooSoon(Refused):
    """A recall takes effect after its notice, never within it."""

    code = "E-RECALL-02"
    field = "from"
    sentence = (
        "The notice is %(minutes)s minutes: the recall takes effect at %(earliest)s or later."
    )


class RecallTooLate(Refused):
    """A recall that takes effect when the window has ended takes nothing back."""

    code = "E-RECALL-03"
    field = "from"
    sentence = "The window ends at %(ends_at)s; the notice runs until %(earliest)s."


class AlreadyRecalled(Refused):
    """A delivery is recalled once, from one instant."""

    code = "E-RECALL-04"
    field = "from"
    status = 409
    sentence = "It was recalled before, from %(taken_back_at)s."


class MeasurementRefused(Refused):
    """A measurement of a way that cannot be true; `flag` says why."""

    code = "E-PROBE-01"
    sentence = "The measurement is refused: %(flag)s."


class MeasurementConflict(Refused):
    """Other figures are stored for this way and instant."""

    code = "E-PROBE-02"
    field = "measured_at"
    status = 409
    sentence = "Other figures are stored for this instant."


class MeasurementUnproved(Refused):
    """The signature is not that of the site's key over these figures."""

    code = "E-PROBE-03"
    field = "signature"
    sentence = "The signature is not that of the site's key over these figures."


class LinkConfirmedOtherwise(Refused):
    """A carrier's second word of one link says other figures than its first."""

    code = "E-LINK-02"
    field = "mbps"
    status = 409
    sentence = "You confirmed this link with other figures. They stand."


class LinkNotAwaited(Refused):
    """The link's delivery is past its hand-over."""

    code = "E-LINK-03"
    field = "link_delivery"
    status = 409
    sentence = "This link is %(state)s; it waits for no confirmation."
