/** The protocol's section of `sandbox.json`: what a client needs for its first call in the sandbox. */
import {
  mozambicanInitiator,
  mozambicanOrganisations,
  mozambicanSampleCustomer,
} from "../../sandbox/mozambique-seed-data.ts";
import { handsetCustomers, seedCustomers } from "../../sandbox/seed-data.ts";
import { ipgV1Market } from "./names.ts";

/** The section, without the URL and the ports, which are known when the server listens. */
export interface IpgV1SandboxInfo {
  readonly apiKey: string;
  readonly publicKey: string;
  readonly serviceProviderCode: string;
  readonly receiverPartyCode: string;
  readonly initiatorIdentifier: string;
  readonly securityCredential: string;
  readonly customers: readonly string[];
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export function describeSandbox(apiKey: string, publicKey: string): IpgV1SandboxInfo {
  const [provider, receiver] = mozambicanOrganisations;
  return {
    apiKey,
    publicKey,
    serviceProviderCode: provider.shortcode,
    receiverPartyCode: receiver.shortcode,
    initiatorIdentifier: mozambicanInitiator.username,
    securityCredential: mozambicanInitiator.password,
    customers: [mozambicanSampleCustomer, ...seedCustomers(ipgV1Market)].map(({ msisdn }) => msisdn),
    handsets: handsetCustomers(ipgV1Market).map(({ msisdn, pin }) => ({ msisdn, pin })),
  };
}
