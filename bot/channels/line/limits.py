"""What LINE accepts, each number with where it comes from.

One rule: nothing in this package compares with a bare number of LINE's; it is named here.

    [O]  line/line-openapi, messaging-api.yml
    [G]  developers.line.biz, partner-docs/development-guidelines
    [A]  developers.line.biz, reference/messaging-api, action objects, as quoted by third parties
    [C]  developers.line.biz, docs/messaging-api/text-character-count: labels are counted in grapheme
         clusters, every other text in UTF-16 code units
    [D]  second-hand digests of the reference; check against the live one before leaning on them
"""

from datetime import timedelta
from typing import Final

#: Messages in one reply or push [O: maxItems].
MESSAGES: Final = 5
#: UTF-16 units of a text message [G, C].
TEXT_UNITS: Final = 5_000
#: UTF-16 units of a Flex message's alternative text [D].
ALT_TEXT_UNITS: Final = 1_500
#: Bytes of a Flex bubble as JSON; "30 KB" [D], taken as the smaller reading.
BUBBLE_BYTES: Final = 30_000
#: Quick replies on a message [O: maxItems].
QUICK_REPLIES: Final = 13
#: Grapheme clusters of a label on a quick reply or a rich menu area [A, C].
LABEL: Final = 20
#: Grapheme clusters of a label on a Flex button [A, C].
FLEX_LABEL: Final = 40
#: Characters of a postback's data [O].
POSTBACK_DATA: Final = 300
#: Characters of the name and of the bar of a rich menu [O].
RICH_MENU_NAME: Final = 300
RICH_MENU_BAR: Final = 14
#: Bytes of a rich menu's image, PNG or JPEG; "1 MB" [D].
RICH_MENU_IMAGE_BYTES: Final = 1_000_000

#: A reply token is to be used within about a minute of the webhook [D]; ten seconds are left for the way.
REPLY_FRESH: Final = timedelta(seconds=50)
#: LINE remembers a retry key for 24 hours [D]; after that it would not know a repeated push.
RETRY_KEY_LIFE: Final = timedelta(hours=24)
#: The loading animation lasts 5 to 60 seconds in steps of 5, or until a message comes [O].
LOADING_SECONDS: Final = 20
