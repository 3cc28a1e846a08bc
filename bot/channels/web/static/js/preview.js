/**
 * Beside the chat of a local run: each letter as LINE and as Telegram would show it, and how near it
 * comes to their limits. Drawings, not controls: nothing here can be pressed.
 */

import { fill, make } from "./dom.js";

/** Messaging API: text in UTF-16 units, messages a reply, quick reply items. */
const LINE = { text: 5000, messages: 5, quick: 13 };

/** Bot API: text after entities are parsed, bytes of callback_data. */
const TELEGRAM = { text: 4096, token: 64 };

const STORED = "ruamkhit.preview";

export class Preview {
  #words;
  #phones = new Map();
  #letters = [];
  #drawn = 0;
  #drawing = Promise.resolve();
  #panel = document.getElementById("preview");
  #toggle = document.getElementById("preview-switch");

  /** `names` are the platforms this server renders for, of "line" and "telegram". */
  constructor(words, names) {
    this.#words = words;
    for (const name of names) this.#phones.set(name, this.#phone(name));
    this.#toggle.hidden = false;
    this.#toggle.addEventListener("click", () => this.#show(this.#panel.hidden));
    this.#show(sessionStorage.getItem(STORED) === "shown");
  }

  /** One more letter to show. */
  add(letter) {
    this.#letters.push(letter);
    this.#drawNew();
  }

  #phone(name) {
    const screen = make("div", { class: "screen", tabindex: "0", role: "group", "aria-label": TITLES[name] });
    screen.append(make("p", { class: "empty" }, this.#words.preview_empty));
    this.#panel.querySelector(".phones").append(
      make("section", { class: `phone ${name}` }, make("h2", {}, TITLES[name]), screen),
    );
    return screen;
  }

  #show(shown) {
    this.#panel.hidden = !shown;
    document.body.classList.toggle("with-preview", shown);
    this.#toggle.textContent = shown ? this.#words.preview_hide : this.#words.preview_show;
    sessionStorage.setItem(STORED, shown ? "shown" : "hidden");
    this.#drawNew();
  }

  /** Letters are drawn one after another, so they stand in their order. */
  #drawNew() {
    if (this.#panel.hidden) return;
    for (const letter of this.#letters.slice(this.#drawn)) {
      this.#drawing = this.#drawing.then(() => this.#draw(letter));
    }
    this.#drawn = this.#letters.length;
  }

  async #draw(letter) {
    const renderings = await render(letter.messages);
    for (const [name, screen] of this.#phones) {
      screen.querySelector(".empty")?.remove();
      const drawn = renderings ? DRAW[name](renderings[name], this.#words) : [problem(this.#words.preview_failed)];
      const element = make("div", { class: "letter" }, ...drawn);
      screen.append(element);
      screen.scrollTop = element.offsetTop - screen.offsetTop - 8;
    }
  }
}

