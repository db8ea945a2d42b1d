"""Who am I: the first call of every client."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.queries import member_with_id
from counter.access import acting_of


class MemberOutput(serializers.Serializer[object]):
    """The member for which the caller acts."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    capabilities = serializers.ListField(child=serializers.CharField())
    state = serializers.CharField()


class CallerOutput(serializers.Serializer[object]):
    """Who calls, with what rights."""

    member = MemberOutput()
    role = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())


class CallerView(APIView):
    """`GET /api/v1/me`: the caller's member, role and scopes."""

    required_scope = None

    @extend_schema(operation_id="me", responses=CallerOutput)
    def get(self, request: Request) -> Response:
        """Tell the caller who it is."""
        acting = acting_of(request)
        assert acting.member_id is not None
        caller = {
            "member": member_with_id(acting.member_id),
            "role": acting.role,
            "scopes": sorted(acting.scopes),
        }
        return Response(CallerOutput(caller).data)
