/**
 * What this tab remembers of the conversation. It is kept in sessionStorage, so it survives a reload
 * and goes when the tab is closed: on a shared phone nothing stays behind.
 *
 * entries  what is shown, oldest first:
 *            {key, who: "bot", message}                   a message of the bot
 *            {key, who: "person", text, state}            what the person sent; state "sending" | "sent" | "refused"
 * queue    acts the server has not acknowledged, oldest first: {id, kind, text | token | name}
 * presses  which button of which entry an act pressed, by the act's id, until its letter comes
 * after    the seq of the newest letter shown
 * session  whose conversation this is, as the server calls it
 */

const KEY = "ruamkhit.transcript";

/** Entries kept; far more than anybody scrolls back, far less than storage holds (5 MB). */
const ENTRIES_KEPT = 200;

const nothing = () => ({ session: "", after: 0, entries: [], queue: [], presses: {} });

export class Transcript {
  #memory;

  constructor() {
    this.#memory = load() || nothing();
  }

  get session() { return this.#memory.session; }
  get after() { return this.#memory.after; }
  get entries() { return this.#memory.entries; }
  get queue() { return this.#memory.queue; }
  get presses() { return Object.values(this.#memory.presses); }

  /** Says whose conversation this is. What another session left is not this person's to see. */
  belongTo(session) {
    if (this.session && this.session !== session) this.#memory = nothing();
    this.#memory.session = session;
    this.#save();
  }

  /** Whether this button was pressed and the server has not acknowledged it yet. */
  isSending(entry, token) {
    return this.queue.some(({ id }) => {
      const press = this.#memory.presses[id];
      return press && press.entry === entry && press.token === token;
    });
  }

  /** Queues an act; `shown` is its bubble's text, `press` says which button it was: {entry, token, label}. */
  act(event, { shown = "", press = null } = {}) {
    this.queue.push(event);
    if (shown) this.entries.push({ key: event.id, who: "person", text: shown, state: "sending" });
    if (press) this.#memory.presses[event.id] = press;
    this.#save();
  }

  /** The server has committed the act, or will never take it. */
  settle(id, state) {
    this.#memory.queue = this.queue.filter((event) => event.id !== id);
    const entry = this.entries.find((each) => each.key === id);
    if (entry) entry.state = state;
    if (state === "refused") delete this.#memory.presses[id];
    this.#save();
  }

  /** Shows a letter that came; false when it was shown before. */
  take(letter) {
    if (letter.seq <= this.after) return false;
    const act = letter.id.slice(letter.id.lastIndexOf("/") + 1);
    const press = this.#memory.presses[act];
    delete this.#memory.presses[act];
    const pressed = press && this.entries.find((entry) => entry.key === press.entry);
    const face = pressed && letter.messages.find((message) => message.place !== "new");
    if (face) pressed.message = face;
    // Where the pressed message itself does not show what was chosen, the conversation does.
    else if (press) this.entries.push({ key: `${act}/press`, who: "person", text: press.label, state: "sent" });
    this.#add(letter, (message) => message !== face && message.place !== "mark");
    return true;
  }

  /** Shows the newest letter to a tab that does not know it; there is no earlier message to change. */
  restate(letter) {
    this.#add(letter, () => true);
  }

  #add(letter, isShown) {
    letter.messages.forEach((message, index) => {
      if (isShown(message)) this.entries.push({ key: `${letter.id}/${index}`, who: "bot", message });
    });
    this.#memory.after = letter.seq;
    this.#save();
  }

  #save() {
    this.entries.splice(0, this.entries.length - ENTRIES_KEPT);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#memory));
    } catch {
      // Storage is full or forbidden: the conversation goes on, a reload then begins with the newest letter.
    }
  }
}

function load() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
