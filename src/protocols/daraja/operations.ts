/** Every call of Daraja but OAuth, which has a file of its own. In the order of the documentation. */
import type { OperationInfo } from "../scenario.ts";
import { darajaMarket } from "./names.ts";
import type { DarajaOperation, NotifyingOperation } from "./operation.ts";
import { b2bExpress } from "./operations/b2b-express.ts";
import { b2b } from "./operations/b2b.ts";
import { b2cV1 } from "./operations/b2c-v1.ts";
import { b2cV3 } from "./operations/b2c-v3.ts";
import { pochi } from "./operations/pochi.ts";
import { reversal } from "./operations/reversal.ts";
import { customerPayment, standingOrderDebit } from "./customer-payment.ts";
import { c2bRegisterV1, c2bRegisterV2 } from "./operations/c2b-register.ts";
import { c2bSimulateV1, c2bSimulateV2 } from "./operations/c2b-simulate.ts";
import { accountBalance } from "./operations/account-balance.ts";
import { billChangeRegistration, billRegistration } from "./operations/bill-manager-biller.ts";
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
import { taxRemittance } from "./operations/tax-remittance.ts";
import { transactionStatus } from "./operations/transaction-status.ts";

export const operations: readonly DarajaOperation[] = [
  stkPush,
  stkQuery,
  c2bRegisterV1,
  c2bRegisterV2,
  c2bSimulateV1,
  c2bSimulateV2,
  b2cV1,
  b2cV3,
  pochi,
  b2b,
  b2bExpress,
  taxRemittance,
  reversal,
  accountBalance,
  transactionStatus,
  dynamicQr,
  organisationQuery,
  hakikisha,
  pullRegister,
  pullQuery,
  ratiba,
  billRegistration,
  billChangeRegistration,
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

/** The fields in which callers name a request themselves. */
const referenceFields = ["OriginatorConversationID", "RequestRefID"];

/** The operations whose callers name their requests. */
export const referencedOperations: readonly string[] = operations
  .filter(({ fields }) => referenceFields.some((name) => name in fields))
  .map(({ name }) => name);

export const operationInfos: readonly OperationInfo[] = operations.map(({ name, product, title }) => ({
  name,
  product,
  title,
  markets: [darajaMarket],
}));
