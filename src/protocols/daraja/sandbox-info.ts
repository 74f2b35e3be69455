/** Daraja's section of `sandbox.json`: what a client needs for its first call. */
import { publicPasskey } from "../../organisations/passkeys.ts";
import { kenyanInitiator, kenyanOrganisations, stkShortcodes } from "../../sandbox/kenya-seed-data.ts";
import { handsetCustomers, seedCustomers } from "../../sandbox/seed-data.ts";
import { encryptPassword } from "../g2/security-credential.ts";
import { darajaMarket } from "./names.ts";

export interface SandboxSecrets {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly initiatorPassword: string;
  /** PEM. */
  readonly certificate: string;
}

/** The shortcodes of the real sandbox's documentation. */
const shortCodes = { stkShortCode: "174379", shortCode: "600996", otherShortCode: "600000" } as const;

const findSeeded = (kind: "till" | "store"): string =>
  kenyanOrganisations.find((organisation) => organisation.kind === kind)?.shortcode ?? "";

/** Customers approve at once and have money; the owners of handsets are asked. */
export function describeSandbox(secrets: SandboxSecrets): object {
  const { consumerKey, consumerSecret, initiatorPassword, certificate } = secrets;
  return {
    consumerKey,
    consumerSecret,
    ...shortCodes,
    passkey: publicPasskey,
    stkShortCodes: Object.fromEntries(stkShortcodes.map((shortcode) => [shortcode, publicPasskey])),
    tillNumber: findSeeded("till"),
    storeNumber: findSeeded("store"),
    initiatorName: kenyanInitiator.username,
    initiatorPassword,
    securityCredential: encryptPassword(certificate, initiatorPassword),
    certificate,
    customers: seedCustomers(darajaMarket).map(({ msisdn }) => msisdn),
    handsets: handsetCustomers(darajaMarket).map(({ msisdn, pin }) => ({ msisdn, pin })),
  };
}
