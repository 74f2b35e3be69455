/** The errors of a developer's applications by their cause, from the roll-ups of the request logs. */
import { Type } from "typebox";
import { msPerDay, msPerHour, msPerMinute } from "../../core/clock.ts";
import { marketNames } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { protocolNames, type ProtocolName } from "../../protocols/protocol.ts";
import { findProtocol } from "../../protocols/registry.ts";
import { readErrorGroups, type RollupSpan } from "../../store/request-log/activity.ts";
import { getCallTitle } from "./request-response.ts";
import { readOwnApplications } from "./request-search.ts";
import { defineRoute } from "./route.ts";

const maxGroups = 200;

const spanNames = ["hour", "day", "week", "month"] as const;
type SpanName = (typeof spanNames)[number];

/** The resolution of the roll-ups, and how far a span reaches back. */
const spans = {
  hour: { resolution: 1, ms: msPerHour },
  day: { resolution: 1, ms: msPerDay },
  week: { resolution: 60, ms: 7 * msPerDay },
  month: { resolution: 1440, ms: 30 * msPerDay },
} as const satisfies Record<SpanName, { resolution: RollupSpan["resolution"]; ms: number }>;

const text = Type.String();
const at = Type.String({ description: "Wall time, as ISO 8601." });

const errorGroup = object({
  market: nullable(Type.String({ description: "Null for paths without a known market." })),
  application: object({ id: text, name: text }),
  protocol: object({ name: stringEnum(protocolNames), title: text }),
  call: object({ name: text, title: text }),
  code: text,
  httpStatus: Type.Integer(),
  requests: Type.Integer({ description: "How many requests got it in the span." }),
  firstAt: at,
  lastAt: at,
});

export const errorRoutes = [
  defineRoute({
    method: "GET",
    path: "/errors",
    summary:
      "Lists the error responses to your applications by application, call and code, the most frequent first. The first and the last time are exact to a minute within a day, else to an hour or a day.",
    query: object({}, { span: stringEnum(spanNames, { description: "How far back; default `day`." }) }),
    status: 200,
    response: object({
      since: at,
      precisionMinutes: Type.Integer(),
      errors: Type.Array(errorGroup, { maxItems: maxGroups }),
    }),
    async handle({ query }, context) {
      const { deps } = context;
      await deps.sandbox.flushRequestLog();
      const { resolution, ms } = spans[query.span ?? "day"];
      const minutes = Math.floor((Date.now() - ms) / msPerMinute);
      const since = minutes - (minutes % resolution);
      const applications = await readOwnApplications(context);
      const ids = [...applications.keys()];
      const logs = [null, ...marketNames];
      const byLog = await Promise.all(
        logs.map(async (market) => {
          const { sql } = deps.findRequestLog(market);
          const groups = await readErrorGroups(sql, ids, { resolution, since }, maxGroups);
          return groups.map((group) => ({ ...group, market }));
        }),
      );
      const groups = byLog.flat().toSorted((a, b) => Number(b.requests - a.requests));
      return {
        since: toTime(since),
        precisionMinutes: resolution,
        errors: groups.slice(0, maxGroups).map((group) => {
          const protocol = group.protocol as ProtocolName;
          return {
            market: group.market,
            application: {
              id: group.applicationId.toString(),
              name: applications.get(group.applicationId)?.name ?? "",
            },
            protocol: { name: protocol, title: findProtocol(protocol)?.title ?? protocol },
            call: { name: group.operation, title: getCallTitle(protocol, group.operation) },
            code: group.code,
            httpStatus: group.httpStatus,
            requests: Number(group.requests),
            firstAt: toTime(group.firstAt),
            lastAt: toTime(group.lastAt),
          };
        }),
      };
    },
  }),
] as const;

const toTime = (minutes: number): string => new Date(minutes * msPerMinute).toISOString();
