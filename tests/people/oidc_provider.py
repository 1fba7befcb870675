"""A small OpenID Connect provider for tests: discovery, keys, authorisation with PKCE, tokens signed with RS256.

It runs on loopback in a thread of this process and answers as its settings say; `twist` changes the claims of the next
ID token, so that a test can hand out a forged one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "salesops", "a secret of the test"


@dataclass(slots=True)
class Person:
    """Who signs in at the provider."""

    sub: str = "u-1"
    email: str = "ana@example.com"
    email_verified: Any = True


@dataclass(slots=True)
class Provider:
    """Start with `with Provider() as provider`; `authorize(url)` is the browser at its door, signed in as `person`."""

    person: Person = field(default_factory=Person)
    twist: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    key: Any = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    signs_with: Any = None
    sends_id_token: bool = True
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    server: Any = None

    def __enter__(self) -> Provider:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*provider.get(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                given = {name: values[0] for name, values in parse_qs(body).items()}
                self._answer(*provider.token(given, self.headers.get("Authorization", "")))

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            }
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [public | {"kid": "one", "alg": "RS256", "use": "sig"}]}
        return 404, {"error": "not_found"}

    def authorize(self, url: str) -> str:
        """The person agrees: gives the address of the client that the browser is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?")
        assert query["response_type"] == "code" and query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) >= 43
        assert query["nonce"] and query["state"] and "openid" in query["scope"].split()
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or not self._knows(given, authorization):
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest())
        if challenge.decode().rstrip("=") != asked["code_challenge"] or given["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300}
        return 200, answer | ({"id_token": self.id_token(asked["nonce"])} if self.sends_id_token else {})

    def _knows(self, given: dict[str, str], authorization: str) -> bool:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        posted = (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        return posted or authorization == f"Basic {basic}"

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": self.person.sub, "iat": now, "exp": now + 300,
            "nonce": nonce, "email": self.person.email, "email_verified": self.person.email_verified,
        }  # fmt: skip
        return jwt.encode(self.twist(claims), self.signs_with or self.key, algorithm="RS256", headers={"kid": "one"})
