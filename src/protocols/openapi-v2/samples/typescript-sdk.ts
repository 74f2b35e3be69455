/** Samples in TypeScript with the SDK, which knows of sessions, bearers and outcomes by itself. */
import { frequencies } from "../../../payments/mandate-terms.ts";
import type { Operation } from "../operation.ts";
import type { Language } from "./language.ts";
import {
  renderDeclarations,
  toExpression,
  sandboxLines,
  header,
  renderSandboxNote,
  renderStepComment,
} from "./language.ts";
import type { SampleCall, Source, Step } from "./sample-calls.ts";
import { spellings } from "./values.ts";

const language: Omit<Language, "render"> = {
  id: "typescript-sdk",
  title: "TypeScript with the SDK",
  needs:
    "@pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs TypeScript as it is. (On Node 20: npx tsx instead of node.)",
  tested: "executed",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescriptSdk: Language = { ...language, render };

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
  readonly format?: (example: string) => string;
}

const sdkField = (name: string, format?: (example: string) => string): SdkField =>
  format === undefined ? { name } : { name, format };

const formatDay = (text: string): string => `"${text.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")}"`;
const formatNumber = (text: string): string => String(Number(text));

export const fields: Readonly<Record<string, SdkField>> = {
  input_ThirdPartyConversationID: sdkField("reference"),
  input_Amount: sdkField("amount"),
  input_ReversalAmount: sdkField("amount"),
  input_CustomerMSISDN: sdkField("msisdn"),
  input_TransactionReference: sdkField("transactionReference"),
  input_PurchasedItemsDesc: sdkField("description"),
  input_PaymentItemsDesc: sdkField("description"),
  input_ReceiverPartyCode: sdkField("receiver"),
  input_QueryReference: sdkField("query"),
  input_TransactionID: sdkField("transactionId"),
  input_VoucherCode: sdkField("voucherCode"),
  input_ThirdPartyReference: sdkField("mandateReference"),
  input_MsisdnToken: sdkField("msisdnToken"),
  input_MandateID: sdkField("mandateId"),
  input_BalanceAmount: sdkField("balanceAmount"),
  input_AgreedTC: sdkField("agreedToTerms", () => "true"),
  input_FirstPaymentDate: sdkField("firstPaymentDate", formatDay),
  input_ExpiryDate: sdkField("expiryDate", formatDay),
  input_Frequency: sdkField("frequency", (code) => `"${frequencies[code as keyof typeof frequencies]}"`),
  input_StartRangeOfDays: sdkField("firstDayOfMonth", formatNumber),
  input_EndRangeOfDays: sdkField("lastDayOfMonth", formatNumber),
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
const responseFieldNames: Readonly<Record<string, string>> = {
  output_TransactionID: "transactionId",
  output_VoucherCode: "voucherCode",
  output_MsisdnToken: "msisdnToken",
  output_MandateID: "mandateId",
  output_ThirdPartyConversationID: "reference",
};

function render(call: SampleCall): string {
  const hasSteps = call.steps.length > 0;
  return `/**
${header(call, language)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
${sandboxLines("//", ['import { readFileSync } from "node:fs";']).join("\n")}
import { MpesaOpenApi, ${hasSteps ? "createReference, " : ""}type Accepted, type Result } from "@pesarail/sdk";

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8"));',
  ]),
  ...renderDeclarations(
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

const mpesa = new MpesaOpenApi({
  baseUrl: gateway,
  environment,
  market,
  apiKey,
  publicKey,
${hasSteps ? "  serviceProviderCode: organisation,\n" : ""}});
${hasSteps ? call.steps.map(renderStep).join("") : session}${functions}`;
}

const session = `
// The client does this by itself: you need the key only for what the client cannot do.
const answer = accepted(await mpesa.getSession());
console.log(\`The session key is \${answer.sessionKey}\`);
`;

const functions = `
/** What was accepted. Ends the program for every other outcome. */
function accepted<T>(result: Result<T>): Accepted<T> {
  if (result.outcome === "accepted") return result;
  // Not known is no "no": the payment may have gone through, and mpesa.waitForOutcome(result.reference) finds out.
  const outcome = result.outcome === "refused" ? "Refused" : "Not known";
  console.error(\`\${outcome}: \${result.code ?? "no code"} \${result.reason}\`);
  console.error(result.advice);
  return process.exit(1);
}
`;

function renderStep(step: Step): string {
  const { name, operation } = step;
  const parameters = Object.entries(step.parameters).flatMap(([wire, source]) =>
    renderField(operation, wire, source),
  );
  return `
${[
  // The SDK has a method where the wire has a flag, so there is nothing to explain about it.
  ...renderStepComment(
    {
      ...step,
      comment:
        step.comment?.replace(/ The wire's .*$/, "").replace(/input_ReversalAmount/, "an amount") ?? null,
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
function renderField({ product }: Operation, wire: string, source: Source): string[] {
  const isOutcome = product === "updateTransactionStatus" && wire === "input_CustomerMSISDN";
  if (isOutcome || sentByClient.has(wire)) return [];
  const known = fields[wire];
  if (known === undefined) throw new Error(`there is no word of the SDK for ${wire}`);
  const { name, format } = known;
  const value = toExpression(source, {
    quote: format ?? spellings["typescript-sdk"].quote,
    value: spellings["typescript-sdk"].spell,
    newReference: "createReference()",
    responseField: (stepName, field) => `${stepName}.${responseFieldNames[field]}`,
  });
  return [`    ${name}: ${value},`];
}
