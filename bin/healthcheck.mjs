/**
 * The container's health check: exits with 0 if the server is ready, and with 1 if not. The image then needs no other
 * HTTP client. It reads PORT and HOST as the server does.
 */

/** An empty setting counts as unset. */
const setting = (name, defaultValue) => (process.env[name]?.trim() ? process.env[name].trim() : defaultValue);
const wildcards = new Map([
  ["0.0.0.0", "127.0.0.1"],
  ["::", "[::1]"],
]);
const host = setting("HOST", "127.0.0.1");
const address = wildcards.get(host) ?? (host.includes(":") ? `[${host}]` : host);

try {
  const url = `http://${address}:${setting("PORT", "8080")}/health/ready`;
  const { status } = await fetch(url, { signal: AbortSignal.timeout(4000) });
  if (status !== 200) throw new Error(`HTTP ${status}`);
} catch (error) {
  console.error(`not ready: ${error.cause?.code ?? error.message}`);
  process.exitCode = 1;
}
