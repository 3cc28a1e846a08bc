/** Puts the page together: the transcript, its view, the courier, the field, and the preview where there is one. */

import { Courier, newId } from "./courier.js";
import { fill } from "./dom.js";
import { Log } from "./log.js";
import { Transcript } from "./transcript.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const words = read("words");
const settings = read("settings");
const [form, field, fileInput, status, reload] = ["form", "text", "file", "status", "reload"].map((id) => document.getElementById(id));

/** Milliseconds an act may take before the page says that it is being sent. */
const SLOW = 1200;

const transcript = new Transcript();
const log = new Log(document.getElementById("log"), words, press);
const courier = new Courier(transcript, {
  changed,
  refused: () => say(words.refused),
  arrived: (letter) => preview.add(letter),
});
let preview = { add() {} };
let notice = "";
let slowTimer = 0;

/** A button of the bot. One that is still on its way is not sent a second time. */
function press(entry, { token, label }) {
  if (transcript.isSending(entry, token)) return;
  act({ kind: "pressed", token }, { press: { entry, token, label } });
}

function act(event, about, file) {
  notice = "";
  courier.send({ id: newId(), ...event }, about, file);
}

function submit() {
  const text = field.value.trim();
  if (!text) return;
  if (new Blob([JSON.stringify({ id: newId(), kind: "typed", text })]).size > settings.maxEvent) {
    say(words.too_long);
    return;
  }
  field.value = "";
  grow();
  act({ kind: "typed", text }, { shown: text });
}

function attach(file) {
  if (file.size > settings.maxUpload) {
    say(fill(words.file_too_large, { limit: Math.floor(settings.maxUpload / 1024 / 1024) }));
    return;
  }
  act({ kind: "file", name: file.name }, { shown: fill(words.file_sent, { name: file.name }) }, file);
}

function say(text) {
  notice = text;
  showStatus();
}

/** After anything a person can see. */
function changed() {
  log.show(transcript);
  showStatus();
}

/** One line about the most important thing. A quick success says nothing: the answer itself is the sign. */
function showStatus() {
  clearTimeout(slowTimer);
  const waiting = courier.state === "opening" || transcript.queue.length > 0;
  const lasting = lastingStatus();
  if (waiting && !lasting) {
    slowTimer = setTimeout(() => setStatus(courier.state === "opening" ? words.status_opening : words.status_sending), SLOW);
  }
  setStatus(lasting);
  reload.hidden = courier.state !== "session";
}

function lastingStatus() {
  if (courier.state === "session") return words.status_session;
  if (!navigator.onLine) return words.status_offline;
  if (courier.state === "unreachable") return words.status_unreachable;
  if (courier.state === "too fast") return words.too_fast;
  return notice;
}

function setStatus(text) {
  if (status.textContent !== text) status.textContent = text;
}

/** The field is as high as its text, up to what the style allows. */
function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
field.addEventListener("input", grow);
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
fileInput.addEventListener("change", () => {
  if (fileInput.files.length) attach(fileInput.files[0]);
  fileInput.value = "";
});
reload.addEventListener("click", () => location.reload());

form.hidden = false;
if (courier.dropLostFiles()) notice = words.file_lost;
log.show(transcript, { quietly: true });
showStatus();
if (settings.previews.length) {
  const { Preview } = await import("./preview.js");
  preview = new Preview(words, settings.previews);
}
courier.run();
