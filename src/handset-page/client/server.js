/** Talking to the server: pressing a button, and the live picture of the phone. */
import { pageData } from "./dom.js";

/** No event for so long means that the connection is dead, whatever the browser believes. */
const silenceMs = 40_000;
const retryMsLeast = 1000;
const retryMsMost = 8000;

/**
 * @param {string} path below the handset's own
 * @param {object} body
 */
export const press = (path, body) => post(`${pageData("base")}/${path}`, body);

/**
 * Posts JSON. What the server refuses comes back as `error`, in words for a person.
 * @param {string} url
 * @param {object} body
 * @returns {Promise<Record<string, any> & { error?: string }>}
 */
export async function post(url, body) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    return response.ok ? answer : { error: answer.message ?? "The server could not do this." };
  } catch {
    return { error: "The server cannot be reached. Try again in a moment." };
  }
}

/**
 * @typedef {object} Listener
 * @property {(picture: import("../events.ts").Picture) => void} onPicture
 * @property {(connected: boolean) => void} onLink
 * @property {() => void} onGone the handset is not there any more
 */

/**
 * Keeps the picture live: the browser reconnects by itself when a connection breaks, and we do when the
 * server refuses or falls silent. A page that nobody sees gives its connection back to those that are seen.
 * @param {Listener} listener
 */
export function watchPhone({ onPicture, onLink, onGone }) {
  /** @type {EventSource | null} */
  let source = null;
  let retryMs = retryMsLeast;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function alive() {
    clearTimeout(timer);
    timer = setTimeout(again, silenceMs);
  }

  function again() {
    source?.close();
    source = null;
    onLink(false);
    clearTimeout(timer);
    timer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, retryMsMost);
  }

  function connect() {
    if (document.hidden) return;
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`${pageData("base")}/events`);
    alive();
    source.addEventListener("state", (event) => {
      retryMs = retryMsLeast;
      alive();
      onLink(true);
      onPicture(JSON.parse(event.data));
    });
    source.addEventListener("beat", alive);
    source.addEventListener("gone", () => {
      source?.close();
      clearTimeout(timer);
      onGone();
    });
    source.addEventListener("error", () => {
      onLink(false);
      if (source?.readyState === EventSource.CLOSED) again();
    });
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) connect();
    else {
      clearTimeout(timer);
      source?.close();
    }
  });
  // A page that comes back from the browser's memory has lost its connection.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
  connect();
}
