/** Every call of Daraja but OAuth, which has a file of its own. In the order of the documentation. */
import type { OperationInfo } from "../scenario.ts";
import { darajaMarket } from "./names.ts";
import type { DarajaOperation, NotifyingOperation } from "./operation.ts";
import { customerPayment, standingOrderDebit } from "./customer-payment.ts";
import { c2bRegisterV1, c2bRegisterV2 } from "./operations/c2b-register.ts";
import { c2bSimulateV1, c2bSimulateV2 } from "./operations/c2b-simulate.ts";
import { accountBalance } from "./operations/account-balance.ts";
import { billChangeOptIn, billOptIn } from "./operations/bill-manager-biller.ts";
import {
  billBulkInvoices,
  billCancelInvoice,
  billCancelInvoices,
  billChangeInvoice,
  billChangeInvoices,
  billReconciliation,
  billSingleInvoice,
} from "./operations/bill-manager-invoices.ts";
import { dynamicQr } from "./operations/dynamic-qr.ts";
import { hakikisha } from "./operations/hakikisha.ts";
import { organisationQuery } from "./operations/organisation-query.ts";
import { pullQuery, pullRegister } from "./operations/pull-transactions.ts";
import { ratiba } from "./operations/ratiba.ts";
import { stkPush } from "./operations/stk-push.ts";
import { stkQuery } from "./operations/stk-query.ts";
import { transactionStatus } from "./operations/transaction-status.ts";

export const operations: readonly DarajaOperation[] = [
  stkPush,
  stkQuery,
  c2bRegisterV1,
  c2bRegisterV2,
  c2bSimulateV1,
  c2bSimulateV2,
  accountBalance,
  transactionStatus,
  dynamicQr,
  organisationQuery,
  hakikisha,
  pullRegister,
  pullQuery,
  ratiba,
  billOptIn,
  billChangeOptIn,
  billSingleInvoice,
  billBulkInvoices,
  billChangeInvoice,
  billChangeInvoices,
  billCancelInvoice,
  billCancelInvoices,
  billReconciliation,
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
  platformOperations.find((operation) => operation.name === name) ?? findDarajaOperation(name);

/** Payments that no call requests. */
const platformOperations: readonly NotifyingOperation[] = [customerPayment, standingOrderDebit];

export const operationInfos: readonly OperationInfo[] = operations.map(({ name, title }) => ({
  name,
  title,
  markets: [darajaMarket],
}));
