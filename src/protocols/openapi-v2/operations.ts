/** Every operation of OpenAPI v2 but getSession, which has a file of its own. */
import { b2b } from "./operations/b2b.ts";
import { b2c } from "./operations/b2c.ts";
import { c2bMultiStage } from "./operations/c2b-multi-stage.ts";
import { c2bSingleStage } from "./operations/c2b-single-stage.ts";
import { directDebitCancel } from "./operations/direct-debit-cancel.ts";
import { directDebitCreate } from "./operations/direct-debit-create.ts";
import { directDebitPayment } from "./operations/direct-debit-payment.ts";
import type { OperationInfo } from "../scenario.ts";
import type { Operation } from "./operation.ts";
import { queryBeneficiaryName } from "./operations/query-beneficiary-name.ts";
import { queryDirectDebit } from "./operations/query-direct-debit.ts";
import { queryTransactionStatus } from "./operations/query-transaction-status.ts";
import { reversal } from "./operations/reversal.ts";
import { updateTransactionStatus } from "./operations/update-transaction-status.ts";

export const operations: readonly Operation[] = [
  c2bSingleStage,
  c2bMultiStage,
  updateTransactionStatus,
  b2c,
  b2b,
  queryTransactionStatus,
  directDebitCreate,
  directDebitPayment,
  queryDirectDebit,
  directDebitCancel,
  queryBeneficiaryName,
  reversal,
] as readonly unknown[] as readonly Operation[];

export const getOperationInfo = ({ product, title, markets }: Operation): OperationInfo => ({
  name: product,
  title,
  markets,
});

export const operationInfos: readonly OperationInfo[] = operations.map(getOperationInfo);

/** Throws for a product that no operation has: a bug. */
export function findOperation(product: string | null): Operation {
  const operation = operations.find((candidate) => candidate.product === product);
  if (operation === undefined) throw new Error(`OpenAPI v2 has no operation ${product}`);
  return operation;
}

/** Other paths that real clients use for the same calls. */
export const pathAliases: Readonly<Record<string, string>> = {
  "b2cpayment/singlestage": "b2cpayment",
  "b2bpayment/singlestage": "b2bpayment",
};
