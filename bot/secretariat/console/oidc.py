"""OpenID Connect as this office needs it: the code flow with PKCE, and an ID token that holds in every point.

One rule: we speak to the issuer's own origin and to nobody else, follow no redirect, wait ten seconds and
read 256 KiB; and the keys, the addresses and the algorithms are what the issuer says, never what a token
says.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import httpx2
import msgspec
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from msgspec import Struct

from bot.runtime.clock import Clock
from bot.secretariat.console.provider import Begun, ProviderError
from bot.secretariat.console.signing_in import Proved

#: Seconds for one exchange with the provider, and bytes of an answer.
SECONDS: Final = 10.0
BYTES: Final = 256 * 1024

#: Signatures that only the provider can make. Not "none", and none with a key that we have as well.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
)
#: Kinds of keys for them.
_KEYS: Final = frozenset({"RSA", "EC"})

#: Seconds by which the provider's clock may differ from ours.
_LEEWAY: Final = 60
#: How long what the provider says of itself is believed without asking again, and how long one that says
#: nothing is left alone, so that nobody has us ask it as often as they like.
_BELIEVED: Final = timedelta(minutes=10)
_REST: Final = timedelta(seconds=10)
#: Characters of a name that is looked for: more than an account's name may have.
_NAME: Final = 256


class _Metadata(Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3), as far as we use it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Oidc:
    """A provider, by the name it was registered under and the address it sends browsers back to."""

    def __init__(
        self,
        issuer: str,
        client: tuple[str, str],
        back: str,
        clock: Clock,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._issuer = issuer
        self._id, self._secret = client
        self._back = back
        self._clock = clock
        self._transport = transport
        self._known: tuple[datetime, _Metadata] | None = None
        self._asked: datetime | None = None

    async def begin(self) -> tuple[Begun, str]:
        """A new sign-in, and the address the browser is sent to. Raises ProviderError."""
        metadata = await self._metadata()
        begun = Begun(*(secrets.token_urlsafe(48) for _ in range(3)))
        async with self._client(metadata) as client:
            address, _ = client.create_authorization_url(
                metadata.authorization_endpoint,
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        return begun, str(address)

    async def finish(self, begun: Begun, told: Mapping[str, str]) -> Proved:
        """Who it is, from what the address told that the browser came back with. Raises ProviderError."""
        metadata = await self._metadata()
        issuer = told.get("iss")
        # RFC 9207: another provider's answer is not taken to this one.
        if issuer != self._issuer and (
            issuer is not None or metadata.authorization_response_iss_parameter_supported
        ):
            raise ProviderError("the answer is of another issuer")
        if "error" in told or not told.get("code"):
            raise ProviderError("the provider refused, or sent no code")
        try:
            async with asyncio.timeout(SECONDS), self._client(metadata) as client:
                tokens = await client.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=told["code"],
                    code_verifier=begun.verifier,
                )
                keys = await self._keys(client, metadata)
            return self._proved(tokens, keys, metadata, begun.nonce)
        except ProviderError:
            raise
        except Exception as error:  # whatever a library makes of what came from outside proves nobody
            raise ProviderError(f"the code or the token does not hold: {type(error).__name__}") from None

    def _proved(self, tokens: Mapping[str, Any], keys: KeySet, metadata: _Metadata, nonce: str) -> Proved:
        allowed = ALGORITHMS & set(metadata.id_token_signing_alg_values_supported)
        token = jwt.decode(str(tokens["id_token"]), keys, algorithms=sorted(allowed))
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._id},
                "nonce": {"essential": True, "value": nonce},
            },
            params={
                "nonce": nonce,
                "client_id": self._id,
                "access_token": tokens.get("access_token"),
            },
        )
        claims.validate(int(self._clock.now().timestamp()), _LEEWAY)
        verified = claims.get("email_verified") is True
        return Proved(_name(claims["sub"]), _name(claims.get("email")) if verified else "")

    async def _keys(self, client: AsyncOAuth2Client, metadata: _Metadata) -> KeySet:
        """The provider's keys as they are now, so that a changed one is found."""
        answer = await client.request("GET", metadata.jwks_uri, withhold_token=True)
        listed = msgspec.json.decode(_body(answer), type=dict[str, Any]).get("keys", [])
        usable = [key for key in listed if key.get("kty") in _KEYS and key.get("use", "sig") == "sig"]
        return KeySet.import_key_set({"keys": usable})

    async def _metadata(self) -> _Metadata:
        now = self._clock.now()
        if self._known and now - self._known[0] < _BELIEVED:
            return self._known[1]
        if self._asked and now - self._asked < _REST:
            raise ProviderError("the provider could not be asked a moment ago")
        self._asked = now
        metadata = await self._discovered()
        self._known, self._asked = (now, metadata), None
        return metadata

    async def _discovered(self) -> _Metadata:
        address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            async with asyncio.timeout(SECONDS), self._client(None) as client:
                answer = await client.request("GET", address, withhold_token=True)
            metadata = msgspec.json.decode(_body(answer), type=_Metadata)
            origins = {
                _origin(urlsplit(endpoint))
                for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
            }
        except ProviderError:
            raise
        except Exception as error:  # as in `finish`
            raise ProviderError(f"no discovery document: {type(error).__name__}") from None
        if metadata.issuer != self._issuer:
            raise ProviderError("the discovery document is of another issuer than OIDC_ISSUER")
        if origins != {_origin(urlsplit(self._issuer))}:
            raise ProviderError("an address of the provider is not on the issuer's own origin")
        return metadata

    def _client(self, metadata: _Metadata | None) -> AsyncOAuth2Client:
        methods = metadata.token_endpoint_auth_methods_supported if metadata else ()
        post = "client_secret_post" in methods and "client_secret_basic" not in methods
        return AsyncOAuth2Client(
            self._id,
            self._secret,
            scope="openid email",
            redirect_uri=self._back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_post" if post else "client_secret_basic",
            transport=_Bounded(self._issuer, self._transport or httpx2.AsyncHTTPTransport()),
            # Not compressed: what is unpacked could be any size.
            headers={"Accept-Encoding": "identity"},
            timeout=SECONDS,
            follow_redirects=False,
            trust_env=False,
        )


class _Bounded(httpx2.AsyncBaseTransport):
    """Lets requests to one origin pass, and answers of a bounded size."""

    def __init__(self, issuer: str, inner: httpx2.AsyncBaseTransport) -> None:
        self._origin = _origin(urlsplit(issuer))
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer. Raises ProviderError for another origin, a packed answer, and one that is too long."""
        if _origin(urlsplit(str(request.url))) != self._origin:
            raise ProviderError("a request would have left the issuer's origin")
        answer = await self._inner.handle_async_request(request)
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            await answer.aclose()
            raise ProviderError("the provider's answer is packed")
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Counted(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close what is inside."""
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._inner:
            read += len(chunk)
            if read > BYTES:
                raise ProviderError(f"the provider's answer is over {BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def _body(answer: httpx2.Response) -> bytes:
    if answer.status_code != 200:
        raise ProviderError(f"the provider answered {answer.status_code}")
    return answer.content


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port. ValueError for a port that is none."""
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _name(value: object) -> str:
    """A name as an account may have it; "" for what can be none's."""
    return value if isinstance(value, str) and len(value) <= _NAME and value.isprintable() else ""
