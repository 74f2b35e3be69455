/** Requests of the fuzzer to Daraja: every call, with some of its fields changed. */
import { buildExampleRequest } from "../../src/protocols/daraja/examples.ts";
import type { DarajaOperation } from "../../src/protocols/daraja/operation.ts";
import { operations } from "../../src/protocols/daraja/operations.ts";
import type { Random } from "../simulation/random.ts";
import { mutateText, pickJson, pickText } from "./values.ts";

export interface DarajaTarget {
  /** The Authorization header of an access token. */
  readonly bearer: string;
  readonly securityCredential: string;
  readonly passkey: string;
  readonly shortcode: string;
  readonly customer: string;
}

export interface DarajaFuzzCall {
  readonly path: string;
  readonly body: string;
  /** Whether a number may have asked for an internal error. */
  readonly hasScenario: boolean;
}

/** The numbers of triggers: customers, shortcodes, receipts. */
const trigger = /2547000\d{5}|69\d{4}|TRIG/;

export function buildDarajaCall(random: Random, target: DarajaTarget): DarajaFuzzCall {
  const operation = random.pick(operations);
  const fields = completeFields(buildExampleRequest(operation), operation, target, random);
  for (let changes = random.integer(0, 3); changes > 0; changes -= 1) changeField(random, fields);
  const isList = operation.body === "list";
  const body = JSON.stringify(isList ? Array.from({ length: random.integer(0, 3) }, () => fields) : fields);
  return { path: operation.path, body, hasScenario: trigger.test(body) };
}

/** The values with which the call succeeds in the sandbox. */
function completeFields(
  example: Record<string, unknown>,
  { organisation }: DarajaOperation,
  { securityCredential, passkey, shortcode, customer }: DarajaTarget,
  random: Random,
): Record<string, unknown> {
  const fields = { ...example };
  const set = (name: string, value: unknown): void => {
    if (name in fields) fields[name] = value;
  };
  if (organisation != null) set(organisation, shortcode);
  for (const name of ["Initiator", "InitiatorName"]) set(name, "testapi");
  set("SecurityCredential", securityCredential);
  if ("Password" in fields) {
    const timestamp = String(fields["Timestamp"]);
    set("Password", Buffer.from(`${shortcode}${passkey}${timestamp}`).toString("base64"));
    set("PartyB", shortcode);
  }
  for (const name of ["PhoneNumber", "Msisdn", "msisdn"]) set(name, customer);
  for (const name of ["OriginatorConversationID", "RequestRefID", "externalReference"])
    set(name, `f${random.integer(0, 2 ** 31).toString(36)}`);
  for (const [name, value] of Object.entries(fields))
    if (/^https?:/.test(String(value))) fields[name] = "http://127.0.0.1:9/callback";
  return fields;
}

function changeField(random: Random, fields: Record<string, unknown>): void {
  const name = random.pick(Object.keys(fields));
  if (name === undefined) return;
  const kind = random.weighted({ text: 4, mutate: 4, remove: 1, rename: 1, json: 1 });
  if (kind === "text") fields[name] = pickText(random);
  else if (kind === "mutate")
    fields[name] = mutateText(random, JSON.stringify(fields[name] ?? "").slice(1, -1));
  else if (kind === "json") fields[name] = pickJson(random);
  else delete fields[name];
  if (kind === "rename") fields[mutateText(random, name)] = pickText(random);
}
