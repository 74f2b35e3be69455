/**
 * Requests as CSV (RFC 4180), streamed in portions, so that the memory holds one portion however long the list is.
 *
 * A text that a spreadsheet would read as a formula gets an apostrophe in front.
 */
import { Readable } from "node:stream";
import { msPerMinute } from "../../core/clock.ts";
import { ApiError } from "../api-error.ts";
import { toSummaries, type RequestSummary } from "./request-response.ts";
import { findOwnRows, readOwnTexts, type OwnRows, type RequestQuery } from "./request-search.ts";
import type { DeveloperContext } from "./route.ts";

export const maxCsvRows = 100_000;
const rowsPerPortion = 200;
/** Each reads the logs of all markets all the time. */
const maxExports = 3;
/** A client that reads slowly must not keep others from exporting. */
const maxExportMs = 5 * msPerMinute;

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

/** The developers whose exports are running. */
const running = new Set<bigint>();

/** Throws 429 if an export of the developer, or too many exports are running; and what the first search throws. */
export async function createCsvStream(context: DeveloperContext, query: RequestQuery): Promise<Readable> {
  const { id } = context.developer;
  if (running.has(id) || running.size >= maxExports)
    throw new ApiError(429, "Another export is running. Try again when it has ended.");
  running.add(id);
  try {
    // Before the response begins, so that an invalid filter has an error response.
    const first = await readPortion(context, query, null);
    const stream = Readable.from(renderPortions(context, query, first), { objectMode: false });
    const timer = setTimeout(() => stream.destroy(), maxExportMs).unref();
    stream.once("close", () => {
      clearTimeout(timer);
      running.delete(id);
    });
    return stream;
  } catch (error) {
    running.delete(id);
    throw error;
  }
}

const readPortion = (context: DeveloperContext, query: RequestQuery, before: bigint | null) =>
  findOwnRows(context, query, { before, limit: rowsPerPortion });

async function* renderPortions(
  context: DeveloperContext,
  query: RequestQuery,
  first: OwnRows,
): AsyncGenerator<string> {
  yield toLine(Object.keys(columns));
  let portion = first;
  for (let written = 0; written < maxCsvRows; written += rowsPerPortion) {
    const { rows, applications, hasMore } = portion;
    const names = { deps: context.deps, applications };
    const requests = await toSummaries(names, await readOwnTexts(context, rows));
    yield requests
      .map((request) => toLine(Object.values(columns).map((getText) => getText(request))))
      .join("");
    const last = rows.at(-1);
    if (!hasMore || last === undefined) return;
    portion = await readPortion(context, query, last.requestId);
  }
}

const toLine = (cells: readonly string[]): string => `${cells.map(formatCell).join(",")}\r\n`;

export function formatCell(text: string): string {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
