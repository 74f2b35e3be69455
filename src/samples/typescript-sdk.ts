/** Samples in TypeScript with the SDK, which knows of sessions, bearers and outcomes by itself. */
import { frequencies } from "../payments/mandate-terms.ts";
import type { Operation } from "../protocols/openapi-v2/operation.ts";
import type { Language } from "./language.ts";
import { declarations, expression, forSandbox, opening, sandboxNote, stepComment } from "./language.ts";
import type { SampleCall, Source, Step } from "./sample-calls.ts";
import { spellings } from "./values.ts";

const about: Omit<Language, "render"> = {
  id: "typescript-sdk",
  title: "TypeScript with the SDK",
  needs:
    "@pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs TypeScript as it is. (On Node 20: npx tsx instead of node.)",
  tested: "executed",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescriptSdk: Language = { ...about, render };

/** The SDK's method for each call. */
export const methods: Readonly<Record<Operation["product"], string>> = {
  c2bSingle: "collect",
  c2bMultiStage: "reserve",
  updateTransactionStatus: "commit",
  b2c: "payOut",
  b2b: "transfer",
  queryTransactionStatus: "queryTransaction",
  directDebitCreate: "createMandate",
  directDebitPayment: "debitMandate",
  queryDirectDebit: "queryMandate",
  directDebitCancel: "cancelMandate",
  queryBeneficiaryName: "queryBeneficiary",
  reversal: "reverse",
};

/** The SDK's word for each of the wire's parameters, and the wire's examples as the SDK writes them. */
interface SdkField {
  readonly name: string;
  readonly written?: (example: string) => string;
}

const field = (name: string, written?: (example: string) => string): SdkField =>
  written === undefined ? { name } : { name, written };

const day = (text: string): string => `"${text.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")}"`;
const number = (text: string): string => String(Number(text));

export const fields: Readonly<Record<string, SdkField>> = {
  input_ThirdPartyConversationID: field("reference"),
  input_Amount: field("amount"),
  input_ReversalAmount: field("amount"),
  input_CustomerMSISDN: field("msisdn"),
  input_TransactionReference: field("transactionReference"),
  input_PurchasedItemsDesc: field("description"),
  input_PaymentItemsDesc: field("description"),
  input_ReceiverPartyCode: field("receiver"),
  input_QueryReference: field("query"),
  input_TransactionID: field("transactionId"),
  input_VoucherCode: field("voucherCode"),
  input_ThirdPartyReference: field("mandateReference"),
  input_MsisdnToken: field("msisdnToken"),
  input_MandateID: field("mandateId"),
  input_BalanceAmount: field("balanceAmount"),
  input_AgreedTC: field("agreedToTerms", () => "true"),
  input_FirstPaymentDate: field("firstPaymentDate", day),
  input_ExpiryDate: field("expiryDate", day),
  input_Frequency: field("frequency", (code) => `"${frequencies[code as keyof typeof frequencies]}"`),
  input_StartRangeOfDays: field("firstDayOfMonth", number),
  input_EndRangeOfDays: field("lastDayOfMonth", number),
};

/** What the client sends by itself. */
export const sentByClient: ReadonlySet<string> = new Set([
  "input_Country",
  "input_Currency",
  "input_ServiceProviderCode",
  "input_PrimaryPartyCode",
  "input_APIVersion",
  "input_KycQueryType",
  "input_QueryBalanceAmount",
]);

/** The SDK's word for the fields of an answer that a later step needs. */
const answers: Readonly<Record<string, string>> = {
  output_TransactionID: "transactionId",
  output_VoucherCode: "voucherCode",
  output_MsisdnToken: "msisdnToken",
  output_MandateID: "mandateId",
  output_ThirdPartyConversationID: "reference",
};

function render(call: SampleCall): string {
  const asks = call.steps.length > 0;
  return `/**
${opening(call, about)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
${forSandbox("//", ['import { readFileSync } from "node:fs";']).join("\n")}
import { OpenApi, ${asks ? "newReference, " : ""}type Accepted, type Result } from "@pesarail/sdk";

${[
  ...sandboxNote("//"),
  ...forSandbox("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8"));',
  ]),
  ...declarations(
    call,
    "typescript-sdk",
    {
      gateway: "const gateway = sandbox.gateway;",
      apiKey: "const apiKey = sandbox.openapi.apiKey;",
      publicKey: "const publicKey = sandbox.openapi.publicKey;",
    },
    ["country", "currency"],
  ),
].join("\n")}

const mpesa = new OpenApi({
  baseUrl: gateway,
  environment,
  market,
  apiKey,
  publicKey,
${asks ? "  serviceProviderCode: organisation,\n" : ""}});
${asks ? call.steps.map(step).join("") : session}${functions}`;
}

const session = `
// The client does this by itself: you need the key only for what the client cannot do.
const answer = accepted(await mpesa.session());
console.log(\`The session key is \${answer.sessionKey}\`);
`;

const functions = `
/** What was accepted. Ends the program for every other outcome. */
function accepted<T>(result: Result<T>): Accepted<T> {
  if (result.outcome === "accepted") return result;
  // Not known is no "no": the payment may have gone through, and mpesa.settle(result.reference) finds out.
  const outcome = result.outcome === "refused" ? "Refused" : "Not known";
  console.error(\`\${outcome}: \${result.code ?? "no code"} \${result.reason}\`);
  console.error(result.advice);
  return process.exit(1);
}
`;

function step(each: Step): string {
  const { name, operation } = each;
  const parameters = Object.entries(each.parameters).flatMap(([wire, source]) =>
    fieldOf(operation, wire, source),
  );
  return `
${[
  // The SDK has a method where the wire has a flag, so there is nothing to explain about it.
  ...stepComment(
    {
      ...each,
      says: each.says?.replace(/ The wire's .*$/, "").replace(/input_ReversalAmount/, "an amount") ?? null,
    },
    "//",
  ),
  `const ${name} = accepted(`,
  `  await mpesa.${methods[operation.product]}({`,
  ...parameters,
  "  }),",
  ");",
  `console.log(${name});`,
].join("\n")}
`;
}

/** A field of the SDK's request; none for what the client sends by itself. Throws for a parameter it does not know. */
function fieldOf({ product }: Operation, wire: string, source: Source): string[] {
  const isOutcome = product === "updateTransactionStatus" && wire === "input_CustomerMSISDN";
  if (isOutcome || sentByClient.has(wire)) return [];
  const known = fields[wire];
  if (known === undefined) throw new Error(`there is no word of the SDK for ${wire}`);
  const { name, written } = known;
  const value = expression(source, {
    quote: written ?? spellings["typescript-sdk"].quote,
    value: spellings["typescript-sdk"].spell,
    newReference: "newReference()",
    answer: (step, field) => `${step}.${answers[field]}`,
  });
  return [`    ${name}: ${value},`];
}
