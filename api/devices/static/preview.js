"use strict";
// Asks for one picture after the other, always the newest, and shows it with what to do; nothing is kept.

const { words, settings } = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const picture = element("picture");

const LOST_AFTER = 5; // questions without an answer
const RETRY_MS = 500;

function say(key, kind = "", detail = "") {
  const status = element("status");
  const text = key === null ? "" : [words[key], detail].filter(Boolean).join(" ");
  status.className = `status ${kind}`;
  if (status.textContent !== text) status.textContent = text;
  status.dataset.state = key ?? "showing";
}

function hint(lines) {
  const list = element("hints");
  const shown = [...list.children].map((item) => item.textContent);
  if (JSON.stringify(shown) === JSON.stringify(lines)) return; // read out only what is new
  list.replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

async function show(blob) {
  const address = URL.createObjectURL(blob);
  const last = picture.src;
  picture.src = address;
  await picture.decode().catch(() => {});
  picture.hidden = false;
  if (last) URL.revokeObjectURL(last);
}

function end(key, kind, detail) {
  say(key, kind, detail);
  hint([]);
  element("hints").hidden = picture.hidden = true;
  picture.removeAttribute("src");
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function follow() {
  let number = -1, unanswered = 0, met = null;
  say("waiting");
  for (;;) {
    let answer;
    try {
      met ??= token && await meet();
      if (!met) return end("expired", "wrong");
      answer = await post("frame", met.credential, String(number));
      unanswered = 0;
      if (answer.status === 401) return end("expired", "wrong");
      if (answer.status === 204) { say("waiting"); continue; }
      if (!answer.ok) throw new Error(answer.status);
      if (answer.headers.get("content-type") === "application/json") {
        const { ended, told } = await answer.json();
        return end(ended, ended === "failed" ? "wrong" : "", told);
      }
      await show(await answer.blob());
      number = Number(answer.headers.get("x-number"));
      hint(JSON.parse(answer.headers.get("x-told")));
      say(null);
    } catch {
      met = null; // whoever answers next may be somebody else
      unanswered += 1;
      if (unanswered >= LOST_AFTER) return end("lost", "wrong");
      await pause(RETRY_MS);
      forget();
    }
  }
}

element("name").textContent = settings.name;
element("name").hidden = !settings.name;
element("simulated").hidden = !settings.simulated;
window.addEventListener("hashchange", () => { takeToken(); location.reload(); });
takeToken();
follow();
