/** The session: who is signed in, and what this server offers them. */
import { Type } from "typebox";
import { marketNames, markets } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { canSendMail } from "./account-fields.ts";
import { definePublicRoute } from "./route.ts";

const sessionResponse = object({
  developer: nullable(
    object({
      id: Type.String(),
      email: Type.String(),
      name: Type.String(),
      phone: nullable(Type.String({ description: "The confirmed number." })),
      hasSession: Type.Boolean({ description: "Whether there is a session to sign out of." }),
      isLocal: Type.Boolean({ description: "The sandbox's own developer, in a browser on this machine." }),
    }),
  ),
  canRegister: Type.Boolean({ description: "Whether people may register here." }),
  hasMailbox: Type.Boolean({ description: "Whether mails are on the page `/mailbox`." }),
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
    async handle(_request, { deps, developer, request }) {
      const canRegister = canSendMail(request, deps);
      return {
        developer:
          developer === null
            ? null
            : {
                id: developer.id.toString(),
                email: developer.email,
                name: developer.name,
                phone: developer.phone,
                hasSession: developer.sessionId !== null,
                isLocal: developer.isLocal,
              },
        canRegister,
        hasMailbox: canRegister && !deps.accounts.mailer.sendsBySmtp,
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
