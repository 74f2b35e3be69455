/** Every operation of OpenAPI v2 but getSession, which has a file of its own. */
import { b2b } from "./b2b.ts";
import { b2c } from "./b2c.ts";
import { c2bMultiStage } from "./c2b-multi-stage.ts";
import { c2bSingleStage } from "./c2b-single-stage.ts";
import { directDebitCancel } from "./direct-debit-cancel.ts";
import { directDebitCreate } from "./direct-debit-create.ts";
import { directDebitPayment } from "./direct-debit-payment.ts";
import type { Operation } from "./operation.ts";
import { queryBeneficiaryName } from "./query-beneficiary-name.ts";
import { queryDirectDebit } from "./query-direct-debit.ts";
import { queryTransactionStatus } from "./query-transaction-status.ts";
import { reversal } from "./reversal.ts";
import { updateTransactionStatus } from "./update-transaction-status.ts";

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

/** Other paths that real clients use for the same calls. */
export const pathAliases: Readonly<Record<string, string>> = {
  "b2cpayment/singlestage": "b2cpayment",
  "b2bpayment/singlestage": "b2bpayment",
};
