/** Settings of the server: ports, certificates, folders, databases, connections and how it stops. */
import { msPerSecond } from "../core/clock.ts";
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const serverSettings = {
  PORT: {
    default: "8080",
    description:
      "The port for HTTP. `0` selects a free one, which the server prints and writes to `sandbox.json`.",
    rationale: "A common port for a local development server.",
    parse: parsers.port,
  },
  HTTPS_PORT: {
    default: "8443",
    description: "The port for HTTPS. `0` selects a free one, `off` disables HTTPS.",
    rationale: "On, because many M-Pesa clients support only TLS.",
    parse: parsers.portOrOff,
  },
  HTTPS_CERT: {
    default: null,
    description:
      "A PEM file with your own certificate, followed by its chain. Requires `HTTPS_KEY`. Without both, the server uses " +
      "a certificate from a local authority; clients can trust `DATA_DIR/ca.pem`.",
    rationale: "A publicly trusted certificate needs a public host name.",
    parse: parsers.path,
  },
  HTTPS_KEY: {
    default: null,
    description: "A PEM file with the private key of `HTTPS_CERT`.",
    rationale: "As for `HTTPS_CERT`.",
    parse: parsers.path,
  },
  CERTIFICATE_NAMES: {
    default: "",
    description:
      "Host names that the certificate of the local authority also has, separated by commas, such as " +
      "`sandbox.safaricom.co.ke,openapi.m-pesa.com`: for clients that have M-Pesa's host names built in " +
      "(docs/existing-clients.md). After a change, the next start issues a new certificate of the same authority. Cannot be " +
      "used with `HTTPS_CERT`.",
    rationale: "A certificate should have no names that its server does not need.",
    parse: parsers.dnsNames,
  },
  HOST: {
    default: "127.0.0.1",
    description: "The address to listen on. `0.0.0.0` or `::` listens on all addresses.",
    rationale: "A sandbox on a laptop should not be reachable from the local network unless you choose that.",
    parse: parsers.hostName,
  },
  DATA_DIR: {
    default: "data",
    description:
      "The folder for persistent data: the embedded PostgreSQL, the keys, `sandbox.json`. Only one server can use it at a " +
      "time.",
    rationale: "In the working directory, where it is easy to find and to delete.",
    parse: parsers.path,
  },
  SANDBOX_CACHE_DIR: {
    default: null,
    description:
      "For tests: a folder in which new sandboxes find a prepared database and prepared data folders, so that they are " +
      "ready in less than a second. Only for a `DATA_DIR` that may be lost: PostgreSQL then does not wait for the disk, so a " +
      "power failure can destroy it. `startSandbox()` of `@pesarail/sdk/testing` sets it for its temporary folders.",
    rationale: "Real data must survive a power failure.",
    parse: parsers.path,
  },
  DATABASE_URL: {
    default: null,
    description:
      "The PostgreSQL database for developers, applications and sessions, and for every rail without its own URL. If not " +
      "set, the server runs an embedded PostgreSQL in `DATA_DIR`.",
    rationale: "One command should be enough to start.",
    parse: parsers.databaseUrl,
  },
  SANDBOX_DATABASE_URL: {
    default: null,
    description: "The database for the sandbox rails, instead of `DATABASE_URL`.",
    rationale: "Sandbox and live can share a database server until there is a reason to separate them.",
    parse: parsers.databaseUrl,
  },
  LIVE_DATABASE_URL: {
    default: null,
    description: "The database for the live rails, instead of `DATABASE_URL`.",
    rationale: "As for `SANDBOX_DATABASE_URL`.",
    parse: parsers.databaseUrl,
  },
  "SANDBOX_DATABASE_URL_<market>": {
    default: null,
    description: "The database for one market's sandbox rail. The most specific URL wins.",
    rationale: "Money never crosses markets, so each rail can be on its own server.",
    parse: parsers.databaseUrl,
  },
  "LIVE_DATABASE_URL_<market>": {
    default: null,
    description: "The database for one market's live rail. The most specific URL wins.",
    rationale: "As for the sandbox. This is how to scale beyond one database server.",
    parse: parsers.databaseUrl,
  },
  TRUSTED_PROXIES: {
    default: "",
    description:
      "IP addresses and ranges of your proxies, separated by commas. The server accepts forwarded headers only from " +
      "these.",
    rationale: "Trusted sources are checked by IP address, and any client can send a forwarded header.",
    parse: parsers.addressRanges,
  },
  MAX_CONNECTIONS: {
    default: "5000",
    description:
      "How many clients may be connected at the same time, on all ports together. At most half of the process's open " +
      "files limit, because databases and callbacks need descriptors too. If a further client connects, the source with " +
      "the most connections loses an idle one.",
    rationale: "Takes about 250 MB with TLS, and leaves room for callers that wait for a customer.",
    parse: parsers.count(1, 1_000_000),
  },
  MAX_CONNECTIONS_PER_SOURCE: {
    default: "2000",
    description:
      "How many connections, and requests at the same time, one source may have: an IPv4 address or a /64 network of IPv6. " +
      "A /48 network may have four times as many. Event streams and requests that wait count as well. Addresses in " +
      "`TRUSTED_PROXIES` have no limit of their own. A source at its limit loses its longest idle connection: one on " +
      "which no request succeeded, or that was idle for ten seconds. If there is none, the new one is closed. At most half of `MAX_CONNECTIONS`.",
    rationale:
      "A merchant's server rarely has more than 100, but some clients open a connection for every call at once. Raise it for " +
      "merchants that wait for many customers.",
    parse: parsers.count(1, 1_000_000),
  },
  MAX_FAILURES_PER_SOURCE: {
    default: "1000",
    description:
      "How many requests per second of one source may fail with status 401, 403, 404, 405, 421 or 429. Above that, the " +
      "server reads each of its failing connections only four times a second. Connections whose requests succeed are not " +
      "slowed down. While the server is busy, a twentieth of this is the limit for all requests on connections on which no " +
      "request with an Authorization header has succeeded, and they are read once a second.",
    rationale: "No client needs so many, and this many take a fifth of a processor core.",
    parse: parsers.count(1, 1_000_000),
  },
  STOP_DELAY: {
    default: "1s",
    description:
      "After SIGTERM or SIGINT: how long the server still accepts connections while `/health/ready` responds with 503, and " +
      "how long a connection must then be idle before it is closed. Set it to more than the interval in which your load " +
      "balancer checks `/health/ready`. If no client was connected in the last second, the server does not wait.",
    rationale: "Long enough for clients that are connected, and short enough for a developer.",
    parse: parsers.duration(),
  },
  STOP_TIMEOUT: {
    default: "30s",
    description:
      "The process ends at most this long after SIGTERM or SIGINT, whatever clients, listeners and databases do. Half of " +
      "it is for requests on their way. Must be more than `STOP_DELAY`.",
    rationale: "Orchestrators kill a process that takes longer, usually after 30 s or more.",
    parse: parsers.duration(msPerSecond),
  },
  SECRET_KEY: {
    default: null,
    description:
      "The key that encrypts stored secrets: 32 bytes, as 64 hexadecimal digits or in base64. Servers that share a " +
      "database need the same key. If not set, the server creates a key in `DATA_DIR/secret.key`.",
    rationale:
      "A single server can create its own key. If the key is lost, the secrets that it encrypts are lost too.",
    parse: parsers.secretKey,
  },
} as const satisfies Record<string, Setting<unknown>>;
