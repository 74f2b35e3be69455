/**
 * Whether the server of this container is ready: exit code 0 if it is, 1 if not. For health checks, which then need
 * no program beside those that are there. It reads PORT and HOST as the server does.
 */

/** An empty setting counts as none. */
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
  if (status !== 200) throw new Error(`it answered ${status}`);
} catch (error) {
  console.error(`not ready: ${error.cause?.code ?? error.message}`);
  process.exitCode = 1;
}
