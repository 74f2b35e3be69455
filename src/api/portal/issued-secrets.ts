/** Secrets in responses: grouped by protocol, and shown this once. */
import { Type } from "typebox";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import type { CredentialType } from "../../developers/credentials.ts";
import { selectSecrets } from "../../protocols/issued-secrets.ts";
import { protocolNames } from "../../protocols/protocol.ts";
import { protocols } from "../../protocols/registry.ts";

export const protocolField = stringEnum(protocolNames, { description: "The protocol." });

export const issuedSecrets = object({
  protocol: protocolField,
  title: Type.String(),
  secrets: Type.Array(object({ name: Type.String(), value: Type.String() }), {
    description: "The secrets, and what the application is called in the protocol. They are not shown again.",
  }),
  previousUntil: nullable(
    Type.String({ format: "date-time", description: "Until when the old secrets stay valid." }),
  ),
});

/** The secrets of each protocol that has some. */
export function groupSecrets(
  types: readonly CredentialType[],
  secrets: readonly string[],
  applicationId: bigint,
  previousUntil: Date | null,
) {
  return protocols.flatMap(({ name: protocol, title }) => {
    const own = selectSecrets(protocol, types, secrets, applicationId);
    return own === null
      ? []
      : [
          {
            protocol,
            title,
            secrets: Object.entries(own).map(([name, value]) => ({ name, value })),
            previousUntil: previousUntil?.toISOString() ?? null,
          },
        ];
  });
}
