/** Customers whom the documented samples and scenarios mean, and whom nobody else lists. */
import type { Market } from "../core/money.ts";
import type { SeedCustomer } from "./seed-data.ts";

export function scenarioCustomers(market: Market): SeedCustomer[] {
  // Scenarios pay and are paid by the customer of all zeros; the float funds it as they go.
  const zeros = { msisdn: "000000000001", firstName: "Scenario", lastName: "Customer", balance: "0.00" };
  // The page for the beneficiary's name asks for this number in Ghana, although its prefix is another country's.
  const sample = { msisdn: "254707161122", firstName: "Jiazhen", lastName: "Wuu", balance: "1000000.00" };
  return market === "vodafoneGHA" ? [zeros, sample] : [zeros];
}
