/** The requests of a developer's applications, their payments, and what one of them sent and got. */
import { Type } from "typebox";
import { marketNames } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { findProtocol } from "../../protocols/registry.ts";
import { protocolNames } from "../../protocols/protocol.ts";
import { ApiError } from "../api-error.ts";
import { createCsvStream } from "./requests-csv.ts";
import { requestDetails, requestSummary, toSummaries } from "./request-response.ts";
import { noSuchRequest, readOwnRequest } from "./own-request.ts";
import { decodeCursor, findOwnRows, readOwnTexts, requestFilters, requestQuery } from "./request-search.ts";
import { defineRoute } from "./route.ts";

const page = object({
  requests: Type.Array(requestSummary),
  next: nullable(Type.String({ description: "Pass it as `before` to get the next page; null on the last." })),
});

export const requestRoutes = [
  defineRoute({
    method: "GET",
    path: "/requests",
    summary: "Lists the requests of your applications to the sandbox, newest first.",
    query: requestQuery,
    status: 200,
    response: page,
    async handle({ query }, context) {
      await context.deps.sandbox.flushRequestLog();
      const before = query.before === undefined ? null : decodeCursor(context, query.before);
      const limit = Number(query.limit ?? 50);
      const { rows, applications, hasMore } = await findOwnRows(context, query, { before, limit });
      const requests = await toSummaries(
        { deps: context.deps, applications },
        await readOwnTexts(context, rows),
      );
      return { requests, next: hasMore ? (requests.at(-1)?.conversationId ?? null) : null };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/requests/{conversation}",
    summary:
      "Returns one request of your applications, with what it sent and what it got. Without a market: a request whose path named none.",
    query: object({}, { market: requestFilters.market }),
    status: 200,
    response: requestDetails,
    errors: { 404: noSuchRequest },
    async handle({ params: { conversation }, query: { market } }, context) {
      const { publicIds, flushRequestLog } = context.deps.sandbox;
      await flushRequestLog();
      const id = publicIds.decode(conversation);
      const request = id === null ? null : await readOwnRequest(context, market ?? null, id);
      if (request === null) throw new ApiError(404, noSuchRequest);
      return request;
    },
  }),

  defineRoute({
    method: "GET",
    path: "/request-filters",
    summary: "Returns the protocols and calls that requests can be filtered by.",
    status: 200,
    response: object({
      protocols: Type.Array(
        object({
          name: stringEnum(protocolNames),
          title: Type.String(),
          markets: Type.Array(stringEnum(marketNames)),
          calls: Type.Array(object({ name: Type.String(), title: Type.String() })),
        }),
      ),
    }),
    async handle() {
      const protocols = protocolNames.flatMap((name) => findProtocol(name) ?? []);
      return {
        protocols: protocols.map(({ name, title, markets, operations }) => ({
          name,
          title,
          markets: [...markets],
          calls: operations.map((call) => ({ name: call.name, title: call.title })),
        })),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/requests.csv",
    summary: "Exports the requests of your applications as CSV, newest first.",
    query: object({}, requestFilters),
    status: 200,
    contentType: "text/csv",
    errors: { 429: "Another export is running." },
    async handle({ query }, context, reply) {
      await context.deps.sandbox.flushRequestLog();
      const stream = await createCsvStream(context, query);
      return reply
        .type("text/csv; charset=utf-8")
        .header("content-disposition", 'attachment; filename="requests.csv"')
        .send(stream) as never;
    },
  }),
] as const;
