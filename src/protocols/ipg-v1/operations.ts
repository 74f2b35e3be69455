/** Every operation of IPG v1, in the order of the documentation. */
import type { OperationInfo } from "../scenario.ts";
import { ipgV1Market } from "./names.ts";
import type { IpgV1Operation } from "./operation.ts";
import { b2b } from "./operations/b2b.ts";
import { b2c } from "./operations/b2c.ts";
import { c2b } from "./operations/c2b.ts";
import { queryCustomerName } from "./operations/query-customer-name.ts";
import { queryTransactionStatus } from "./operations/query-transaction-status.ts";
import { reversal } from "./operations/reversal.ts";

export const operations: readonly IpgV1Operation[] = [
  c2b,
  b2c,
  b2b,
  reversal,
  queryTransactionStatus,
  queryCustomerName,
] as readonly unknown[] as readonly IpgV1Operation[];

export const getOperationInfo = ({ product, title }: IpgV1Operation): OperationInfo => ({
  name: product,
  title,
  markets: [ipgV1Market],
});

export const operationInfos: readonly OperationInfo[] = operations.map(getOperationInfo);

/** Throws for a product that no operation has: a bug. */
export function findOperation(product: string | null): IpgV1Operation {
  const operation = operations.find((candidate) => candidate.product === product);
  if (operation === undefined) throw new Error(`IPG v1 has no operation ${product}`);
  return operation;
}
