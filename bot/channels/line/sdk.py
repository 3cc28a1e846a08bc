"""line-bot-sdk, for what a reply does without: the loading animation, and the files people send.

One rule: importing this takes 0.4 s and 40 MB, so the channel does it in a thread, when a first file comes.
"""

import logging
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

import aiohttp
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    Configuration,
    ShowLoadingAnimationRequest,
)

from bot.runtime.calling import CONNECTIONS

# At DEBUG the SDK logs whole answers, which hold ids of messages and people.
logging.getLogger("linebot").setLevel(logging.INFO)


class Sdk:
    """The SDK's client; it belongs to the running loop and is to be closed."""

    def __init__(self, origin: str, data_origin: str, access_token: str) -> None:
        configuration = Configuration(host=origin, access_token=access_token)
        configuration.connection_pool_maxsize = CONNECTIONS
        self._client = AsyncApiClient(configuration)
        self._api = AsyncMessagingApi(self._client)
        self._content = data_origin + "/v2/bot/message/{}/content"

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def show_loading(self, person: str, seconds: int, within: aiohttp.ClientTimeout) -> None:
        """Start the loading animation; whatever goes wrong with it is let go."""
        request = ShowLoadingAnimationRequest(chatId=person, loadingSeconds=seconds)
        try:
            await self._api.show_loading_animation(request, _request_timeout=within)
        except (ApiException, aiohttp.ClientError, TimeoutError, ValueError) as error:
            logging.getLogger(__name__).info("LINE showed no loading animation: %s", type(error).__name__)

    async def content(
        self, message: str, within: aiohttp.ClientTimeout
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """The file of a message, to be read. Raises aiohttp.ClientError, TimeoutError."""
        # The SDK's own method holds the whole file in memory, however large; its session streams.
        response: aiohttp.ClientResponse = await self._client.rest_client.get_request(
            self._content.format(quote(message, safe="")),
            headers=dict(self._client.default_headers),
            _preload_content=False,
            _request_timeout=within,
        )
        return response
