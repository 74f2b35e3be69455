/** Matches paths to the calls of Daraja, and answers requests that match none. */
import { randomUUID } from "node:crypto";
import type { RenderedResponse, UnmatchedRequest } from "../protocol.ts";
import { families, type DarajaError, type FamilyName } from "./families.ts";
import type { DarajaOperation } from "./operation.ts";
import { operations } from "./operations.ts";

/** The beginnings of Daraja's paths. Everything below them is Daraja's, also what is no call. */
export const pathPrefixes: readonly string[] = [
  "/oauth",
  "/mpesa",
  "/v1",
  "/standingorder",
  "/pulltransactions",
  "/sfcverify",
  "/imsi",
  "/simportal",
];

export const oauthPath = "/oauth/v1/generate";

const routes: ReadonlyMap<string, DarajaOperation> = new Map(
  operations.flatMap((operation) =>
    [operation.path, ...(operation.pathAliases ?? [])].map(
      (path) => [path.toLowerCase(), operation] as const,
    ),
  ),
);

/** The path of a URL in lower case, without doubled slashes and without a slash at its end. */
export const normalisePath = (url: string): string => {
  const path = (url.split("?", 1)[0] ?? "").toLowerCase().replaceAll(/\/{2,}/g, "/");
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
};

export const findDarajaRoute = (path: string): DarajaOperation | undefined => routes.get(path);

/** The family of a path that is no call, by its beginning. The first match counts. */
const familyPrefixes: readonly (readonly [prefix: string, family: FamilyName])[] = [
  ["/mpesa/b2c/", "payouts"],
  ["/mpesa/b2pochi/", "payouts"],
  ["/mpesa/accountbalance/", "payouts"],
  ["/mpesa/c2b/", "business"],
  ["/mpesa/b2b/", "business"],
  ["/mpesa/transactionstatus/", "business"],
  ["/v1/ussdpush/", "business"],
  ["/standingorder/", "business"],
];

const findFamily = (path: string): FamilyName =>
  familyPrefixes.find(([prefix]) => path.startsWith(prefix))?.[1] ?? "express";

/** The error of a path below the prefixes that names no call, or of a call by another method. */
export function findRouteError(method: string, path: string): DarajaError {
  const operation = findDarajaRoute(path);
  if (operation !== undefined) return families[operation.family].wrongMethod(method);
  if (path === oauthPath) return families.express.wrongMethod(method);
  return families[findFamily(path)].notFound;
}

/** A request that the router gave to no route. It is not in the request log, so its id is random. */
export function renderUnmatchedRequest({ method, url }: UnmatchedRequest): RenderedResponse {
  const { status, code, message } = findRouteError(method, normalisePath(url));
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ requestId: randomUUID().slice(9), errorCode: code, errorMessage: message }),
  };
}
