"""A provider of OpenID Connect in this process, which can be told to lie in every way."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.runtime.fakes import HandClock

ISSUER = "https://idp.test"
CLIENT = ("console", "a secret / with: signs")
BACK = "https://office.test/secretariat/oidc/back"

#: 2,048 bits take a while: made once.
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
OTHER = RSAKey.generate_key(2048, {"kid": "k1"})


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(signature(signed.encode()))}"


class Idp:
    """Somalee signs in here. What is public of it is what it does; the defaults are an honest provider's."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.mint: Callable[[dict[str, Any]], str] = self.signed
        self.once = True
        self.tokens: dict[str, Any] = {}
        self.answers: dict[str, Response] = {}
        self.asked: list[str] = []
        self.minted: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )
        self.transport = httpx2.ASGITransport(app)

    def visit(self, address: str, **answer: str) -> dict[str, str]:
        """What the browser brings back after its person has signed in there."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ISSUER}/authorize"
        asked = dict(parse_qsl(parts.query))
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == BACK and asked["client_id"] == CLIENT[0]
        assert set(asked["scope"].split()) == {"openid", "email"}
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]} | answer

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)

    def told(self, nonce: str) -> dict[str, Any]:
        """The claims of a token, as they are to be."""
        now = int(self.clock.now().timestamp())
        honest = {
            "iss": ISSUER, "aud": CLIENT[0], "sub": "248289761001", "exp": now + 300, "iat": now, "nonce": nonce,
            "email": "somalee@office.test", "email_verified": True,
        }  # fmt: skip
        return {name: value for name, value in (honest | self.claims).items() if value is not None}

    async def _discovery(self, request: Request) -> Response:
        self.asked.append("discovery")
        honest = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return self.answers.get("discovery") or JSONResponse(honest | self.metadata)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        if answer := self.answers.get("token"):
            return answer
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.get(form["code"])
        challenge = b64(hashlib.sha256(form["code_verifier"].encode()).digest())
        user, _, password = base64.b64decode(request.headers["authorization"][6:]).decode().partition(":")
        if (
            asked is None
            or not hmac.compare_digest(challenge, asked["code_challenge"])
            or form["redirect_uri"] != asked["redirect_uri"]
            or (user, password) != CLIENT
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if self.once:
            del self.codes[form["code"]]
        token = self.mint(self.told(asked["nonce"]))
        self.minted.append(token)
        honest = {"access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": token}
        return JSONResponse({k: v for k, v in (honest | self.tokens).items() if v is not None})

    async def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        symmetric = {"kty": "oct", "kid": "k1", "k": b64(b"k" * 32)}
        honest = {"keys": [symmetric, KEY.as_dict(private=False)]}
        return self.answers.get("keys") or JSONResponse(honest)


def redirect() -> Response:
    """To somewhere inside, where the machine itself could look."""
    return RedirectResponse("http://169.254.169.254/latest/meta-data", 302)


def query(told: dict[str, str]) -> str:
    return urlencode(told)
