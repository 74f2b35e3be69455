/** Every command of the Broker but RegisterURL, which answers at once, and the names of all calls. In the order of the documentation. */
import type { OperationInfo } from "../scenario.ts";
import { lnmoProduct } from "./lnmo/names.ts";
import { lnmoOperations } from "./lnmo/operations.ts";
import { soapMarket } from "./names.ts";
import type { SoapOperation } from "./operation.ts";
import { accountBalance } from "./operations/account-balance.ts";
import { businessOperations } from "./operations/business-payments.ts";
import { payoutOperations } from "./operations/payouts.ts";
import { reversal } from "./operations/reversal.ts";
import { bankWithdrawal, revenueSettlement } from "./operations/settlements.ts";
import { transactionStatus } from "./operations/transaction-status.ts";
import { registerUrlName } from "./names.ts";

export const operations: readonly SoapOperation[] = [
  ...payoutOperations,
  ...businessOperations,
  bankWithdrawal,
  revenueSettlement,
  accountBalance,
  transactionStatus,
  reversal,
];

const byName: ReadonlyMap<string, SoapOperation> = new Map(
  operations.map((operation) => [operation.name, operation]),
);

/** Undefined if no command has this CommandID. */
export const findOperation = (commandId: string | null): SoapOperation | undefined =>
  byName.get(commandId ?? "");

export const operationInfos: readonly OperationInfo[] = [
  ...operations.map(({ name, product, title }) => ({
    name,
    product,
    title,
    markets: [soapMarket] as const,
  })),
  { name: registerUrlName, title: registerUrlName, markets: [soapMarket] },
  ...lnmoOperations.map(({ name, title }) => ({
    name,
    product: lnmoProduct,
    title,
    markets: [soapMarket] as const,
  })),
];
