/** The calls of the LNMO checkout, in the order of the documentation. */
import { confirmTransaction } from "./confirm-transaction.ts";
import type { LnmoOperation } from "./operation.ts";
import { processCheckOut } from "./process-check-out.ts";
import { queryStatus } from "./query-status.ts";

export const lnmoOperations: readonly LnmoOperation[] = [processCheckOut, confirmTransaction, queryStatus];

/** The call of a message, by the name of its element. */
export const findLnmoOperation = (element: string): LnmoOperation | undefined =>
  lnmoOperations.find(({ request }) => request.toLowerCase() === element.toLowerCase());
