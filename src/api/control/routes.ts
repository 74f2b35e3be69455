/** All routes of the control API, in the order of the documentation. `client.ts` has their types. */
import { applicationRoutes } from "./applications.ts";
import { callbackSecretRoutes } from "./callback-secrets.ts";
import { clockRoutes } from "./clock.ts";
import { customerPaymentRoutes } from "./customer-payments.ts";
import { customerRoutes } from "./customers.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { faultRoutes } from "./faults.ts";
import { handsetRoutes } from "./handsets.ts";
import { networkRoutes } from "./network.ts";
import { operatorRoutes } from "./operators.ts";
import { organisationRoutes } from "./organisations.ts";
import { paymentRoutes } from "./payments.ts";
import { pullRoutes } from "./pull-delivery.ts";
import { requestRoutes } from "./requests.ts";
import type { Route } from "./route.ts";
import { snapshotRoutes } from "./snapshots.ts";
import { statusRoutes } from "./status.ts";

export const controlRoutes = {
  Status: statusRoutes,
  Clock: clockRoutes,
  Snapshots: snapshotRoutes,
  Customers: [...customerRoutes, ...customerPaymentRoutes],
  Handsets: handsetRoutes,
  Network: networkRoutes,
  Organisations: [...organisationRoutes, ...operatorRoutes],
  Applications: [...applicationRoutes, ...callbackSecretRoutes],
  Payments: paymentRoutes,
  Deliveries: [...deliveryRoutes, ...faultRoutes],
  Listening: pullRoutes,
  Requests: requestRoutes,
} as const;

/** The routes by resource, without the types of their schemas. */
export const resources: Readonly<Record<string, readonly Route[]>> = controlRoutes;

export const routes: readonly Route[] = Object.values(resources).flat();
