"""What an operator sets up once at LINE (`connect`) and asks about when something is wrong (`doctor`).

One rule: running it again changes nothing that is already right, and no sentence carries a secret.
"""

from collections.abc import Mapping
from typing import Final

import aiohttp
from linebot.v3.messaging import (
    ApiException,
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    QuotaType,
    SetWebhookEndpointRequest,
)

from bot.channels.line.richmenu import NAME_PREFIX, RichMenu, rich_menu
from bot.dialogue import Verb
from bot.errors import SettingsError

_CALL: Final = aiohttp.ClientTimeout(total=10, connect=3)
_UPLOAD: Final = aiohttp.ClientTimeout(total=60, connect=3)


async def connect(
    *,
    access_token: str,
    api_base: str,
    data_api_base: str,
    webhook_url: str,
    labels: Mapping[Verb, str],
    bar: str,
) -> list[str]:
    """Register the webhook and the rich menu; what was done, one English sentence each.

    `labels` and `bar` are as `rich_menu` wants them. Raises SettingsError when LINE refuses or cannot
    be reached; what was done until then stays and is found again on the next run.
    """
    menu = rich_menu(labels, bar)
    async with _client(api_base, access_token) as client, _client(data_api_base, access_token) as data_client:
        api = AsyncMessagingApi(client)
        try:
            return [
                await _connect_webhook(api, webhook_url),
                *await _connect_menu(api, AsyncMessagingApiBlob(data_client), menu),
            ]
        except (ApiException, aiohttp.ClientError, TimeoutError) as error:
            raise SettingsError(_told(error)) from None


async def diagnose(*, access_token: str, api_base: str, webhook_url: str) -> list[str]:
    """What is wrong with the LINE set-up, one English sentence each; [] when nothing is."""
    async with _client(api_base, access_token) as client:
        api = AsyncMessagingApi(client)
        try:
            await api.get_bot_info(_request_timeout=_CALL)
            return [*await _webhook_faults(api, webhook_url), *await _quota_faults(api)]
        except (ApiException, aiohttp.ClientError, TimeoutError) as error:
            return [_told(error)]


def _client(base: str, access_token: str) -> AsyncApiClient:
    return AsyncApiClient(Configuration(host=base.rstrip("/"), access_token=access_token))


def _told(error: Exception) -> str:
    """What happened, whose it is to mend and how; an ApiException's own text holds headers and ids."""
    if not isinstance(error, ApiException):
        return (
            f"LINE: not reached ({type(error).__name__}): "
            "check the network, LINE_API_BASE and LINE_DATA_API_BASE."
        )
    if error.status in (401, 403):
        return (
            f"LINE: LINE_CHANNEL_ACCESS_TOKEN is not accepted (HTTP {error.status}): "
            "issue a new one in the LINE Developers console."
        )
    return f"LINE: a request was refused (HTTP {error.status}): try again, and look at PUBLIC_URL."


async def _webhook_endpoint(api: AsyncMessagingApi) -> tuple[str, bool]:
    """The webhook's address and whether LINE uses it; "" when none was ever set."""
    try:
        endpoint = await api.get_webhook_endpoint(_request_timeout=_CALL)
    except ApiException as error:
        if error.status == 404:
            return "", False
        raise
    return endpoint.endpoint, endpoint.active


async def _connect_webhook(api: AsyncMessagingApi, url: str) -> str:
    current, active = await _webhook_endpoint(api)
    done = f"LINE: the webhook was already {url}."
    if current != url:
        await api.set_webhook_endpoint(SetWebhookEndpointRequest(endpoint=url), _request_timeout=_CALL)
        done = f"LINE: the webhook is now {url}."
    if active:
        return done
    return f'{done} Turn on "Use webhook" and "Webhook redelivery" in the LINE Developers console.'


async def _connect_menu(api: AsyncMessagingApi, blob: AsyncMessagingApiBlob, menu: RichMenu) -> list[str]:
    listed = await api.get_rich_menu_list(_request_timeout=_CALL)
    ours = {one.rich_menu_id: one.name for one in listed.richmenus if one.name.startswith(NAME_PREFIX)}
    default = await _default_menu(api)
    # Only the default is surely complete: a run that was cut off leaves a menu without its picture.
    kept = default if ours.get(default) == menu.name else ""
    done = ["LINE: the rich menu was already there."]
    if not kept:
        kept = (await api.create_rich_menu(menu.request, _request_timeout=_CALL)).rich_menu_id
        await blob.set_rich_menu_image(
            # Without its type the SDK would send the picture as JSON.
            kept,
            menu.image,
            _headers={"Content-Type": "image/png"},
            _request_timeout=_UPLOAD,
        )
        await api.set_default_rich_menu(kept, _request_timeout=_CALL)
        done = [f"LINE: the rich menu {menu.name} was made and is shown to everyone."]
    for old in sorted(ours.keys() - {kept}):
        await api.delete_rich_menu(old, _request_timeout=_CALL)
        done.append(f"LINE: the older rich menu {ours[old]} was deleted.")
    return done


async def _default_menu(api: AsyncMessagingApi) -> str:
    try:
        return str((await api.get_default_rich_menu_id(_request_timeout=_CALL)).rich_menu_id)
    except ApiException as error:
        if error.status == 404:
            return ""
        raise


async def _webhook_faults(api: AsyncMessagingApi, url: str) -> list[str]:
    current, active = await _webhook_endpoint(api)
    faults = []
    if current != url:
        faults.append(f"LINE: the webhook is {current or 'not set'}, not {url}: run `python -m bot connect`.")
    if not active:
        faults.append('LINE: "Use webhook" is off: turn it on in the LINE Developers console.')
    return faults


async def _quota_faults(api: AsyncMessagingApi) -> list[str]:
    quota = await api.get_message_quota(_request_timeout=_CALL)
    if quota.type != QuotaType.LIMITED:
        return []
    used = (await api.get_message_quota_consumption(_request_timeout=_CALL)).total_usage
    left = max(0, quota.value - used)
    if left * 10 > quota.value:
        return []
    return [
        f"LINE: {left} of this month's {quota.value} pushed messages are left; without any, an answer "
        "older than a minute cannot be sent: raise the limit in LINE Official Account Manager."
    ]
