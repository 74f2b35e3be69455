/** Talking to the server: pressing a button, and the live picture of the phone. */
import { pageData } from "./dom.js";

/** No event for so long means that the connection is dead, whatever the browser believes. */
const heartbeatTimeoutMs = 40_000;
const minRetryMs = 1000;
const maxRetryMs = 8000;

/**
 * @param {string} path below the handset's own
 * @param {object} body
 */
export const postAction = (path, body) => post(`${pageData("base")}/${path}`, body);

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
    const result = await response.json();
    return response.ok ? result : { error: result.message ?? "The server could not do this." };
  } catch {
    return { error: "The server cannot be reached. Try again in a moment." };
  }
}

/**
 * @typedef {object} Listener
 * @property {(snapshot: import("../events.ts").HandsetSnapshot) => void} onSnapshot
 * @property {(connected: boolean) => void} onConnectionChange
 * @property {() => void} onGone the handset is not there any more
 */

/**
 * Keeps the picture live: the browser reconnects by itself when a connection breaks, and we do when the
 * server refuses or falls silent. A page that nobody sees gives its connection back to those that are seen.
 * @param {Listener} listener
 */
export function watchHandset({ onSnapshot, onConnectionChange, onGone }) {
  /** @type {EventSource | null} */
  let source = null;
  let retryMs = minRetryMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  function resetTimeout() {
    clearTimeout(timer);
    timer = setTimeout(reconnect, heartbeatTimeoutMs);
  }

  function reconnect() {
    source?.close();
    source = null;
    onConnectionChange(false);
    clearTimeout(timer);
    timer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, maxRetryMs);
  }

  function connect() {
    if (document.hidden) return;
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`${pageData("base")}/events`);
    resetTimeout();
    source.addEventListener("state", (event) => {
      retryMs = minRetryMs;
      resetTimeout();
      onConnectionChange(true);
      onSnapshot(JSON.parse(event.data));
    });
    source.addEventListener("beat", resetTimeout);
    source.addEventListener("gone", () => {
      source?.close();
      clearTimeout(timer);
      onGone();
    });
    source.addEventListener("error", () => {
      onConnectionChange(false);
      if (source?.readyState === EventSource.CLOSED) reconnect();
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
