/** The documented sample packets, adapted to a market, with a new reference. */
import { markets, type Market } from "../../../src/core/markets.ts";
import { createReference, type Reply, type TestSandbox } from "../../support/sandbox.ts";
import { documented, type Call, type DocumentedCall } from "./documented.ts";

export type Fields = Record<string, unknown>;

/**
 * The sample's fields with a market's country and currency. Its parties are the scenarios', which exist in every
 * market. Only the sample of queryDirectDebit names an unknown organisation, customer and token; here they are
 * replaced by the scenario that succeeds.
 */
export function examplePayload(call: Call, market: Market = "vodafoneGHA", overrides: Fields = {}): Fields {
  const { country, currency } = markets[market];
  const fields: Fields = { ...documented[call].sample };
  if ("input_Country" in fields) fields["input_Country"] = country;
  if ("input_Currency" in fields) fields["input_Currency"] = currency;
  if (call === "queryDirectDebit") {
    fields["input_CustomerMSISDN"] = "000000000001";
    fields["input_ServiceProviderCode"] = "000000";
    fields["input_ThirdPartyReference"] = "00000000000000000001";
    delete fields["input_MsisdnToken"];
    delete fields["input_MandateID"];
  }
  const all: Fields = { ...fields, input_ThirdPartyConversationID: createReference(), ...overrides };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Sends fields to a call, as the seed application or with the given bearer. */
export function sendCall(
  sandbox: TestSandbox,
  call: Call,
  fields: object,
  options: { market?: Market; bearer?: string } = {},
): Promise<Reply> {
  const { method, path }: DocumentedCall = documented[call];
  return sandbox.call(method, `${path}/`, fields, { market: options.market ?? "vodafoneGHA", ...options });
}

/** Fields as a query string. */
export const toQueryString = (fields: Fields): string =>
  new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();

/** Status and code of a response: `409 INS-10`. */
export const summarise = (reply: Reply): string => `${reply.status} ${reply.body["output_ResponseCode"]}`;

/** The documented result for a code: the code itself if the call has it, otherwise INS-21. */
export function documentedResult(call: Call, code: string): string {
  const { codes }: DocumentedCall = documented[call];
  return code in codes ? `${codes[code]} ${code}` : `${codes["INS-21"]} INS-21`;
}
