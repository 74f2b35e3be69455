/** Replaces a credential by a secret that its owner chose in a call of a protocol. */
import type { Sql } from "../store/driver/connect.ts";
import { insertAudit } from "../store/main/audit.ts";
import { lockApplication } from "../store/main/applications.ts";
import type { Application } from "./applications.ts";
import { recordVersion } from "./application-history.ts";
import { renewCredential, toHint, type CredentialType } from "./credentials.ts";

export interface CredentialChange {
  readonly application: Pick<Application, "id" | "environment">;
  readonly type: CredentialType;
  readonly secret: string;
}

/** The old secret becomes inactive at once. Changes of one application wait for each other. */
export async function changeCredential(
  sql: Sql,
  secretKey: Buffer,
  { application: { id, environment }, type, secret }: CredentialChange,
): Promise<void> {
  await sql.begin(async (tx) => {
    const row = await lockApplication(tx, id);
    const details = {
      environment,
      id: id.toString(),
      protocol: type.protocol,
      kind: type.kind,
      hint: toHint(secret),
    };
    await insertAudit(tx, { who: `application ${id}`, what: "application change-password", details });
    await renewCredential(tx, { applicationId: id }, type, {
      overlapMs: 0,
      readSecretKey: () => secretKey,
      secret,
    });
    if (row !== undefined) {
      const { protocol } = type;
      await recordVersion(tx, {
        who: `application ${id}`,
        what: "application change-password",
        details: { protocol, hints: [toHint(secret)], previousUntil: null },
        before: row,
        after: row,
      });
    }
  });
}
