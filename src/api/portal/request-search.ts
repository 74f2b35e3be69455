/**
 * Finds the requests of a developer's applications, in the request logs of all markets.
 *
 * A page is merged from the newest rows of each log: as many as the page has, without their texts. Only the texts of the
 * page's rows are read.
 */
import { Type } from "typebox";
import { plainText } from "../../core/fields.ts";
import { marketNames, markets, type Market } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import { object, stringEnum, type Value } from "../../core/schema.ts";
import { parseTimestamp } from "../../core/timestamps.ts";
import {
  findRequestRows,
  readTexts,
  type RequestFilter,
  type StoredRequest,
} from "../../developers/request-log/reader.ts";
import { protocolNames } from "../../protocols/protocol.ts";
import { readDeveloperApplications, type ApplicationRow } from "../../store/main/applications.ts";
import type { LogRow } from "../../store/request-log/read-rows.ts";
import { ApiError } from "../api-error.ts";
import { findNamedId } from "../control/find-named-id.ts";
import { noSuchApplication } from "./own-objects.ts";
import type { DeveloperContext } from "./route.ts";

type Context = Pick<DeveloperContext, "deps" | "developer">;

/** What the pages put into their own addresses, too. */
export const requestFilters = {
  market: stringEnum(marketNames, { description: "Only requests to this market." }),
  application: Type.String({
    pattern: "^[0-9]{1,18}$",
    description: "Only requests of your application with this number.",
  }),
  key: Type.String({ pattern: "^[0-9]{1,18}$", description: "Only requests with this credential." }),
  protocol: stringEnum(protocolNames, { description: "Only this protocol." }),
  call: plainText("Only this call.", 60, ["c2bSingle"]),
  code: plainText("Only responses with this code.", 40, ["INS-6"]),
  status: Type.String({ pattern: "^[1-5][0-9][0-9]$", description: "Only this HTTP status." }),
  name: plainText("Only requests with this reference, or this id of the platform.", 100),
  msisdn: Type.String({ pattern: "^[0-9]{9,20}$", description: "Only requests for this customer." }),
  from: plainText("Only requests at or after this time, in ISO 8601.", 40),
  until: plainText("Only requests before this time, in ISO 8601.", 40),
};

export const requestQuery = object(
  {},
  {
    ...requestFilters,
    before: Type.String({ pattern: "^[0-9a-f]{32}$", description: "The `next` of the previous page." }),
    limit: Type.String({ pattern: "^([1-9][0-9]?|1[0-9][0-9]|200)$", description: "1 to 200; default 50." }),
  },
);

export type RequestQuery = Value<typeof requestQuery>;

/** A request with the market whose log has it; null for a path without a known market. */
export type OwnRow = LogRow & { readonly market: Market | null };
export type OwnRequest = StoredRequest & { readonly market: Market | null };

export interface OwnRows {
  readonly rows: readonly OwnRow[];
  readonly applications: ReadonlyMap<bigint, ApplicationRow>;
  /** Whether older ones match, too. */
  readonly hasMore: boolean;
}

/** The newest rows before `before`. Throws 404 for an application of another developer, 400 for an invalid time. */
export async function findOwnRows(
  context: Context,
  query: RequestQuery,
  { before, limit }: { readonly before: bigint | null; readonly limit: number },
): Promise<OwnRows> {
  const applications = await readOwnApplications(context);
  const wanted = query.application === undefined ? [...applications.keys()] : [BigInt(query.application)];
  if (wanted.some((id) => !applications.has(id))) throw new ApiError(404, noSuchApplication);
  const filter = toFilter(query, wanted, before, limit + 1);
  const byLog =
    wanted.length === 0
      ? []
      : await Promise.all(selectLogs(query).map((market) => findRowsOfLog(context, market, filter)));
  const rows = byLog.flat().toSorted((a, b) => Number(b.requestId - a.requestId));
  return { rows: rows.slice(0, limit), applications, hasMore: rows.length > limit };
}

async function findRowsOfLog({ deps }: Context, market: Market | null, filter: RequestFilter) {
  const namedId = filter.name === null ? null : await findNamedIdByPortal({ deps }, market, filter.name);
  const namedIds = namedId === null ? [] : [namedId];
  const rows = await findRequestRows(deps.findRequestLog(market), { ...filter, namedIds });
  return rows.map((row) => ({ ...row, market }));
}

/** What a name means in a market, read by the portal's pool. */
function findNamedIdByPortal({ deps }: Pick<Context, "deps">, market: Market | null, name: string) {
  const { publicIds, payments } = deps.sandbox;
  const byPortal = (each: Market) => {
    const ofMarket = payments(each);
    return { ...ofMarket, context: { ...ofMarket.context, sql: deps.rail(railFor("sandbox", each)) } };
  };
  return findNamedId({ publicIds, payments: byPortal }, market, name);
}

/** Adds the texts of rows, in their order. */
export async function readOwnTexts({ deps }: Context, rows: readonly OwnRow[]): Promise<OwnRequest[]> {
  const byMarket = Map.groupBy(rows, ({ market }) => market);
  const stored = await Promise.all(
    [...byMarket].map(async ([market, ofMarket]) =>
      (await readTexts(deps.findRequestLog(market), ofMarket)).map((row) => ({ ...row, market })),
    ),
  );
  return stored.flat().toSorted((a, b) => Number(b.requestId - a.requestId));
}

export async function readOwnApplications({
  deps,
  developer,
}: Context): Promise<ReadonlyMap<bigint, ApplicationRow>> {
  const rows = await readDeveloperApplications(deps.main, "sandbox", developer.id);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The logs that can have what the query names. */
function selectLogs({ market, msisdn }: RequestQuery): readonly (Market | null)[] {
  const named = market === undefined ? [null, ...marketNames] : [market];
  if (msisdn === undefined) return named;
  return named.filter((each) => each === null || msisdn.startsWith(markets[each].prefix));
}

function toFilter(
  query: RequestQuery,
  applicationIds: readonly bigint[],
  before: bigint | null,
  limit: number,
): RequestFilter {
  return {
    before,
    from: toTime("from", query.from),
    until: toTime("until", query.until),
    environment: "sandbox",
    applicationIds,
    credentialId: query.key === undefined ? null : BigInt(query.key),
    protocol: query.protocol ?? null,
    operation: query.call ?? null,
    code: query.code ?? null,
    httpStatus: query.status === undefined ? null : Number(query.status),
    reference: null,
    name: query.name ?? null,
    namedIds: [],
    msisdn: query.msisdn ?? null,
    limit,
  };
}

function toTime(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const time = parseTimestamp(text);
  if (time === null) throw new ApiError(400, `${name} is not a time in ISO 8601.`);
  return time;
}

/** The id of a cursor. Throws 400 for a text that is none. */
export function decodeCursor({ deps }: Pick<Context, "deps">, text: string): bigint {
  const id = deps.sandbox.publicIds.decode(text);
  if (id === null) throw new ApiError(400, "before is not a ConversationID.");
  return id;
}
