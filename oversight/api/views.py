"""Statistics for members; ratios, licences and verdicts for regulators and operators."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from exchange.window import delivery_day
from oversight.api.serializers import (
    AssessmentOut,
    AssessmentQuery,
    LicenceOut,
    LicenceQuery,
    NationalOut,
    NationalQuery,
    StatisticOut,
)
from oversight.models import Assessment, Licence, PublicStatistic
from oversight.queries.national import latest_verdicts
from oversight.queries.ratios import provincial_ratios, site_uses, together
from oversight.queries.registry import licences
from oversight.queries.verdicts import assessments_on
from timetable.queries import market_now

READER = "reader"
SCOPE = "registry"
WATCHERS = ("REGULATOR", "OPERATOR")


def _asked(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked query; refuse unknown and malformed parameters by name."""
    paging = {"cursor", "page_size"}
    given = {name: value for name, value in request.query_params.items() if name not in paging}
    serializer = query(data=given)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


@extend_schema(summary="Published figures of the country, with source and date", tags=["registry"])
class Statistics(ListAPIView[PublicStatistic]):
    """Lists published figures to any member."""

    required_scope = "market:read"
    serializer_class = StatisticOut
    queryset = PublicStatistic.objects.using(READER)


@extend_schema(
    summary="Rack occupancy, contracted ratio and compute utilisation, nation and provinces",
    parameters=[NationalQuery],
    responses=NationalOut,
    tags=["registry"],
)
class NationalRatios(APIView):
    """Answers the three ratios over closed delivery days."""

    required_scope = SCOPE
    required_capabilities = WATCHERS

    def get(self, request: Request) -> Response:
        """Return the ratios of the asked days, at most up to the last closed one."""
        asked = _asked(NationalQuery, request)
        last: date = delivery_day(market_now()) - timedelta(days=1)
        as_of = min(asked.get("as_of") or last, last)
        uses = site_uses(as_of=as_of, days=asked["days"], using=READER)
        answer = {
            "as_of": as_of,
            "days": asked["days"],
            "nation": together(uses),
            "provinces": provincial_ratios(uses),
        }
        return Response(NationalOut(answer).data)


@extend_schema(summary="Licences of centres", parameters=[LicenceQuery], tags=["registry"])
class Licences(ListAPIView[Licence]):
    """Lists licences, newest entry first."""

    required_scope = SCOPE
    required_capabilities = WATCHERS
    serializer_class = LicenceOut
    queryset = Licence.objects.none()

    def get_queryset(self) -> QuerySet[Licence]:
        """Return what the query leaves."""
        return licences(**_asked(LicenceQuery, self.request), using=READER)


@extend_schema(
    summary="Verdicts of a day, the newest by default",
    parameters=[AssessmentQuery],
    tags=["registry"],
)
class Assessments(ListAPIView[Assessment]):
    """Lists verdicts with their evidence."""

    required_scope = SCOPE
    required_capabilities = WATCHERS
    serializer_class = AssessmentOut
    queryset = Assessment.objects.none()

    def get_queryset(self) -> QuerySet[Assessment]:
        """Return the verdicts of the asked day."""
        asked = _asked(AssessmentQuery, self.request)
        day = asked.get("as_of") or latest_verdicts(READER)[0]
        return assessments_on(day, verdict=asked.get("verdict", ""), using=READER)
