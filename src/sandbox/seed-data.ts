/**
 * The seed data: the customers and organisations of a new sandbox.
 *
 * They are the same in every sandbox, so that examples can use them. Seed customers approve every prompt at once; a test
 * that needs a refusal changes a customer's behaviour (`/control/v1`) or creates its own. Some more customers have a
 * handset, where a person answers the prompts.
 */
import { markets, type Market } from "../core/markets.ts";
import { scenarioCustomers } from "./scenario-customers.ts";
import type { SeedCustomer } from "./seed-customer.ts";

/** The organisations of every market: samples use the first one, and pay the second one in B2B. */
export const organisations = [
  { shortcode: "000000", name: "Duka la Amina", balance: "10000000.00" },
  { shortcode: "000001", name: "Mwangaza Wholesale", balance: "10000000.00" },
] as const;

const names: Readonly<Record<Market, readonly (readonly [string, string])[]>> = {
  vodafoneGHA: [
    ["Akosua", "Mensah"],
    ["Kwame", "Boateng"],
    ["Efua", "Owusu"],
    ["Yaw", "Asante"],
    ["Abena", "Darko"],
  ],
  vodacomTZN: [
    ["Amina", "Juma"],
    ["Baraka", "Mushi"],
    ["Neema", "Kimaro"],
    ["Juma", "Hassan"],
    ["Rehema", "Mrema"],
  ],
  vodacomLES: [
    ["Thabo", "Mokoena"],
    ["Lerato", "Molapo"],
    ["Palesa", "Nthako"],
    ["Teboho", "Letsie"],
    ["Mpho", "Sello"],
  ],
  vodacomDRC: [
    ["Patience", "Kabila"],
    ["Jean", "Ilunga"],
    ["Divine", "Mbuyi"],
    ["Héritier", "Tshala"],
    ["Grâce", "Ngoy"],
  ],
  vodacomMOZ: [
    ["Ana", "Macuácua"],
    ["João", "Sitoe"],
    ["Celeste", "Mondlane"],
    ["Armando", "Chissano"],
    ["Lurdes", "Nhaca"],
  ],
  safaricomKEN: [
    ["Wanjiku", "Kamau"],
    ["Otieno", "Odhiambo"],
    ["Achieng", "Were"],
    ["Kiprono", "Cheruiyot"],
    ["Mwende", "Mutua"],
  ],
};

/** The operator's prefix of an MSISDN, after the country's prefix. */
const operatorPrefix: Readonly<Record<Market, string>> = {
  vodafoneGHA: "20",
  vodacomTZN: "75",
  vodacomLES: "5",
  vodacomDRC: "81",
  vodacomMOZ: "84",
  safaricomKEN: "7",
};

function toMsisdn(market: Market, index: number): string {
  const { prefix, digits } = markets[market];
  const start = prefix + operatorPrefix[market];
  return start + String(index).padStart(digits - start.length, "0");
}

/** The customers in `sandbox.json`: valid MSISDNs of their market, with money. */
export function seedCustomers(market: Market): SeedCustomer[] {
  return names[market].map(([firstName, lastName], index) => ({
    msisdn: toMsisdn(market, index + 1),
    firstName,
    lastName,
    balance: "1000000.00",
  }));
}

export interface HandsetCustomer extends SeedCustomer {
  readonly pin: string;
}

const handsetNames: Readonly<Record<Market, readonly (readonly [string, string])[]>> = {
  vodafoneGHA: [
    ["Kojo", "Ampofo"],
    ["Ama", "Serwaa"],
    ["Kofi", "Adjei"],
  ],
  vodacomTZN: [
    ["Zawadi", "Mollel"],
    ["Salim", "Mwinyi"],
    ["Grace", "Massawe"],
  ],
  vodacomLES: [
    ["Tumelo", "Ramaili"],
    ["Limpho", "Khaketla"],
    ["Katleho", "Mohapi"],
  ],
  vodacomDRC: [
    ["Chantal", "Mwamba"],
    ["Didier", "Kasongo"],
    ["Esther", "Luboya"],
  ],
  vodacomMOZ: [
    ["Marta", "Tembe"],
    ["Carlos", "Nhantumbo"],
    ["Isabel", "Cossa"],
  ],
  safaricomKEN: [
    ["Njeri", "Mwangi"],
    ["Barasa", "Wafula"],
    ["Halima", "Abdi"],
  ],
};

const pins = ["1234", "2345", "3456"] as const;

/** The customers with a handset that asks for a PIN. Their numbers follow those of `seedCustomers`. */
export function handsetCustomers(market: Market): HandsetCustomer[] {
  const first = names[market].length + 1;
  return handsetNames[market].map(([firstName, lastName], index) => ({
    msisdn: toMsisdn(market, first + index),
    firstName,
    lastName,
    balance: "1000000.00",
    pin: pins[index] ?? "1234",
  }));
}

/** All customers without a handset in a market's sandbox: the seed customers and those of the scenarios. */
export function allSeedCustomers(market: Market): SeedCustomer[] {
  return [...seedCustomers(market), ...scenarioCustomers(market)];
}
