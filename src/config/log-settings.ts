/** Settings of the request log, the metrics and the server's log. */
import { msPerHour } from "../core/clock.ts";
import * as parsers from "./parsers.ts";
import type { Setting } from "./setting.ts";

export const logSettings = {
  REQUEST_LOG_RETENTION: {
    default: "7d",
    description: "How long the request log is stored, at least `1h`.",
    rationale: "Long enough to debug a problem of last week, and limits the disk usage.",
    parse: parsers.duration(msPerHour),
  },
  REQUEST_LOG_MAX_BYTES: {
    default: "2147483648",
    description:
      "The size of the request log of each rail, in bytes, at least `16777216` (16 MiB); the oldest requests are dropped " +
      "before it is exceeded. `0` stores no requests.",
    rationale: "About ten million payments; the logs of twelve rails then need at most 24 GiB.",
    parse: parsers.byteCount(16 * 1024 * 1024),
  },
  METRICS_TOKEN: {
    default: null,
    description:
      "The bearer token for `/metrics`, at least 16 characters. If not set, only this machine may read metrics.",
    rationale: "Volumes and latencies are confidential.",
    parse: parsers.token,
  },
  PUBLIC_URL: {
    default: null,
    description: "The public URL of this server, shown in `sandbox.json` and on the front page.",
    rationale: "If not set, the listening address is shown, which is correct without a proxy.",
    parse: parsers.webUrl,
  },
  LOG_LEVEL: {
    default: "info",
    description: "The log level: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.",
    rationale: "Logs what an operator needs to know, and nothing for normal requests.",
    parse: parsers.choice("fatal", "error", "warn", "info", "debug", "trace", "silent"),
  },
} as const satisfies Record<string, Setting<unknown>>;
