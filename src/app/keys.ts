/** The keys of both environments, and the public ids and receipts that depend on them. */
import { createPublicIds, type PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import { createReceiptFormatter, type ReceiptFormatter } from "../payments/receipts.ts";
import { loadSecrets, type EnvironmentSecrets } from "../vault/secrets.ts";
import type { AppOptions } from "./options.ts";

export type EnvironmentKeys = EnvironmentSecrets & {
  readonly publicIds: PublicIds;
  readonly formatReceipt: ReceiptFormatter;
};

export async function loadKeys({
  stores,
  secretKey,
}: Pick<AppOptions, "secretKey" | "stores">): Promise<Readonly<Record<Environment, EnvironmentKeys>>> {
  const load = async (environment: Environment): Promise<EnvironmentKeys> => {
    const secrets = await loadSecrets(stores.main, secretKey, environment);
    return {
      ...secrets,
      publicIds: createPublicIds(secrets.publicIdKey),
      formatReceipt: createReceiptFormatter(secrets.publicIdKey),
    };
  };
  const [sandbox, live] = await Promise.all([load("sandbox"), load("live")]);
  return { sandbox, live };
}
