/**
 * The seed data of `safaricomKEN`: the shortcodes, the customer, the initiator and the passkey that the real sandbox's
 * documentation and its clients use, and a shop of our own with a head office, a store and a till.
 *
 * Numbers `2547000NNNNN` and shortcodes `69NNNN` stay free: they select outcomes.
 */
import { apiOperatorRoles } from "../store/main/api-operators.ts";
import type { SeedCustomer } from "./seed-customer.ts";
import type { SeedOrganisation } from "./seed-organisation.ts";

const balance = "1000000.00";
const customer = (msisdn: string, firstName: string, lastName: string): SeedCustomer => ({
  msisdn,
  firstName,
  lastName,
  balance,
  pochi: true,
});

export const kenyanCustomers: readonly SeedCustomer[] = [
  customer("254708374149", "John", "Doe"),
  customer("254722000001", "Wanjiku", "Kamau"),
  customer("254722000002", "Otieno", "Odhiambo"),
  customer("254110000003", "Achieng", "Were"),
  customer("254110000004", "Kiprono", "Cheruiyot"),
];

export const kenyanHandsetCustomers = [
  { ...customer("254722000006", "Njeri", "Mwangi"), pin: "1234" },
  { ...customer("254722000007", "Barasa", "Wafula"), pin: "2345" },
  { ...customer("254110000008", "Halima", "Abdi"), pin: "3456" },
] as const;

const [tillOwner, , wholesaler] = kenyanHandsetCustomers;

const paybillBalances = { utility: "10000000.00", working: "10000000.00" };
const noStk = { stkEnabled: false };

/** Paybills without a passkey take no payments by STK push. */
export const kenyanOrganisations: readonly SeedOrganisation[] = [
  { shortcode: "174379", name: "Daima Stores", settings: { stkOnly: true }, balances: {} },
  { shortcode: "600996", name: "Safari Traders", balances: paybillBalances },
  {
    shortcode: "600000",
    name: "Umoja Wholesalers",
    balances: paybillBalances,
    phone: wholesaler.msisdn,
  },
  { shortcode: "600984", name: "Tausi Insurance", settings: noStk, balances: paybillBalances },
  { shortcode: "600638", name: "Jamii Schools", settings: noStk, balances: paybillBalances },
  { shortcode: "572572", name: "Kenya Revenue Authority", settings: noStk, balances: {} },
  {
    shortcode: "600997",
    name: "Malipo Payroll",
    kind: "b2c",
    settings: noStk,
    balances: paybillBalances,
  },
  {
    shortcode: "500100",
    name: "Soko Supermarkets",
    kind: "head_office",
    balances: { working: "10000000.00" },
  },
  {
    shortcode: "500101",
    name: "Soko Supermarkets Westlands",
    kind: "store",
    parent: "500100",
    balances: { merchant: "1000000.00", working: "1000000.00" },
  },
  {
    shortcode: "500102",
    name: "Soko Supermarkets Westlands Till",
    kind: "till",
    parent: "500101",
    settings: { nominatedNumber: tillOwner.msisdn },
    balances: { merchant: "1000000.00", working: "1000000.00" },
    phone: tillOwner.msisdn,
  },
];

/** The shortcodes that a new client asks for payments by STK push. They have the public passkey. */
export const stkShortcodes = ["174379", "600996", "600000"] as const;

/** The API operator of the real sandbox, with every role. */
export const kenyanInitiator = { username: "testapi", roles: apiOperatorRoles } as const;

export const initiatorShortcodes = kenyanOrganisations
  .map(({ shortcode }) => shortcode)
  .filter((shortcode) => shortcode !== "572572");
