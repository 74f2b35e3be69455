/** HTTP calls to the server: actions, and the event stream of the handset. */
import { pageData } from "./dom.js";
import { words } from "./words.js";

/** Without an event for this long, the connection is treated as lost. */
const heartbeatTimeoutMs = 40_000;
const minRetryMs = 1000;
const maxRetryMs = 8000;

/**
 * @param {string} path below the handset's own
 * @param {object} body
 */
export const postAction = (path, body) => post(`${pageData("base")}/${path}`, body);

/**
 * Posts JSON. If the server refuses, `error` is a message for the user.
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
    return response.ok ? result : { error: result.message ?? words.serverRefused };
  } catch {
    return { error: words.serverUnreachable };
  }
}

/**
 * @typedef {object} Listener
 * @property {(snapshot: import("../events.ts").HandsetSnapshot) => void} onSnapshot
 * @property {(connected: boolean) => void} onConnectionChange
 * @property {() => void} onGone the handset does not exist any more
 */

/**
 * Keeps the event stream open. The browser reconnects when a connection breaks; this function reconnects when the server
 * refuses the stream or sends nothing. A hidden page closes its stream, so that visible pages have enough connections.
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
  // A page restored from the back/forward cache has lost its connection.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
  connect();
}
