/** Samples in TypeScript with the SDK, which handles sessions, encryption and results. */
import { frequencyTexts } from "../frequencies.ts";
import type { Operation } from "../operation.ts";
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpression, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, Source, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "typescript-sdk",
  title: "TypeScript with the SDK",
  needs:
    "@pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of node.)",
  tested: "executed",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescriptSdk: SampleLanguage = { ...language, render };

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

/** The SDK's field for a wire parameter, and how the SDK writes its example. */
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
  input_Frequency: sdkField("frequency", (code) => `"${frequencyTexts[code]}"`),
  input_StartRangeOfDays: sdkField("firstDayOfMonth", formatNumber),
  input_EndRangeOfDays: sdkField("lastDayOfMonth", formatNumber),
};

/** Parameters that the client sends by itself. */
export const sentByClient: ReadonlySet<string> = new Set([
  "input_Country",
  "input_Currency",
  "input_ServiceProviderCode",
  "input_PrimaryPartyCode",
  "input_APIVersion",
  "input_KycQueryType",
  "input_QueryBalanceAmount",
]);

/** The SDK's names of the response fields that later steps use. */
const responseFieldNames: Readonly<Record<string, string>> = {
  output_TransactionID: "transactionId",
  output_VoucherCode: "voucherCode",
  output_MsisdnToken: "msisdnToken",
  output_MandateID: "mandateId",
  output_ThirdPartyConversationID: "reference",
};

function render(call: SampleCall, path: string): string {
  const hasSteps = call.steps.length > 0;
  return `/**
${header(call, language, path)
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
${hasSteps ? renderSteps(call, renderStep, "const mandateReference = createReference();") : session}${functions}`;
}

const session = `
// The client does this by itself. Get the key only for calls that the client does not support.
const answer = accepted(await mpesa.getSession());
console.log(\`The session key is \${answer.sessionKey}\`);
`;

const functions = `
/** Returns an accepted result. Exits for every other outcome. */
function accepted<T>(result: Result<T>): Accepted<T> {
  if (result.outcome === "accepted") return result;
  // Unknown is not refused: the payment may have completed. mpesa.waitForOutcome(result.reference) finds out.
  const outcome = result.outcome === "refused" ? "Refused" : "Unknown result";
  console.error(\`\${outcome}: \${result.code ?? "no code"} \${result.reason}\`);
  console.error(result.advice);
  return process.exit(1);
}
`;

function renderStep(step: SampleStep): string {
  const { name, operation } = step;
  const parameters = Object.entries(step.parameters).flatMap(([wire, source]) =>
    renderField(operation, wire, source),
  );
  return `
${[
  // The SDK has a method in place of the wire's flag, so the comment about the flag is removed.
  ...renderStepComment(
    {
      ...step,
      comment:
        step.comment?.replace(/ Here the field .*$/, "").replace(/input_ReversalAmount/, "an amount") ?? null,
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

/** A field of the SDK's request, or none if the client sends it by itself. Throws for an unknown parameter. */
function renderField({ product }: Operation, wire: string, source: Source): string[] {
  const isOutcome = product === "updateTransactionStatus" && wire === "input_CustomerMSISDN";
  if (isOutcome || sentByClient.has(wire)) return [];
  const known = fields[wire];
  if (known === undefined) throw new Error(`the SDK has no field for ${wire}`);
  const { name, format } = known;
  const value = toExpression(source, {
    quote: format ?? spellings["typescript-sdk"].quote,
    value: spellings["typescript-sdk"].spell,
    newReference: "createReference()",
    mandateReference: "mandateReference",
    responseField: (stepName, field) => `${stepName}.${responseFieldNames[field]}`,
  });
  return [`    ${name}: ${value},`];
}
