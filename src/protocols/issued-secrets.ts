/** The secrets of a new application: those of each protocol that it may use. */
import type { CredentialType } from "../developers/credentials.ts";
import type { ProtocolName } from "./protocol.ts";
import { defaultProtocol, findProtocol, protocols } from "./registry.ts";

/** Every application has a key of the default protocol. Of another protocol it has secrets if it has a product of it. */
export function listCredentialTypes(products: Readonly<Record<string, unknown>>): readonly CredentialType[] {
  return protocols.flatMap((protocol) => {
    if (protocol === defaultProtocol) return [protocol.credentials[0]];
    return protocol.products.some(({ name }) => name in products) ? protocol.credentials : [];
  });
}

/**
 * A protocol's secrets by name, such as `{ consumerKey, consumerSecret }`, and what the application is called there; null if
 * there are none.
 */
export function selectSecrets(
  name: ProtocolName,
  types: readonly CredentialType[],
  secrets: readonly string[],
  applicationId: bigint,
): Readonly<Record<string, string>> | null {
  const own = types.flatMap(({ protocol, kind }, index): [string, string][] =>
    protocol === name ? [[toCamelCase(kind), secrets[index] ?? ""]] : [],
  );
  if (own.length === 0) return null;
  return { ...findProtocol(name)?.getPublicNames?.(applicationId), ...Object.fromEntries(own) };
}

const toCamelCase = (kind: string): string =>
  kind.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
