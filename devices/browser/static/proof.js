"use strict";
// Lets the station prove that it knows the token of this page's address, before anything is sent to it. Another program
// may listen at the port once the station does not.

const HELLO_MS = 5000;
const text = new TextEncoder();
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

let token = "";

function takeToken() {
  if (location.hash.length > 1) {
    sessionStorage.setItem("token", location.hash.slice(1));
    history.replaceState(null, "", location.pathname + location.search);
  }
  token = sessionStorage.getItem("token") || "";
}

// Where the station is not, whoever serves this page when it is reloaded shall find no token.
const forget = () => sessionStorage.removeItem("token");

// Returns how this page proves itself and seals pictures, null where the other side does not know the token. Fails where
// nobody answers.
async function meet() {
  const page = hex(crypto.getRandomValues(new Uint8Array(32)));
  const signal = AbortSignal.timeout(HELLO_MS);
  const answer = await fetch("hello", { method: "POST", body: page, signal, cache: "no-store", redirect: "error" });
  if (!answer.ok) throw new Error(answer.status);
  const { nonce, proof } = await answer.json();
  const key = await crypto.subtle.importKey("raw", text.encode(token), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const made = (who) => crypto.subtle.sign("HMAC", key, text.encode([who, location.port || "80", page, nonce].join("|")));
  if (hex(await made("station")) !== proof) {
    forget();
    return null;
  }
  sessionStorage.setItem("token", token);
  const sealing = await crypto.subtle.importKey("raw", await made("pictures"), "AES-GCM", false, ["encrypt"]);
  return { credential: `${page}.${hex(await made("page"))}`, sealing };
}

async function seal(sealing, picture) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return new Blob([iv, await crypto.subtle.encrypt({ name: "AES-GCM", iv }, sealing, await picture.arrayBuffer())]);
}

function post(path, bearer, body, signal) {
  const headers = { authorization: `Bearer ${bearer}` };
  return fetch(path, { method: "POST", headers, body, signal, cache: "no-store", redirect: "error" });
}
