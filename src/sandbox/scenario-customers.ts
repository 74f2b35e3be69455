/** The customers of the documented samples and scenarios. They are not in `sandbox.json`. */
import type { Market } from "../core/markets.ts";
import { mozambicanSampleCustomer } from "./mozambique-seed-data.ts";
import type { SeedCustomer } from "./seed-customer.ts";

export function scenarioCustomers(market: Market): SeedCustomer[] {
  // No protocol of this market has scenarios with these numbers.
  if (market === "safaricomKEN") return [];
  // Scenarios pay from and to the customer of all zeros; each payment is funded from the float.
  const zeros = { msisdn: "000000000001", firstName: "Scenario", lastName: "Customer", balance: "0.00" };
  // M-Pesa's documentation of queryBeneficiaryName uses this number in Ghana, although its prefix is another country's.
  const sample = { msisdn: "254707161122", firstName: "Jiazhen", lastName: "Wuu", balance: "1000000.00" };
  if (market === "vodacomMOZ") return [zeros, mozambicanSampleCustomer];
  return market === "vodafoneGHA" ? [zeros, sample] : [zeros];
}
