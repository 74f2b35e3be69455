/**
 * Requests as CSV (RFC 4180), streamed in portions, so that the memory holds one portion however long the list is.
 *
 * A text that a spreadsheet would read as a formula gets an apostrophe in front.
 */
import { Readable } from "node:stream";
import { ApiError } from "../api-error.ts";
import { toSummaries, type RequestSummary } from "./request-response.ts";
import { findOwnRows, readOwnTexts, type RequestQuery } from "./request-search.ts";
import type { DeveloperContext } from "./route.ts";

export const maxCsvRows = 100_000;
const rowsPerPortion = 200;
/** Each reads the logs of all markets all the time. */
const maxExports = 3;

const columns: Readonly<Record<string, (request: RequestSummary) => string>> = {
  at: ({ at }) => at,
  market: ({ market }) => market ?? "",
  application: ({ application }) => application.name,
  key: ({ key }) => key?.hint ?? "",
  protocol: ({ protocol }) => protocol.name,
  call: ({ call }) => call.name,
  http_status: ({ httpStatus }) => String(httpStatus),
  code: ({ code }) => code,
  reference: ({ reference }) => reference ?? "",
  customer: ({ msisdn }) => msisdn ?? "",
  amount: ({ amount }) => amount ?? "",
  latency_ms: ({ latencyMs }) => String(latencyMs),
  payment_status: ({ payment }) => payment?.status ?? "",
  conversation_id: ({ conversationId }) => conversationId,
};

let exports = 0;

/** Throws 429 if too many exports are running. */
export function createCsvStream(context: DeveloperContext, query: RequestQuery): Readable {
  if (exports >= maxExports)
    throw new ApiError(429, "Other exports are running. Try again when they have ended.");
  exports += 1;
  const stream = Readable.from(renderPortions(context, query), { objectMode: false });
  stream.once("close", () => (exports -= 1));
  return stream;
}

async function* renderPortions(context: DeveloperContext, query: RequestQuery): AsyncGenerator<string> {
  yield toLine(Object.keys(columns));
  let before: bigint | null = null;
  for (let written = 0; written < maxCsvRows; written += rowsPerPortion) {
    const { rows, applications, hasMore } = await findOwnRows(context, query, {
      before,
      limit: rowsPerPortion,
    });
    const names = { deps: context.deps, applications };
    const requests = await toSummaries(names, await readOwnTexts(context, rows));
    yield requests
      .map((request) => toLine(Object.values(columns).map((getText) => getText(request))))
      .join("");
    before = rows.at(-1)?.requestId ?? null;
    if (!hasMore) return;
  }
}

const toLine = (cells: readonly string[]): string => `${cells.map(formatCell).join(",")}\r\n`;

export function formatCell(text: string): string {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
