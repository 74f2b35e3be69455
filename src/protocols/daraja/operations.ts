/** Every call of Daraja but OAuth, which has a file of its own. In the order of the documentation. */
import type { OperationInfo } from "../scenario.ts";
import { darajaMarket } from "./names.ts";
import type { DarajaOperation, NotifyingOperation } from "./operation.ts";
import { customerPayment } from "./customer-payment.ts";
import { c2bRegisterV1, c2bRegisterV2 } from "./operations/c2b-register.ts";
import { c2bSimulateV1, c2bSimulateV2 } from "./operations/c2b-simulate.ts";
import { stkPush } from "./operations/stk-push.ts";
import { stkQuery } from "./operations/stk-query.ts";

export const operations: readonly DarajaOperation[] = [
  stkPush,
  stkQuery,
  c2bRegisterV1,
  c2bRegisterV2,
  c2bSimulateV1,
  c2bSimulateV2,
] as readonly unknown[] as readonly DarajaOperation[];

const byName: ReadonlyMap<string, DarajaOperation> = new Map(
  operations.map((operation) => [operation.name, operation]),
);

/** Throws for a name that no operation has: a bug. */
export function findDarajaOperation(name: string | null): DarajaOperation {
  const operation = byName.get(name ?? "");
  if (operation === undefined) throw new Error(`Daraja has no operation ${name}`);
  return operation;
}

/** The operation that a payment's notifications are owed and rendered by. Throws for a name that none has: a bug. */
export const findNotifyingOperation = (name: string | null): NotifyingOperation =>
  name === customerPayment.name ? customerPayment : findDarajaOperation(name);

export const operationInfos: readonly OperationInfo[] = operations.map(({ name, title }) => ({
  name,
  title,
  markets: [darajaMarket],
}));
