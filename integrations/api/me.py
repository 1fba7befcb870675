"""Who am I: the login behind a call, its roles, and what its token may be used for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from core.api.bodies import Body
from core.api.fields import Choice, Id, Instant, Text
from core.api.scopes import SCOPES
from core.api.views import Api
from core.selectors import the_company
from people.enums import Role


class TokenOut(Body):
    name = Text(read_only=True)
    prefix = Text(read_only=True)
    expires_at = Instant(read_only=True)


class Me(Body):
    """The caller. A session, as on the Swagger page, has every scope; a token those it was made with."""

    id = Id(read_only=True)
    email = Text(read_only=True)
    person_id = Id(read_only=True, allow_null=True)
    name = Text(read_only=True)
    roles = serializers.ListField(child=Choice(Role.choices), read_only=True)
    scopes = serializers.ListField(child=Text(), read_only=True)
    token = TokenOut(read_only=True, allow_null=True)
    company = Text(read_only=True)
    currency = Text(read_only=True)
    time_zone = Text(read_only=True)
    today = Text(read_only=True, help_text="The company's day.")


class MeApi(Api):
    """Answers to everyone who is signed in."""

    answers = {"retrieve": (200, Me)}
    texts = {"retrieve": ("Who am I?", "The login, its roles, the token's scopes, the company.")}

    def retrieve(self, request: Any) -> Response:
        self.no_parameters()
        user, token, company = request.user, request.auth, the_company()
        told = {
            "id": user.pk,
            "email": user.email,
            "person_id": getattr(user.person_or_none, "pk", None),
            "name": str(user),
            "roles": sorted(user.roles),
            "scopes": list(SCOPES) if token is None else token.scopes,
            "token": token,
            "company": company.name,
            "currency": company.currency_id,
            "time_zone": company.time_zone,
            "today": self.as_of.isoformat(),
        }
        return Response(Me(told).data)
