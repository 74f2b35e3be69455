/** The events of the workspace's pages. */
import { defineRoute } from "./route.ts";

export const eventRoutes = [
  defineRoute({
    method: "GET",
    path: "/events",
    summary: "Streams an event, without content, whenever your applications have made requests.",
    waits: true,
    status: 200,
    contentType: "text/event-stream",
    errors: { 429: "Too many streams of this client.", 503: "Too many streams." },
    handle: (_request, context, reply) =>
      context.deps.events.start(context.developer.id, context.request, reply),
  }),
] as const;
