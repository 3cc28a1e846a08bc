/**
 * Draws the transcript. An entry is made once and changed in place, so a screen reader hears each
 * message once and the focus stays where the person put it.
 */

import { fill, make } from "./dom.js";

/** Milliseconds in which the second half of a double tap may fall on a button that was not there before. */
const SETTLING = 400;

/** Milliseconds in which the same button pressed again is the same press: a shaking finger, a key held down. */
const SAME_PRESS = 700;

export class Log {
  #element;
  #words;
  #press;
  #views = new Map();
  #lastPress = { button: "", at: -Infinity };

  /** `press(entry, button)` is called for a button of the bot. */
  constructor(element, words, press) {
    this.#element = element;
    this.#words = words;
    this.#press = press;
  }

  /** Brings the page in line with the transcript. `quietly` neither announces nor scrolls: after a reload. */
  show(transcript, { quietly = false } = {}) {
    if (quietly) this.#element.setAttribute("aria-live", "off");
    const kept = new Set(transcript.entries.map((entry) => entry.key));
    for (const [key, view] of this.#views) {
      if (!kept.has(key)) {
        view.element.remove();
        this.#views.delete(key);
      }
    }
    const added = transcript.entries.filter((entry) => !this.#views.has(entry.key));
    for (const entry of transcript.entries) this.#draw(entry);
    this.#markPending(transcript.presses);
    if (quietly) {
      scrollTo(0, document.documentElement.scrollHeight);
      requestAnimationFrame(() => this.#element.setAttribute("aria-live", "polite"));
    } else if (added.length) {
      this.#scrollTo(this.#views.get(added[0].key).element);
    }
  }

  #draw(entry) {
    let view = this.#views.get(entry.key);
    if (!view) {
      view = entry.who === "bot" ? this.#makeBot(entry) : this.#makePerson(entry);
      this.#views.set(entry.key, view);
      view.update(entry);
      this.#element.append(view.element);
    } else {
      view.update(entry);
    }
  }

  #makePerson(entry) {
    const state = make("span", { class: "state" });
    const bubble = make("div", { class: "bubble" }, this.#speaker("speaker_person", "hidden"), make("p", {}, entry.text), state);
    const element = make("div", { class: "entry person" }, bubble);
    const update = ({ state: now }) => {
      element.dataset.state = now;
      state.textContent = now === "refused" ? this.#words.unsent : "";
    };
    return { element, update };
  }

  #makeBot(entry) {
    const lines = make("div", { class: "bubble" });
    const buttons = make("div", { class: "buttons" });
    const element = make("div", { class: "entry bot", tabindex: "-1" }, lines, buttons);
    let shown = null;
    const update = ({ message }) => {
      if (message === shown) return;
      if (!shown || shown.lines.join("\n") !== message.lines.join("\n")) {
        lines.replaceChildren(this.#speaker("speaker_bot", "speaker"), ...message.lines.map((line) => make("p", {}, line)));
      }
      if (shown && sameButtons(shown, message)) patchButtons(buttons, message);
      else this.#replaceButtons(element, buttons, entry.key, message);
      shown = message;
    };
    return { element, update };
  }

  #speaker(word, className) {
    return make("span", { class: className }, this.#words[word]);
  }

  /** New buttons rest a moment before they take the pointer; the focus is kept if it was on one of the old. */
  #replaceButtons(element, buttons, key, message) {
    const focused = buttons.contains(document.activeElement) ? document.activeElement.dataset.token : null;
    const groups = [
      this.#group("options", message.options, key, message),
      this.#group("exits", message.exits, key, message),
      ...message.documents.map((file) => this.#download(file)),
    ];
    buttons.replaceChildren(...groups.filter(Boolean));
    buttons.classList.add("settling");
    setTimeout(() => buttons.classList.remove("settling"), SETTLING);
    if (focused === null) return;
    const same = Array.from(buttons.querySelectorAll("button")).find((button) => button.dataset.token === focused);
    (same || element).focus({ preventScroll: true });
  }

  #group(name, buttons, key, message) {
    if (buttons.length === 0) return null;
    const list = make("ul", { class: name, role: "list", "aria-label": this.#words[`${name}_label`] });
    buttons.forEach((button, index) => {
      const number = name === "options" && message.numbered ? `${index + 1}` : "";
      list.append(make("li", {}, this.#button(button, number, key, message)));
    });
    return list;
  }

  #button(button, number, key, message) {
    const element = make("button", { type: "button", "data-token": button.token });
    if (number) element.append(make("span", { class: "number" }, number), " ");
    element.append(make("span", { class: "label" }, button.label), make("span", { class: "check", "aria-hidden": "true" }, "✓"));
    patchButton(element, button, message);
    element.addEventListener("click", () => {
      if (this.#isSamePress(`${key} ${button.token}`)) return;
      this.#press(key, button);
    });
    return element;
  }

  #isSamePress(button) {
    const now = performance.now();
    const same = this.#lastPress.button === button && now - this.#lastPress.at < SAME_PRESS;
    this.#lastPress = { button, at: now };
    return same;
  }

  #download(file) {
    const element = make("button", { type: "button", class: "document" }, fill(this.#words.download, { name: file.name }));
    element.addEventListener("click", () => {
      const address = URL.createObjectURL(new Blob([file.text], { type: `${file.media_type};charset=utf-8` }));
      make("a", { href: address, download: file.name }).click();
      // The browser reads the address when it starts the download, which is after this click.
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    });
    return element;
  }

  #markPending(presses) {
    const pending = new Set(presses.map((press) => `${press.entry} ${press.token}`));
    for (const [key, view] of this.#views) {
      for (const button of view.element.querySelectorAll("button[data-token]")) {
        button.classList.toggle("pending", pending.has(`${key} ${button.dataset.token}`));
      }
    }
  }

  /** As far as needed to see what is new, from its beginning; at the very beginning, who is speaking as well. */
  #scrollTo(first) {
    if (first === this.#element.firstChild) return;
    const beginning = first.getBoundingClientRect().top + scrollY - 16;
    scrollTo({ top: Math.min(beginning, document.documentElement.scrollHeight - innerHeight) });
  }
}

/** Whether the same buttons stand in the same places, so that only their faces may differ. */
function sameButtons(before, after) {
  const places = (message) => JSON.stringify([
    message.numbered,
    message.options.map((button) => button.token),
    message.exits.map((button) => button.token),
    message.documents,
  ]);
  return places(before) === places(after);
}

function patchButtons(element, message) {
  const buttons = element.querySelectorAll("button[data-token]");
  [...message.options, ...message.exits].forEach((button, index) => patchButton(buttons[index], button, message));
}

/** A choice says whether it is made; a way on or out is a plain button. */
function patchButton(element, button, message) {
  const choice = button.chosen || (message.type === "question" && message.options.some((option) => option.token === button.token));
  if (choice) element.setAttribute("aria-pressed", String(button.chosen));
  else element.removeAttribute("aria-pressed");
  const label = element.querySelector(".label");
  // In a live region even the same text is read out again when it is set.
  if (label.textContent !== button.label) label.textContent = button.label;
}
