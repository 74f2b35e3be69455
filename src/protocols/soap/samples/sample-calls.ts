/** The calls of the samples, made from the tables of the commands. Each is one request whose document has some values. */
import { toKebabCase } from "../../samples/text.ts";
import type { CommandDetails } from "../build-request.ts";
import { buildExampleCommand, buildExampleRegistration } from "../examples.ts";
import { namespaces } from "../names.ts";
import { operations } from "../operations.ts";

/** Values that come from the Broker's section of `sandbox.json`, by their names there. */
export const sandboxValues = {
  baseUrl: "url",
  spId: "spId",
  spPassword: "spPassword",
  serviceId: "serviceId",
  shortCode: "shortCode",
  otherShortCode: "otherShortCode",
  initiatorName: "initiatorName",
  securityCredential: "securityCredential",
} as const;

export const literalValues = {
  customer: "254708374149",
  resultUrl: "http://127.0.0.1:9/result",
} as const;

export type SoapValueName = keyof typeof sandboxValues | keyof typeof literalValues | "conversationId";

/** A piece of a document: markup, or the name of a value. */
export type DocumentPart = string | { readonly value: SoapValueName };

export interface SoapSampleCall {
  /** Of the file: `business-payment`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly path: "/mminterface/request" | "/mminterface/registerURL";
  /** The document in the request, line by line. */
  readonly lines: readonly (readonly DocumentPart[])[];
}

const marked = {
  shortCode: "{shortCode}",
  otherShortCode: "{otherShortCode}",
  customer: "{customer}",
} as const;

/** The parts of a text in which `{name}` stands for a value. */
const split = (text: string): readonly DocumentPart[] =>
  text
    .split(/(\{\w+\})/)
    .filter((part) => part !== "")
    .map((part): DocumentPart => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name === undefined ? part : { value: name as SoapValueName };
    });

const line = (depth: number, text: string): readonly DocumentPart[] => split(`${"  ".repeat(depth)}${text}`);

const element = (depth: number, name: string, text: string): readonly DocumentPart[] =>
  line(depth, `<${name}>${text}</${name}>`);

function renderEntries(
  list: string,
  item: string,
  entries: CommandDetails["parameters"],
): readonly (readonly DocumentPart[])[] {
  if (entries.length === 0) return [];
  return [
    line(2, `<${list}>`),
    ...entries.map(([key, value]) =>
      line(3, `<${item}><Key>${key}</Key><Value>${value ?? ""}</Value></${item}>`),
    ),
    line(2, `</${list}>`),
  ];
}

function renderParty(
  name: string,
  party: CommandDetails["primaryParty"],
): readonly (readonly DocumentPart[])[] {
  if (party === undefined) return [];
  return [
    line(2, `<${name}>`),
    element(3, "IdentifierType", party.identifierType),
    element(3, "Identifier", party.identifier),
    ...(party.shortCode === undefined ? [] : [element(3, "ShortCode", party.shortCode)]),
    line(2, `</${name}>`),
  ];
}

function renderDocument(details: CommandDetails): readonly (readonly DocumentPart[])[] {
  const { initiatorShortCode, resultUrl } = details;
  return [
    line(0, '<?xml version="1.0" encoding="UTF-8"?>'),
    line(0, `<request xmlns="${namespaces.request}">`),
    line(1, "<Transaction>"),
    element(2, "CommandID", details.command),
    element(2, "OriginatorConversationID", "{conversationId}"),
    ...renderEntries("Parameters", "Parameter", details.parameters),
    ...renderEntries("ReferenceData", "ReferenceItem", details.references ?? []),
    line(1, "</Transaction>"),
    line(1, "<Identity>"),
    ...(resultUrl === undefined
      ? []
      : [line(2, "<Caller><CallerType>2</CallerType><ResultURL>{resultUrl}</ResultURL></Caller>")]),
    ...(initiatorShortCode === undefined
      ? []
      : [
          line(2, "<Initiator>"),
          element(3, "IdentifierType", "11"),
          element(3, "Identifier", "{initiatorName}"),
          element(3, "SecurityCredential", "{securityCredential}"),
          element(3, "ShortCode", initiatorShortCode),
          line(2, "</Initiator>"),
        ]),
    ...renderParty("PrimaryParty", details.primaryParty),
    ...renderParty("ReceiverParty", details.receiverParty),
    line(1, "</Identity>"),
    element(1, "KeyOwner", "1"),
    line(0, "</request>"),
  ];
}

export const sampleCalls: readonly SoapSampleCall[] = [
  ...operations.map((operation): SoapSampleCall => ({
    name: toKebabCase(operation.name).replace(/^-/, ""),
    title: operation.title,
    description: operation.description,
    path: "/mminterface/request",
    lines: renderDocument(buildExampleCommand(operation, "", marked)),
  })),
  {
    name: "register-url",
    title: "RegisterURL",
    description: "Registers where the payments that customers start are validated and confirmed.",
    path: "/mminterface/registerURL",
    lines: renderDocument(
      buildExampleRegistration("", marked, { validation: "{resultUrl}", confirmation: "{resultUrl}" }),
    ),
  },
];

/** The values that a sample declares, in the order of their tables. */
export function listUsedValues({
  lines,
}: SoapSampleCall): readonly Exclude<SoapValueName, "conversationId">[] {
  const used = new Set<string>(["baseUrl", "spId", "spPassword", "serviceId"]);
  for (const part of lines.flat()) if (typeof part !== "string") used.add(part.value);
  const names = [...Object.keys(sandboxValues), ...Object.keys(literalValues)] as Exclude<
    SoapValueName,
    "conversationId"
  >[];
  return names.filter((name) => used.has(name));
}
