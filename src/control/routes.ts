/** Every route of the control API, in the order in which it is documented. */
import { applicationRoutes } from "./applications.ts";
import { customerRoutes } from "./customers.ts";
import { organisationRoutes } from "./organisations.ts";
import { paymentRoutes } from "./payments.ts";
import { requestRoutes } from "./requests.ts";
import type { Route } from "./route.ts";
import { statusRoutes } from "./status.ts";

export const resources: Readonly<Record<string, readonly Route[]>> = {
  Status: statusRoutes,
  Customers: customerRoutes,
  Organisations: organisationRoutes,
  Applications: applicationRoutes,
  Payments: paymentRoutes,
  Requests: requestRoutes,
};

export const routes: readonly Route[] = Object.values(resources).flat();
