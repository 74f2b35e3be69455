/** The session: who is signed in, and what this server offers them. */
import { Type } from "typebox";
import { marketNames, markets } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { definePublicRoute } from "./route.ts";

const sessionResponse = object({
  developer: nullable(
    object({
      id: Type.String(),
      email: Type.String(),
      name: Type.String(),
      isLocal: Type.Boolean({ description: "Signed in by the local tools, without a password." }),
    }),
  ),
  localTools: Type.Boolean({ description: "Whether the whole sandbox may be changed here." }),
  version: Type.String(),
  markets: Type.Array(
    object({
      name: stringEnum(marketNames),
      title: Type.String(),
      country: Type.String(),
      currency: Type.String(),
      timeZone: Type.String(),
    }),
  ),
});

export const sessionRoutes = [
  definePublicRoute({
    method: "GET",
    path: "/session",
    summary: "Returns who is signed in, and what this server offers.",
    status: 200,
    response: sessionResponse,
    async handle(_request, { deps, developer }) {
      return {
        developer:
          developer === null
            ? null
            : {
                id: developer.id.toString(),
                email: developer.email,
                name: developer.name,
                isLocal: developer.isLocal,
              },
        localTools: deps.localTools,
        version: deps.version,
        markets: marketNames.map((name) => ({
          name,
          title: markets[name].name,
          country: markets[name].country,
          currency: markets[name].currency,
          timeZone: markets[name].timeZone,
        })),
      };
    },
  }),
] as const;
