"""Why a pool is not pointed to another connector."""

from exchange.refusal import Refused


class UnknownConnector(Refused):
    """Settings name no such connector."""

    code = "E-CONNECT-01"
    field = "connector"
    sentence = "No connector is called %(connector)s; there are: %(known)s."


class CentreNeeded(Refused):
    """A kind of connector serves several centres; one is to be named."""

    code = "E-CONNECT-02"
    field = "centre"
    sentence = "%(connector)s is a kind of connector: name a centre; there are: %(known)s."


class UnknownCentre(Refused):
    """The connectors file has no table of that name and kind."""

    code = "E-CONNECT-03"
    field = "centre"
    sentence = "No centre of the kind %(connector)s is called %(centre)s; there are: %(known)s."


class CentreDoesNotAnswer(Refused):
    """The centre's table is not right, or nobody answers there."""

    code = "E-CONNECT-04"
    field = "centre"
    status = 409
    sentence = "%(connector)s does not answer: %(why)s."


class PoolDelivers(Refused):
    """Hand-overs that stand at a site end there first."""

    code = "E-CONNECT-05"
    field = "pool"
    status = 409
    sentence = "%(count)s deliveries of %(pool)s stand at %(connector)s, the last until %(until)s."


class SiteWithoutAgent(Refused):
    """No agent of the pool's site has enrolled: nobody would take its work."""

    code = "E-CONNECT-06"
    field = "pool"
    status = 409
    sentence = "No agent of %(site)s is enrolled."
