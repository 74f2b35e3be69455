/** All routes of the portal's API, in the order of the documentation. The browser has their types. */
import { applicationCredentialRoutes } from "./application-credentials.ts";
import { applicationHistoryRoutes } from "./application-history.ts";
import { applicationUsageRoutes } from "./application-usage.ts";
import { applicationRoutes } from "./applications.ts";
import { callbackSecretRoutes } from "./callback-secrets.ts";
import { protocolRoutes } from "./protocols.ts";
import { accountRoutes } from "./account.ts";
import { phoneRoutes } from "./phone.ts";
import type { PortalRoute } from "./route.ts";
import { sandboxRoutes } from "./sandbox.ts";
import { sendRequestRoutes } from "./send-request.ts";
import { errorRoutes } from "./errors.ts";
import { eventRoutes } from "./events.ts";
import { paymentRoutes } from "./payments.ts";
import { requestRoutes } from "./requests.ts";
import { sessionRoutes } from "./session-routes.ts";
import { signInRoutes } from "./sign-in.ts";

export const portalRoutes = {
  Session: sessionRoutes,
  "Signing in": signInRoutes,
  Account: [...accountRoutes, ...phoneRoutes],
  Applications: [
    ...applicationRoutes,
    ...applicationCredentialRoutes,
    ...applicationUsageRoutes,
    ...applicationHistoryRoutes,
    ...callbackSecretRoutes,
  ],
  Protocols: protocolRoutes,
  "Send Request": sendRequestRoutes,
  Sandbox: sandboxRoutes,
  Requests: requestRoutes,
  Payments: paymentRoutes,
  Errors: errorRoutes,
  Events: eventRoutes,
} as const;

/** The routes by resource, without the types of their schemas. */
export const portalResources: Readonly<Record<string, readonly PortalRoute[]>> = portalRoutes;
