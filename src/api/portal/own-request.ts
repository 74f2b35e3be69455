/** Finds one request of a developer's applications. */
import type { Market } from "../../core/markets.ts";
import { readRequest } from "../../developers/request-log/reader.ts";
import { toDetails, type RequestDetails } from "./request-response.ts";
import { readOwnApplications } from "./request-search.ts";
import type { DeveloperContext } from "./route.ts";

export const noSuchRequest = "None of your applications made a request with this id.";

/** Null for a request of another developer, as for one that does not exist. A null market is a path without one. */
export async function readOwnRequest(
  context: Pick<DeveloperContext, "deps" | "developer">,
  market: Market | null,
  id: bigint,
): Promise<RequestDetails | null> {
  const request = await readRequest(context.deps.findRequestLog(market), id);
  if (request === null || request.environment !== "sandbox") return null;
  const applications = await readOwnApplications(context);
  if (!applications.has(request.applicationId)) return null;
  return toDetails({ deps: context.deps, applications }, { ...request, market });
}
