/** Requests of the fuzzer to the SOAP Broker: every command, with some of its values changed, and changed XML. */
import {
  buildCommandRequest,
  type CommandDetails,
  type SoapClientKeys,
} from "../../src/protocols/soap/build-request.ts";
import { buildExampleCommand, buildExampleRegistration } from "../../src/protocols/soap/examples.ts";
import type { SoapEntries } from "../../src/protocols/soap/messages.ts";
import { operations } from "../../src/protocols/soap/operations.ts";
import type { Random } from "../simulation/random.ts";
import { mutateText, pickText } from "./values.ts";

export type SoapTarget = SoapClientKeys;

export interface SoapFuzzCall {
  readonly path: string;
  readonly body: string;
  /** Whether a number may have asked for an internal error. */
  readonly hasScenario: boolean;
}

const paths = [
  "/mminterface/request",
  "/mminterface/registerURL",
  "/queryTransactionService/services/transaction",
  "/changePasswordService/services/changePassword",
] as const;

/** The number that asks for a failure of the platform. */
const faultNumber = /99997/;

const url = "http://127.0.0.1:9/result";

export function buildSoapCall(random: Random, target: SoapTarget): SoapFuzzCall {
  const reference = `f${random.integer(0, 2 ** 31).toString(36)}`;
  const operation = random.pick(operations);
  const example =
    random.next() < 0.1
      ? buildExampleRegistration(reference, undefined, { validation: url, confirmation: url })
      : buildExampleCommand(operation, reference, undefined, url);
  const keys = random.next() < 0.05 ? { ...target, spPassword: pickText(random) } : target;
  let body = buildCommandRequest(keys, changeDetails(random, example));
  const changes = { none: 0, one: 1, several: 3, many: 9 }[
    random.weighted({ none: 6, one: 2, several: 1, many: 1 })
  ];
  for (let done = 0; done < changes; done += 1) body = mutateText(random, body);
  return {
    path: random.next() < 0.8 ? paths[0] : random.pick(paths),
    body,
    hasScenario: faultNumber.test(body),
  };
}

/** Some of a command's values changed. */
function changeDetails(random: Random, details: CommandDetails): CommandDetails {
  const change = (value: string): string =>
    random.weighted({ same: 6, text: 1, mutated: 1 }) === "same"
      ? value
      : random.next() < 0.5
        ? pickText(random)
        : mutateText(random, value);
  const changeEntries = (entries: SoapEntries): SoapEntries =>
    entries.map(([key, value]) => [random.next() < 0.95 ? key : change(key), change(value ?? "")]);
  const { primaryParty, receiverParty, references } = details;
  return {
    ...details,
    command: random.next() < 0.95 ? details.command : change(details.command),
    parameters: changeEntries(details.parameters),
    ...(references === undefined ? {} : { references: changeEntries(references) }),
    ...(primaryParty === undefined
      ? {}
      : { primaryParty: { ...primaryParty, identifier: change(primaryParty.identifier) } }),
    ...(receiverParty === undefined
      ? {}
      : { receiverParty: { ...receiverParty, identifier: change(receiverParty.identifier) } }),
  };
}
