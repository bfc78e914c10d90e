"use strict";
// Shows the camera, and sends its pictures to the station while that asks for them; nothing is kept.

const { words, settings } = JSON.parse(document.getElementById("data").textContent);
const element = (id) => document.getElementById(id);
const video = element("video"), action = element("action"), cameras = element("cameras");

const FRAME_MS = 66; // at most 15 frames a second
const SILENT_MS = 10000; // the station is heard every 2 s
const RETRY_MS = 2000;
const GIVE_UP_MS = 60000;
const LEAVING_MS = 1000; // the page that was here before, reloaded perhaps, may still be leaving
const MOST_PIXELS = 4000000;
const QUALITY = 0.92;
const REFUSED_SAID_AFTER = 10; // frames in a row

takeToken();
let camera = null; // the stream of the camera while it is on
let session = null; // { credential, sealing, wanted, ending: AbortController } while connected
let generation = 0; // whatever was begun before the last start or stop is void

function say(key, kind = "") {
  const status = element("status");
  status.className = `status ${kind}`;
  if (status.textContent !== words[key]) status.textContent = words[key];
  status.dataset.state = key;
}

function offer(key, doing) {
  action.hidden = key === null;
  if (key === null) return;
  action.textContent = words[key];
  action.onclick = doing;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function stop(key, kind, offered = null, doing = start) {
  generation += 1;
  session?.ending.abort();
  session = null;
  for (const track of camera?.getTracks() ?? []) track.stop();
  camera = null;
  video.srcObject = null;
  video.hidden = true;
  say(key, kind);
  offer(offered, doing);
}

// The camera

const FAILURES = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "none", OverconstrainedError: "none",
  NotReadableError: "in_use", AbortError: "in_use",
};

async function start(takeOver = false) {
  stop("starting", "");
  const mine = generation;
  const wanted = { width: { ideal: 1920 }, height: { ideal: 1080 } };
  if (cameras.value) wanted.deviceId = { exact: cameras.value };
  else wanted.facingMode = "user";
  let opened;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    if (mine === generation) stop(FAILURES[error.name] ?? "in_use", "wrong", "retry");
    return;
  }
  if (mine !== generation) {
    for (const track of opened.getTracks()) track.stop();
    return;
  }
  camera = opened;
  const [track] = camera.getVideoTracks();
  track.addEventListener("ended", () => { if (mine === generation) stop("unplugged", "wrong", "retry"); });
  video.srcObject = camera;
  video.hidden = false;
  await video.play().catch(() => {});
  await listCameras(track.getSettings().deviceId);
  if (mine === generation) await connect(mine, takeOver);
}

async function listCameras(chosen) {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const found = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
  cameras.replaceChildren(...found.map((device, index) => {
    const name = device.label || words.camera.replace("{number}", index + 1);
    return new Option(name, device.deviceId, false, device.deviceId === chosen);
  }));
  element("choice").hidden = found.length < 2;
}

// The station

async function connect(mine, takeOver) {
  const begunAt = performance.now();
  let heardAt = begunAt;
  say("connecting");
  while (mine === generation) {
    const ending = new AbortController();
    const silence = setTimeout(() => ending.abort(), SILENT_MS);
    try {
      const met = await meet();
      if (mine !== generation) return;
      if (met === null) return stop("expired", "wrong", "retry");
      const answer = await post("session", met.credential, takeOver ? "take_over" : "", ending.signal);
      clearTimeout(silence);
      if (mine !== generation) return ending.abort();
      if (answer.status === 409 && performance.now() - begunAt > LEAVING_MS) {
        return stop("occupied", "wrong", "take_over", () => start(true));
      }
      if (answer.ok) {
        session = { ...met, wanted: false, sending: false, ending };
        if (await listen(mine, session, answer.body.getReader())) return;
        heardAt = performance.now();
      }
    } catch { /* not there, or gone: tried again */ } finally { clearTimeout(silence); }
    if (mine !== generation) return;
    session = null;
    ending.abort();
    if (performance.now() - heardAt > GIVE_UP_MS) return stop("given_up", "wrong", "retry");
    if (performance.now() - begunAt < LEAVING_MS) {
      await pause(LEAVING_MS / 4);
    } else {
      say("lost", "wrong");
      await pause(RETRY_MS);
    }
    if (mine === generation) forget();
  }
}

// Follows what the station says; returns whether that was the end of this page's part.
async function listen(mine, own, reader) {
  const decoder = new TextDecoder();
  let rest = "", silence = 0;
  try {
    for (;;) {
      clearTimeout(silence);
      silence = setTimeout(() => own.ending.abort(), SILENT_MS);
      const { value, done } = await reader.read();
      if (mine !== generation) return true;
      if (done) return false;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop();
      for (const said of lines.map((line) => JSON.parse(line))) {
        if (said.ended === "taken_over") { stop("taken_over", "wrong", "take_over", () => start(true)); return true; }
        if (said.ended) return false;
        if (said.wanted !== undefined) wantFrames(mine, own, said.wanted);
      }
    }
  } finally {
    clearTimeout(silence);
  }
}

function wantFrames(mine, own, wanted) {
  own.wanted = wanted;
  sayWhatIsSent();
  if (wanted && !own.sending) sendFrames(mine, own);
}

function sayWhatIsSent() {
  if (!session) return;
  if (session.wanted) say("sending", "active");
  else say("ready", "good");
}

async function sendFrames(mine, own) {
  const canvas = document.createElement("canvas");
  let shownAt = -1, refused = 0;
  own.sending = true;
  while (mine === generation && own === session && own.wanted) {
    const begun = performance.now();
    if (video.videoWidth && video.currentTime !== shownAt) { // a picture that stands still is not sent again
      shownAt = video.currentTime;
      const status = await sendFrame(own, canvas).catch(() => 0);
      if (status === 409 || status === 0) return own.ending.abort();
      refused = status === 204 ? 0 : refused + 1;
      if (refused === REFUSED_SAID_AFTER) say("refused", "wrong");
      else if (refused === 0 && element("status").dataset.state === "refused") sayWhatIsSent();
    }
    await pause(Math.max(5, FRAME_MS - (performance.now() - begun)));
  }
  own.sending = false;
}

async function sendFrame(own, canvas) {
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (video.videoWidth * video.videoHeight)));
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return (await post("frame", own.credential, await seal(own.sealing, picture), own.ending.signal)).status;
}

// The page

async function begin() {
  const other = element("other-language");
  other.href = `/?language=${settings.other_language}`;
  other.lang = other.hreflang = settings.other_language;
  other.hidden = false;
  element("simulated").hidden = !settings.simulated;
  if (!navigator.mediaDevices?.getUserMedia) return say("unsupported", "wrong");
  if (!token) return say("expired", "wrong");
  window.addEventListener("hashchange", () => { takeToken(); location.reload(); });
  window.addEventListener("pagehide", () => stop("waiting", "", "start"));
  cameras.addEventListener("change", () => start());
  navigator.mediaDevices.addEventListener("devicechange", () => listCameras(cameras.value));
  say("waiting");
  offer("start", () => start());
  // Where the browser was allowed before, nobody has to click again: a station's page comes back by itself.
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted") await start();
}

begin();
