/**
 * The events of the server: one stream for all parts of a tab. It is released while the page is hidden or nothing listens,
 * and a new one begins when the page is visible again.
 *
 * An event says that there is something new. What it is, the listeners read themselves, so that a stream that was
 * interrupted loses nothing.
 */
const listeners = new Set<() => void>();
const retryMs = 3000;

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Calls the listener for news, and when the stream begins. Returns the function that stops that. */
export function watchEvents(listener: () => void): () => void {
  listeners.add(listener);
  adjust();
  return () => {
    listeners.delete(listener);
    adjust();
  };
}

function adjust(): void {
  const isNeeded = listeners.size > 0 && document.visibilityState === "visible";
  if (!isNeeded) {
    clearTimeout(retry);
    source?.close();
    source = null;
  } else if (source === null) {
    begin();
  }
}

function begin(): void {
  clearTimeout(retry);
  const stream = new EventSource("/portal/api/events");
  source = stream;
  const notify = (): void => {
    for (const listener of listeners) listener();
  };
  stream.addEventListener("open", notify);
  stream.addEventListener("requests", notify);
  stream.addEventListener("error", () => {
    // The browser connects again by itself, unless the server refused the stream.
    if (stream.readyState !== EventSource.CLOSED || source !== stream) return;
    source = null;
    retry = setTimeout(adjust, retryMs);
  });
}

document.addEventListener("visibilitychange", adjust);
