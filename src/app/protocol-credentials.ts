/** What protocols get of credentials: of applications and organisations, and the seeded ones of the sandbox. */
import type { ApplicationCache } from "../developers/application-cache.ts";
import { changeCredential } from "../developers/change-credential.ts";
import { getOrCreateSandboxSecret, getSandboxApplicationId } from "../developers/sandbox-application.ts";
import { createSealedCredentials } from "../developers/sealed-credentials.ts";
import { createPasskeyVerifier } from "../organisations/passkeys.ts";
import type { ProtocolDeps } from "../protocols/protocol.ts";
import type { Sql } from "../store/driver/connect.ts";
import { getOrCreateInitiatorPassword } from "./organisations.ts";
import { listSeedProducts } from "./protocols.ts";

export type ProtocolCredentials = Pick<
  ProtocolDeps,
  | "changeCredential"
  | "passkeys"
  | "sandboxApplicationId"
  | "sandboxInitiatorPassword"
  | "sandboxSecret"
  | "sealedCredentials"
>;

export const createProtocolCredentials = (
  main: Sql,
  secretKey: Buffer,
  applications: ApplicationCache,
): ProtocolCredentials => ({
  async changeCredential(change) {
    await changeCredential(main, secretKey, change);
    await applications.refresh();
  },
  passkeys: createPasskeyVerifier(main, applications.onInvalidate),
  sandboxApplicationId: () => getSandboxApplicationId(main),
  sandboxInitiatorPassword: () => getOrCreateInitiatorPassword(main, secretKey),
  sandboxSecret: (type) => getOrCreateSandboxSecret(main, secretKey, type, listSeedProducts(type)),
  sealedCredentials: createSealedCredentials(main, secretKey, applications.onInvalidate),
});
