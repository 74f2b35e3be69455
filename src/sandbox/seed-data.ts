/**
 * The seed data: the customers and organisations of a new sandbox.
 *
 * They are the same in every sandbox, so that examples can use them. Seed customers approve every prompt at once; a test
 * that needs a refusal changes a customer's behaviour (`/control/v1`) or creates its own. Some more customers have a
 * handset, where a person answers the prompts.
 */
import { markets, type Market } from "../core/markets.ts";
import { kenyanCustomers, kenyanHandsetCustomers, kenyanOrganisations } from "./kenya-seed-data.ts";
import { mozambicanOrganisations } from "./mozambique-seed-data.ts";
import { scenarioCustomers } from "./scenario-customers.ts";
import type { SeedCustomer } from "./seed-customer.ts";
import type { SeedOrganisation } from "./seed-organisation.ts";

/** The organisations of the markets with OpenAPI: samples use the first one, and pay the second one in B2B. */
export const organisations = [
  { shortcode: "000000", name: "Duka la Amina", balances: { working: "10000000.00" } },
  { shortcode: "000001", name: "Mwangaza Wholesale", balances: { working: "10000000.00" } },
] as const satisfies readonly SeedOrganisation[];

/** Kenya has the parties that the clients of its real sandbox name. The others have the same ones in every market. */
type MarketWithCommonData = Exclude<Market, "safaricomKEN">;

type NamesByMarket = Readonly<Record<MarketWithCommonData, readonly (readonly [string, string])[]>>;

const names: NamesByMarket = {
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
};

/** The operator's prefix of an MSISDN, after the country's prefix. */
const operatorPrefix: Readonly<Record<MarketWithCommonData, string>> = {
  vodafoneGHA: "20",
  vodacomTZN: "75",
  vodacomLES: "5",
  vodacomDRC: "81",
  vodacomMOZ: "84",
};

function toMsisdn(market: MarketWithCommonData, index: number): string {
  const { prefix, digits } = markets[market];
  const start = prefix + operatorPrefix[market];
  return start + String(index).padStart(digits - start.length, "0");
}

/** The customers in `sandbox.json`: valid MSISDNs of their market, with money. */
export function seedCustomers(market: Market): readonly SeedCustomer[] {
  if (market === "safaricomKEN") return kenyanCustomers;
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

const handsetNames: NamesByMarket = {
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
};

const pins = ["1234", "2345", "3456"] as const;

/** The customers with a handset that asks for a PIN. Their numbers follow those of `seedCustomers`. */
export function handsetCustomers(market: Market): readonly HandsetCustomer[] {
  if (market === "safaricomKEN") return kenyanHandsetCustomers;
  const first = names[market].length + 1;
  return handsetNames[market].map(([firstName, lastName], index) => ({
    msisdn: toMsisdn(market, first + index),
    firstName,
    lastName,
    balance: "1000000.00",
    pin: pins[index] ?? "1234",
  }));
}

/** The organisations of a market's sandbox. */
export function seedOrganisations(market: Market): readonly SeedOrganisation[] {
  if (market === "safaricomKEN") return kenyanOrganisations;
  const phone = handsetCustomers(market).at(-1)?.msisdn ?? "";
  const [first, second] = organisations;
  const common = [first, { ...second, phone }];
  return market === "vodacomMOZ" ? [...common, ...mozambicanOrganisations] : common;
}

/** All customers without a handset in a market's sandbox: the seed customers and those of the scenarios. */
export function allSeedCustomers(market: Market): SeedCustomer[] {
  return [...seedCustomers(market), ...scenarioCustomers(market)];
}
