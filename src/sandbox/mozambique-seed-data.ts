/** The seed data that `vodacomMOZ` has besides that of every market: what the clients of M-Pesa's real sandbox of IPG v1 name. */
import { apiOperatorRoles } from "../store/main/api-operators.ts";
import type { SeedCustomer } from "./seed-customer.ts";
import type { SeedOrganisation } from "./seed-organisation.ts";

/** Samples collect for the first one, and it pays the second one in B2B. */
export const mozambicanOrganisations = [
  { shortcode: "171717", name: "Loja do Indico", balances: { working: "10000000.00" } },
  { shortcode: "979797", name: "Armazem Central", balances: { working: "10000000.00" } },
] as const satisfies readonly SeedOrganisation[];

/** The customer of M-Pesa's own samples. Not in the list of OpenAPI v2. */
export const mozambicanSampleCustomer: SeedCustomer = {
  msisdn: "258843330333",
  firstName: "Joana",
  lastName: "Machava",
  balance: "1000000.00",
};

/** The API operator of the real sandbox. Its password is public there, so it is the same in every sandbox. */
export const mozambicanInitiator = {
  username: "MPesa2018",
  password: "Mpesa2019",
  roles: apiOperatorRoles,
} as const;
