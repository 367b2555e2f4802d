// The wall of phones: asks for the state again and again, and changes only what is different.
"use strict";

const body = document.body;
const cards = new Map([...document.querySelectorAll("[data-phone]")].map((card) => [card.dataset.phone, card]));
const alertBox = document.querySelector('[data-role="alert"]');
const clock = document.querySelector('[data-role="clock"]');
const events = document.querySelector('[data-role="events"]');
const speakAloud = document.querySelector('[data-role="speak-aloud"]');
const spoken = new Set();
const FAST = 400;
const SLOW = 2500;
const LONGEST_SIDE = 1024;
let version = "";
let timer = 0;
let isAsking = false;
let isFirst = true;

function part(card, role) {
  return card.querySelector(`[data-role="${role}"]`);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function complain(message) {
  setText(alertBox, message);
  alertBox.hidden = message === "";
}

// Keeps the items that are there, so that a screen reader hears only the new ones.
function syncList(list, items, make) {
  const wanted = new Set(items.map((item) => String(item.id)));
  for (const child of [...list.children]) {
    if (!wanted.has(child.dataset.id)) child.remove();
  }
  const present = new Set([...list.children].map((child) => child.dataset.id));
  const box = list.parentElement;
  const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  let isNew = false;
  for (const item of items) {
    if (present.has(String(item.id))) continue;
    const child = make(item);
    child.dataset.id = String(item.id);
    list.append(child);
    isNew = true;
  }
  if (isNew && isAtEnd) box.scrollTop = box.scrollHeight;
}

function say(item) {
  if (spoken.has(item.id)) return;
  spoken.add(item.id);
  if (!speakAloud.checked || isFirst || !("speechSynthesis" in window)) return;
  const utterance = new SpeechSynthesisUtterance(item.text);
  utterance.lang = item.lang || body.dataset.lang;
  const voices = window.speechSynthesis.getVoices();
  const short = utterance.lang.slice(0, 2);
  const isNorwegian = ["nb", "nn", "no"].includes(short);
  utterance.voice =
    voices.find((voice) => voice.lang === utterance.lang) ||
    voices.find((voice) => (isNorwegian ? /^(nb|no|nn)/ : new RegExp(`^${short}`)).test(voice.lang)) ||
    null;
  window.speechSynthesis.speak(utterance);
}

function showPhone(phone) {
  const card = cards.get(phone.number);
  if (!card) return;
  if (card.dataset.state !== phone.state) card.dataset.state = phone.state;
  setText(part(card, "state"), phone.stateText);
  setText(part(card, "with"), phone.withText);
  setText(part(card, "hint"), phone.hint);
  for (const box of card.querySelectorAll("[data-when]")) {
    const isShown = box.dataset.when.split(" ").includes(phone.state);
    if (box.hidden === isShown) box.hidden = !isShown;
  }
  syncList(part(card, "said"), phone.heard, (item) => {
    const line = element("li", item.text);
    if (item.lang) line.lang = item.lang;
    return line;
  });
  phone.heard.forEach(say);
  showTexts(card, phone);
  showSettings(card, phone);
  const chosen = card.querySelector('[data-action="persona"]');
  if (document.activeElement !== chosen && chosen.value !== phone.persona) {
    if (![...chosen.options].some((option) => option.value === phone.persona)) {
      chosen.add(new Option(phone.personaText, phone.persona));
    }
    chosen.value = phone.persona;
  }
}

function showSettings(card, phone) {
  const marks = part(card, "marks");
  if ([...marks.children].map((mark) => mark.textContent).join("\n") !== phone.marks.join("\n")) {
    marks.replaceChildren(...phone.marks.map((label) => element("li", label)));
  }
  setText(part(card, "forwarded"), phone.forwardText);
  const to = card.querySelector('[data-action="forward"]');
  const when = part(card, "when");
  if (document.activeElement !== to && to.value !== phone.forwardTo) {
    if (![...to.options].some((option) => option.value === phone.forwardTo)) {
      to.add(new Option(phone.forwardTo, phone.forwardTo));
    }
    to.value = phone.forwardTo;
  }
  if (document.activeElement !== when && phone.forwardWhen) when.value = phone.forwardWhen;
  when.hidden = part(card, "when-label").hidden = phone.forwardTo === "";
  const auto = card.querySelector('[data-action="auto-reply"]');
  if (auto.checked !== phone.autoReplies) auto.checked = phone.autoReplies;
}

function showTexts(card, phone) {
  const first = phone.textCount - phone.texts.length;
  const items = phone.texts.map((text, index) => ({ ...text, id: first + index }));
  const inbox = part(card, "inbox");
  const before = Number(card.dataset.texts || 0);
  if (items.length === 0) {
    if (!inbox.querySelector(".empty")) inbox.replaceChildren(element("li", body.dataset.noMessages, "empty"));
  } else {
    syncList(inbox, items, (text) => {
      const line = element("li", "", text.isOwn ? "own" : "");
      const way = text.isOwn ? body.dataset.sent : body.dataset.received;
      line.append(element("span", `${way} ${text.at} · ${text.other}`, "meta"), document.createTextNode(text.body));
      for (const sid of text.pictures) {
        const picture = document.createElement("img");
        picture.src = body.dataset.pictureUrl + sid;
        picture.alt = body.dataset.picture;
        line.append(picture);
      }
      return line;
    });
  }
  setText(part(card, "message-count"), phone.textCount ? String(phone.textCount) : "");
  if (phone.textCount > before) {
    const messages = card.querySelector(".messages");
    if (!messages.open) {
      messages.open = true;
      inbox.parentElement.scrollTop = inbox.parentElement.scrollHeight;
    }
  }
  card.dataset.texts = String(phone.textCount);
}

function show(state) {
  setText(clock, state.clock);
  if (state.version === version || !state.phones) return;
  version = state.version;
  state.phones.forEach(showPhone);
  if (state.events.length > 0) {
    events.querySelector(".empty")?.remove();
    syncList(events, state.events, (event) => {
      const line = element("li", "");
      const what = element("span", "");
      what.append(element("strong", event.who), document.createTextNode(` ${event.what}`));
      line.append(element("time", event.at), what);
      line.dataset.kind = event.kind;
      return line;
    });
  }
  isFirst = false;
}

async function ask() {
  window.clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  try {
    const query = new URLSearchParams({ version, lang: body.dataset.lang });
    const answer = await fetch(`${body.dataset.stateUrl}?${query}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
    if (alertBox.dataset.kind === "lost") complain("");
    alertBox.dataset.kind = "";
  } catch {
    alertBox.dataset.kind = "lost";
    complain(body.dataset.lost);
  } finally {
    isAsking = false;
    timer = window.setTimeout(ask, document.hidden ? SLOW : FAST);
  }
}

async function act(card, action, more) {
  const query = new URLSearchParams({ lang: body.dataset.lang });
  try {
    const answer = await fetch(`${body.dataset.actUrl}?${query}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Phones": "1" },
      body: JSON.stringify({ phone: card.dataset.phone, action, ...more }),
    });
    const told = await answer.json();
    complain(answer.ok ? "" : told.error);
    return answer.ok;
  } catch {
    complain(body.dataset.lost);
    return false;
  } finally {
    ask();
  }
}

