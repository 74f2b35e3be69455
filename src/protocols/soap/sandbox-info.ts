/** The Broker's section of `sandbox.json`: what a client needs for its first request. */
import { kenyanInitiator } from "../../sandbox/kenya-seed-data.ts";
import { handsetCustomers, seedCustomers } from "../../sandbox/seed-data.ts";
import { encryptPassword } from "../g2/security-credential.ts";
import { soapMarket } from "./names.ts";
import { getPublicNames } from "./service-provider.ts";

export interface SoapSandboxSecrets {
  readonly applicationId: bigint;
  readonly spPassword: string;
  readonly passwordKey: string;
  readonly passwordVector: string;
  readonly initiatorPassword: string;
  /** PEM. */
  readonly certificate: string;
}

/** The shortcodes of the real sandbox's documentation. */
const shortCodes = { shortCode: "600996", otherShortCode: "600000" } as const;

export function describeSandbox(secrets: SoapSandboxSecrets): object {
  const { applicationId, certificate, initiatorPassword, spPassword, passwordKey, passwordVector } = secrets;
  const { spId, serviceId } = getPublicNames(applicationId);
  return {
    spId,
    spPassword,
    serviceId,
    ...shortCodes,
    initiatorName: kenyanInitiator.username,
    initiatorPassword,
    securityCredential: encryptPassword(certificate, initiatorPassword),
    certificate,
    passwordKey,
    passwordVector,
    customers: seedCustomers(soapMarket).map(({ msisdn }) => msisdn),
    handsets: handsetCustomers(soapMarket).map(({ msisdn, pin }) => ({ msisdn, pin })),
  };
}
