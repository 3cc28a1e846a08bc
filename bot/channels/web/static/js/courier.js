/**
 * Carries acts to the server and letters back, whatever the connection does.
 *
 * An act keeps its id until the server has acknowledged it, so sending it again is harmless; acts go
 * one at a time and in order. Letters are asked for from the last one shown, so none is missed.
 */

/** Seconds between attempts while nothing gets through; the last is kept to. */
const PAUSES = [1, 2, 4, 8, 15, 30];

/** Seconds after which a request is given up: over the server's own limits, so it answers first. */
const PATIENCE = { event: 15, file: 180, letters: 40 };

/** Milliseconds after an act was stored in which the poll under way should have brought the answer. */
const ANSWER_DUE = 400;

export class Courier {
  /** "opening" | "fine" | "unreachable" | "too fast" | "session": how things stand with the server. */
  state = "opening";

  #transcript;
  #on;
  #files = new Map();
  #queued = () => {};

  /**
   * `on.changed()` is called after anything a person can see, `on.refused()` when the server will
   * never take what was sent, `on.arrived(letter)` for each letter.
   */
  constructor(transcript, on) {
    this.#transcript = transcript;
    this.#on = on;
  }

  /** Sends an act; `file` are the bytes of one of kind "file". */
  send(event, about, file) {
    if (file) this.#files.set(event.id, file);
    this.#transcript.act(event, about);
    this.#queued();
    this.#on.changed();
  }

  /** Forgets files that a reload cut off: their bytes are gone. Returns how many there were. */
  dropLostFiles() {
    const lost = this.#transcript.queue.filter((event) => event.kind === "file" && !this.#files.has(event.id));
    lost.forEach((event) => this.#transcript.settle(event.id, "refused"));
    return lost.length;
  }

  /** Finds out who we are, shows what is new, and goes on until the page is closed. */
  async run() {
    for (const type of ["online", "offline"]) addEventListener(type, () => this.#on.changed());
    const { session, letter } = await this.#insist("chat/latest", {}, PATIENCE.event);
    const transcript = this.#transcript;
    transcript.belongTo(session);
    if (letter) {
      this.#on.arrived(letter);
      // A lower number than ours: the server's store was replaced by an older one.
      if (transcript.after === 0 || letter.seq < transcript.after) transcript.restate(letter);
    } else if (transcript.entries.length + transcript.queue.length === 0) {
      transcript.act({ id: newId(), kind: "opened" });
    }
    this.#on.changed();
    await Promise.all([this.#sendAll(), this.#listen()]);
  }

  async #sendAll() {
    for (;;) {
      const [event] = this.#transcript.queue;
      if (!event) {
        await new Promise((resolve) => { this.#queued = resolve; });
        continue;
      }
      const { after } = this.#transcript;
      const file = this.#files.get(event.id);
      const answer = await (file ? this.#sendFile(event, file) : this.#sendEvent(event));
      this.#files.delete(event.id);
      this.#transcript.settle(event.id, answer ? "sent" : "refused");
      if (!answer) this.#on.refused();
      else setTimeout(() => this.#transcript.after === after && this.#fetchLetters(), ANSWER_DUE);
      this.#on.changed();
    }
  }

  #sendEvent(event) {
    const headers = { "Content-Type": "application/json" };
    return this.#insist("chat/events", { method: "POST", headers, body: JSON.stringify(event) }, PATIENCE.event);
  }

  #sendFile(event, file) {
    const headers = { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(event.name) };
    return this.#insist(`chat/files?id=${event.id}`, { method: "POST", headers, body: file }, PATIENCE.file);
  }

  async #listen() {
    for (;;) {
      await untilVisible();
      await this.#fetchLetters();
    }
  }

  /** New letters, as soon as there are any. A poll that waits at another server process than the one that stored
   *  an answer does not hear of it; a second one finds it. */
  async #fetchLetters() {
    const { letters } = await this.#insist(`chat/letters?after=${this.#transcript.after}`, {}, PATIENCE.letters);
    const taken = letters.filter((letter) => this.#transcript.take(letter));
    taken.forEach((letter) => this.#on.arrived(letter));
    if (taken.length) this.#on.changed();
  }

  /** Asks until there is an answer: what the server said, or null when it will never take what was sent. */
  async #insist(address, init, patience) {
    for (let failures = 0; ; failures += 1) {
      const answer = await attempt(address, init, patience);
      if (answer.ok) {
        this.#become("fine");
        return answer.body;
      }
      if (answer.status === 401) {
        this.#become("session");
        await new Promise(() => {});
      }
      if (init.method === "POST" && REFUSALS.has(answer.status)) return null;
      this.#become(answer.status === 429 ? "too fast" : "unreachable");
      await pause(answer.retryAfter || PAUSES[Math.min(failures, PAUSES.length - 1)]);
    }
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#on.changed();
  }
}

/** Answers that sending the same again would not change. */
const REFUSALS = new Set([400, 403, 404, 405, 413, 415]);

/** One request, given up after `patience` seconds or as soon as the device goes offline. */
async function attempt(address, init, patience) {
  const controller = new AbortController();
  const giveUp = () => controller.abort();
  const timer = setTimeout(giveUp, patience * 1000);
  addEventListener("offline", giveUp);
  try {
    // With a cache, a browser would have a second poll of the same address wait for the first.
    const response = await fetch(address, { ...init, cache: "no-store", signal: controller.signal });
    return {
      ok: response.ok,
      status: response.status,
      retryAfter: Number(response.headers.get("Retry-After")),
      body: response.ok ? await response.json() : null,
    };
  } catch {
    return { ok: false, status: 0 };
  } finally {
    clearTimeout(timer);
    removeEventListener("offline", giveUp);
  }
}

/** Waits, but not past the moment the device is online again. A little chance keeps pages from knocking together. */
function pause(seconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000 * (1 + Math.random() / 4));
    addEventListener("online", done);
  });
}

/** A page nobody looks at does not ask; it catches up when it is looked at again. */
function untilVisible() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
}

/** A random UUID (version 4). crypto.randomUUID is missing on plain http, where a phone tries out a laptop's page. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
