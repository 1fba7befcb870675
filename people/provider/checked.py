"""OpenID Connect as we ask for it: the library's provider, with PKCE, a nonce and the signature of every ID token."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac


def _nonce_of(code_verifier: str) -> str:
    """The nonce belongs to the PKCE secret of this browser's session, so that a token of another sign-in is refused."""
    return salted_hmac("people.provider.nonce", code_verifier, algorithm="sha256").hexdigest()


class CheckedOIDCAdapter(OpenIDConnectOAuth2Adapter):
    """Believes the ID token alone: signed by a key of the issuer, for us, for this sign-in."""

    nonce = ""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        self.nonce = _nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        credential = kwargs["response"].get("id_token")
        if not credential:
            raise OAuth2Error("The provider sent no ID token")
        claims = self._claims(app, credential)
        if not constant_time_compare(str(claims.get("nonce", "")), self.nonce):
            raise OAuth2Error("The ID token belongs to another sign-in")
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _claims(self, app: Any, credential: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=credential,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, ValueError) as error:
            raise OAuth2Error("The ID token can't be read") from error
        return claims


class CheckedOIDCProvider(OpenIDConnectProvider):
    oauth2_adapter_class = CheckedOIDCAdapter

    def get_pkce_params(self) -> dict[str, str]:
        params: dict[str, str] = generate_code_challenge()
        return {**params, "nonce": _nonce_of(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> Any:
        """Nothing that stands in our own address goes on to the provider."""
        return self.get_auth_params()

    def get_scope_from_request(self, request: HttpRequest) -> Any:
        return self.get_scope()