async function render(messages) {
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("chat/preview", { method: "POST", headers, body: JSON.stringify({ messages }) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

const TITLES = { line: "LINE", telegram: "Telegram" };
const DRAW = { line: drawLine, telegram: drawTelegram };

const problem = (text) => make("p", { class: "limits over" }, text);

/** Counts, beside their limits where there is one; a line with one over its limit says so. */
function limits(words, counts) {
  const number = (value) => value.toLocaleString("th-TH");
  const parts = counts.map(([word, count, limit]) => fill(words[word], { count: number(count), limit: number(limit || 0) }));
  const over = counts.some(([, count, limit]) => limit && count > limit);
  return make("p", { class: over ? "limits over" : "limits" }, parts.join(" · ") + (over ? ` · ${words.preview_over}` : ""));
}

/* LINE: message objects of the Messaging API. */

function drawLine(messages, words) {
  const drawn = messages.flatMap((message) => {
    const quick = (message.quickReply?.items || []).map((item) => item.action.label);
    const counts = [];
    if (message.type === "text") counts.push(["limit_text", message.text.length, LINE.text]);
    if (message.type === "flex") counts.push(["limit_buttons", flexActions(message.contents)]);
    if (quick.length) counts.push(["limit_quick", quick.length, LINE.quick]);
    return [lineBubble(message), limits(words, counts), quickReplies(quick)].filter(Boolean);
  });
  return [...drawn, limits(words, [["limit_messages", messages.length, LINE.messages]])];
}

function lineBubble(message) {
  if (message.type === "text") return make("div", { class: "said" }, message.text);
  if (message.type !== "flex") return make("div", { class: "said" }, message.type);
  const bubbles = message.contents.type === "carousel" ? message.contents.contents : [message.contents];
  const cards = bubbles.map((bubble) =>
    make("div", { class: "card" }, ...["header", "body", "footer"].filter((part) => bubble[part]).map((part) => flexPart(bubble[part]))),
  );
  return make("div", { class: "cards" }, ...cards);
}

function quickReplies(labels) {
  return labels.length ? make("div", { class: "quick" }, ...labels.map((label) => make("span", {}, label))) : null;
}

/** A component of a Flex Message. A box or text with an action looks like what it is: something to press. */
function flexPart(part) {
  if (part.type === "separator") return make("hr");
  if (part.type === "button") return make("div", { class: `button ${part.style || "link"}` }, part.action.label);
  const element = make("div", { class: part.action ? "flex pressable" : "flex" });
  if (part.type === "box") {
    element.classList.add(part.layout);
    element.append(...(part.contents || []).map(flexPart));
  } else {
    element.append(part.text || "", ...(part.contents || []).map((span) => span.text || ""));
    if (part.weight === "bold") element.classList.add("bold");
    if (part.color) element.style.color = part.color;
  }
  if (part.flex) element.style.flexGrow = part.flex;
  if (part.backgroundColor) element.style.backgroundColor = part.backgroundColor;
  if (part.align) element.style.textAlign = part.align;
  return element;
}

/** How many components of a Flex Message can be pressed. */
function flexActions(part) {
  const inner = [part.header, part.body, part.footer, ...(Array.isArray(part.contents) ? part.contents : [])];
  return (part.action ? 1 : 0) + inner.filter(Boolean).reduce((count, each) => count + flexActions(each), 0);
}

/* Telegram: {"method", …parameters} of the Bot API. */

function drawTelegram(calls, words) {
  return calls.flatMap((call) => {
    if (call.text === undefined) return [make("div", { class: "said" }, call.filename || call.method)];
    const text = make("span", {}, call.parse_mode === "HTML" ? markup(call.text) : call.text);
    const bubble = make("div", { class: "said" }, text);
    if (call.method.startsWith("edit")) bubble.prepend(make("small", {}, words.preview_edit));
    const rows = call.reply_markup?.inline_keyboard || [];
    const keys = rows.flat();
    const keyboard = make("div", { class: "keyboard" }, ...rows.map((row) => make("div", {}, ...row.map((key) => make("span", {}, key.text)))));
    const counts = [["limit_text", text.textContent.length, TELEGRAM.text]];
    if (keys.length) {
      const longest = Math.max(...keys.map((key) => new TextEncoder().encode(key.callback_data || "").length));
      counts.push(["limit_buttons", keys.length], ["limit_token", longest, TELEGRAM.token]);
    }
    return [bubble, keyboard, limits(words, counts)];
  });
}

/** The tags Telegram's HTML mode has for plain emphasis; whatever else there is becomes its text. */
const EMPHASIS = new Set(["B", "STRONG", "I", "EM", "U", "S", "CODE", "PRE"]);

function markup(html) {
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    const inner = Array.from(node.childNodes).flatMap(copy);
    return EMPHASIS.has(node.nodeName) ? [make(node.nodeName, {}, ...inner)] : inner;
  };
  const fragment = document.createDocumentFragment();
  fragment.append(...copy(new DOMParser().parseFromString(html, "text/html").body));
  return fragment;
}
