/**
 * Service providers: what the Broker calls applications. The id of one (spId) is the application's number, so that it is
 * unique, needs no table, and stays the same when the password is renewed. It is no secret.
 */
import type { CredentialType } from "../../developers/credentials.ts";
import { passwordKeyKind, passwordVectorKind, protocolName, spPasswordKind } from "./names.ts";

/** Real ids have six digits. */
const firstId = 100_000n;

export const formatSpId = (applicationId: bigint): string => (firstId + applicationId).toString();

/** The application of an id, which may not exist; null if no application can have this id. */
export function parseSpId(spId: string): bigint | null {
  if (!/^[1-9]\d{5,17}$/.test(spId)) return null;
  const id = BigInt(spId) - firstId;
  return id > 0n ? id : null;
}

/** The service of a provider. Requests may name another one of the provider. */
export const formatServiceId = (spId: string): string => `${spId}000`;

/** A service id begins with the provider's id. */
export const hasService = (spId: string, serviceId: string): boolean =>
  serviceId.startsWith(spId) && /^\d{1,20}$/.test(serviceId);

const sealed = (kind: string) => ({ protocol: protocolName, kind, isSealed: true }) as const;

export const spPassword: CredentialType = sealed(spPasswordKind);

/** AES-128: the key and the vector of `changePassword` have sixteen characters. */
export const passwordKey: CredentialType = { ...sealed(passwordKeyKind), length: 16 };
export const passwordVector: CredentialType = { ...sealed(passwordVectorKind), length: 16 };

export const credentialTypes = [spPassword, passwordKey, passwordVector] as const;

/** What is not secret of a provider's credentials. */
export function getPublicNames(applicationId: bigint): { readonly spId: string; readonly serviceId: string } {
  const spId = formatSpId(applicationId);
  return { spId, serviceId: formatServiceId(spId) };
}
