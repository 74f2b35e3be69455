/** Status: which server this is, and what time the sandbox has. */
import { environments } from "../money.ts";
import { moment } from "./fields.ts";
import { route } from "./route.ts";
import { list, object, text } from "./schema.ts";

export const statusRoutes = [
  route({
    method: "GET",
    path: "/status",
    does: "Tells the server's version, its environments, and the time of the sandbox's business clock.",
    status: 200,
    answers: object({ version: text({ examples: ["0.1.0"] }), environments: list(text({})), now: moment }),
    async handle(_asked, { version, clock }) {
      return { version, environments, now: new Date(clock.now()).toISOString() };
    },
  }),
];