// A picture as a telephone would send it: small.
async function shrunk(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.8);
}

function showAttached(card) {
  const words = part(card, "attach");
  words.dataset.empty ??= words.textContent;
  setText(words, part(card, "file").files.length ? body.dataset.attached : words.dataset.empty);
}

async function sendSms(card, form) {
  const file = part(card, "file").files[0];
  const fields = { to: form.elements.to.value, text: form.elements.text.value };
  if (!file && !fields.text.trim()) return;
  // what is no picture is sent as it is called, and refused with a reason
  if (file) fields.picture = await shrunk(file).catch(() => file.name);
  if (await act(card, "send-sms", fields)) {
    form.elements.text.value = "";
    part(card, "file").value = "";
    showAttached(card);
  }
}

for (const card of cards.values()) {
  card.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (!button || button.type === "submit") return;
    const chosen = card.querySelector('[data-role="ring-to"]');
    const more = {};
    if (button.dataset.action === "press") more.key = button.dataset.key;
    if (button.dataset.action === "ring") more.to = chosen ? chosen.value : button.dataset.to;
    act(card, button.dataset.action, more);
  });
  card.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.dataset.form === "send-sms") return sendSms(card, form);
    const fields = Object.fromEntries(new FormData(form));
    if (!fields.text || !fields.text.trim()) return;
    if (await act(card, form.dataset.form, fields)) form.elements.text.value = "";
  });
  card.querySelector('[data-action="persona"]').addEventListener("change", (event) => {
    act(card, "persona", { persona: event.target.value });
  });
  const to = card.querySelector('[data-action="forward"]');
  const when = part(card, "when");
  to.addEventListener("change", () => act(card, "forward", { to: to.value, when: when.value }));
  when.addEventListener("change", () => act(card, "forward", { to: to.value, when: when.value }));
  card.querySelector('[data-action="auto-reply"]').addEventListener("change", (event) => {
    act(card, "auto-reply", { text: event.target.checked ? event.target.dataset.text : "" });
  });
  part(card, "file").addEventListener("change", () => showAttached(card));
}

speakAloud.addEventListener("change", () => {
  if (!speakAloud.checked && "speechSynthesis" in window) window.speechSynthesis.cancel();
});
document.addEventListener("visibilitychange", ask);
ask();
