/** Requests of the fuzzer to IPG v1: every call, with some of its fields changed. */
import { examplePayload } from "../../src/protocols/ipg-v1/example-payloads.ts";
import { operations } from "../../src/protocols/ipg-v1/operations.ts";
import type { Random } from "../simulation/random.ts";
import { mutateText, pickJson, pickText } from "./values.ts";

export interface IpgV1Target {
  /** The Authorization header of the API key. */
  readonly bearer: string;
  /** Customers who pay at once. */
  readonly customers: readonly string[];
}

export interface IpgV1FuzzCall {
  readonly method: string;
  readonly path: string;
  /** Empty for a query. */
  readonly body: string;
  /** Whether a value may have asked for an internal error: a trigger, or a space in a reference. */
  readonly hasScenario: boolean;
}

/** The values of triggers: customers, shortcodes, ids. */
const trigger = /85000\d{4}|99\d{4}|TRIG/i;

export function buildIpgV1Call(random: Random, target: IpgV1Target): IpgV1FuzzCall {
  const operation = random.pick(operations);
  const fields: Record<string, unknown> = {
    ...examplePayload(operation),
    input_ThirdPartyReference: `f${random.integer(0, 2 ** 31).toString(36)}`,
  };
  if ("input_CustomerMSISDN" in fields) fields["input_CustomerMSISDN"] = random.pick(target.customers);
  for (let changes = random.integer(0, 3); changes > 0; changes -= 1)
    changeField(random, fields, random.pick(Object.keys(operation.parameters)));
  const hasSpace = Object.entries(fields).some(
    ([name, value]) => /reference/i.test(name) && /\s/.test(String(value)),
  );
  const hasScenario = hasSpace || trigger.test(JSON.stringify(fields));
  const path = `/ipg/v1x/${operation.path}/`;
  const { method } = operation;
  if (method !== "GET" || random.next() < 0.2)
    return { method, path, body: JSON.stringify(fields), hasScenario };
  const query = new URLSearchParams(fields as Record<string, string>).toString();
  return { method, path: `${path}?${query}`, body: "", hasScenario };
}

function changeField(random: Random, fields: Record<string, unknown>, name: string): void {
  const kind = random.weighted({ text: 4, mutate: 4, remove: 1, rename: 1, json: 1 });
  if (kind === "text") fields[name] = pickText(random);
  else if (kind === "mutate")
    fields[name] = mutateText(random, JSON.stringify(fields[name] ?? "").slice(1, -1));
  else if (kind === "json") fields[name] = pickJson(random);
  else delete fields[name];
  if (kind === "rename") fields[mutateText(random, name)] = pickText(random);
}
