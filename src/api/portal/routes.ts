/** All routes of the portal's API, in the order of the documentation. The browser has their types. */
import { accountRoutes } from "./account.ts";
import { applicationRoutes } from "./applications.ts";
import { phoneRoutes } from "./phone.ts";
import type { PortalRoute } from "./route.ts";
import { sessionRoutes } from "./session-routes.ts";
import { signInRoutes } from "./sign-in.ts";

export const portalRoutes = {
  Session: sessionRoutes,
  "Signing in": signInRoutes,
  Account: [...accountRoutes, ...phoneRoutes],
  Applications: applicationRoutes,
} as const;

/** The routes by resource, without the types of their schemas. */
export const portalResources: Readonly<Record<string, readonly PortalRoute[]>> = portalRoutes;
