/** Checks before sending: amounts, numbers, texts, options. Each row has the encoded value or the expected error. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import { markets } from "../../src/core/markets.ts";
import { openapiV2Markets } from "../../src/protocols/openapi-v2/markets.ts";
import { calls, type Call } from "../src/openapi-v2/operations.ts";
import { buildRequest, type RequestDefaults } from "../src/openapi-v2/build-request.ts";
import {
  InvalidArgumentError,
  MpesaOpenApi,
  PesarailError,
  createReference,
  type Environment,
  type Market,
  type MpesaOpenApiOptions,
} from "../src/index.ts";

const { publicKey: key } = generateKeyPairSync("rsa", { modulusLength: 4096 });
const publicKey = key.export({ type: "spki", format: "der" }).toString("base64");
const apiKey = "a-key-that-must-not-be-seen";

const client = (change: Partial<MpesaOpenApiOptions> = {}): MpesaOpenApi =>
  new MpesaOpenApi({ environment: "sandbox", market: "vodacomTZN", apiKey, publicKey, ...change });

const defaults: RequestDefaults = {
  environment: "sandbox",
  market: "vodacomTZN",
  serviceProviderCode: "000000",
};

/** The wire parameters of a request. */
const buildParameters = (
  call: Call,
  request: object,
  change: Partial<RequestDefaults> = {},
): Record<string, string> => ({
  ...buildRequest(call, request, { ...defaults, ...change }).parameters,
});

const collection = {
  amount: "10",
  msisdn: "255750000001",
  transactionReference: "T12344C",
  description: "Shoes",
} as const;

/** The wire value of a field of a collection, or the error. */
function encodeField(field: string, value: unknown, change: Partial<RequestDefaults> = {}): string | Error {
  try {
    return (
      buildParameters(calls.collect, { ...collection, [field]: value }, change)[
        calls.collect.fields[field]?.wire ?? ""
      ] ?? ""
    );
  } catch (error) {
    assert(error instanceof InvalidArgumentError && error instanceof PesarailError, inspect(error));
    assert.equal(error.field, field);
    return error;
  }
}

function expectEncodings(
  field: string,
  table: readonly (readonly [value: unknown, becomes: string | RegExp])[],
): void {
  for (const [value, expected] of table) {
    const result = encodeField(field, value);
    const label = inspect(value);
    if (typeof expected === "string") assert.equal(result, expected, label);
    else {
      assert(result instanceof Error, `${label} became ${inspect(result)}`);
      assert.match(result.message, expected, label);
    }
  }
}

test("amounts are exact, and anything else is refused", () => {
  // prettier-ignore
  expectEncodings("amount", [
    ["10",      "10"],
    ["10.5",    "10.5"],
    ["10.50",   "10.50"],
    [".5",      ".5"],
    ["007",     "007"],
    [1050n,     "10.50"],
    [5n,        "0.05"],
    [10n ** 20n, `1${"0".repeat(18)}.00`],
    ["99999999999999999999.99", "99999999999999999999.99"],
    [10,        /must be decimal digits in a string.*write "10"/],
    [0.1 + 0.2, /write "0.30000000000000004"/],
    [Number.NaN, /must be decimal/],
    ["10.505",  /more than 2 decimals/],
    ["10.500",  /more than 2 decimals/],
    ["1,000",   /is not an amount/],
    ["1e3",     /is not an amount/],
    ["-5",      /is not an amount/],
    ["+5",      /is not an amount/],
    [" 5",      /is not an amount/],
    ["5.",      /is not an amount/],
    ["5\n",     /is not an amount/],
    ["٣",       /is not an amount/],
    [".",       /is not an amount/],
    ["0",       /above zero/],
    ["0.00",    /above zero/],
    [0n,        /above zero/],
    [-1n,       /above zero/],
    ["",        /amount is missing/],
    [undefined, /amount is missing/],
    [null,      /amount is missing/],
    [{},        /must be decimal/],
  ]);
});

test("different spellings of a number encode to the same number", async () => {
  // prettier-ignore
  const table: [market: Market, written: string, becomes: string | null][] = [
    ["vodacomTZN",  "255750000001",        "255750000001"],
    ["vodacomTZN",  "+255 750 000 001",    "255750000001"],
    ["vodacomTZN",  "00255750000001",      "255750000001"],
    ["vodacomTZN",  "0750 000 001",        "255750000001"],
    ["vodacomTZN",  "750000001",           "255750000001"],
    ["vodacomTZN",  "(0750) 000-001",      "255750000001"],
    ["vodacomTZN",  "0750\u2011000\u2011001", "255750000001"],
    ["vodacomTZN",  " 0750.000.001\t",     "255750000001"],
    ["vodacomTZN",  "254700000001",        null],
    ["vodacomTZN",  "+254 700 000 001",    null],
    ["vodacomTZN",  "+0750000001",         null],
    ["vodacomTZN",  "25575000000",         null],
    ["vodacomTZN",  "2557500000011",       null],
    ["vodacomTZN",  "2550750000001",       null],
    ["vodacomTZN",  "255050000001",        null],
    ["vodacomTZN",  "00750000001",         null],
    ["vodacomTZN",  "",                    null],
    ["vodacomTZN",  "Amina",               null],
    ["vodacomTZN",  "75000000a",           null],
    ["vodacomTZN",  "000000000001",        "000000000001"],
    ["vodacomTZN",  "000000000000",        null],
    ["vodacomTZN",  "00000000000000000001", null],
    ["vodafoneGHA", "0551234567",          "233551234567"],
    ["vodafoneGHA", "+233 55 123 4567",    "233551234567"],
    ["vodacomLES",  "58123456",            "26658123456"],
    ["vodacomLES",  "+266 5812 3456",      "26658123456"],
    ["vodacomLES",  "266581234567",        null],
    ["vodacomLES",  "000000000001",        "000000000001"],
    ["vodacomDRC",  "0812345678",          "243812345678"],
    ["vodacomMOZ",  "84 123 4567",         "258841234567"],
    ["vodacomMOZ",  "258 84 123 4567",     "258841234567"],
  ];
  for (const [market, written, expected] of table) {
    const result = encodeField("msisdn", written, { market });
    const label = `${market} ${written}`;
    if (expected !== null) assert.equal(result, expected, label);
    else assert(result instanceof Error, label);
  }
  assert.match(String(encodeField("msisdn", 255750000001)), /must be a string/);
  const refused = encodeField("msisdn", "254700000001");
  assert(
    refused instanceof Error && !refused.message.includes("254700000001"),
    "the message must not contain the number",
  );
});

test("scenario numbers work only in the sandbox, and with twenty digits only for debits", async () => {
  const debit = { amount: "10", mandateReference: "rent" };
  const twenty = "00000000000000000004";
  assert.equal(
    buildParameters(calls.debitMandate, { ...debit, msisdn: twenty })["input_CustomerMSISDN"],
    twenty,
  );

  const live = { environment: "live" } as const;
  assert.throws(
    () => buildParameters(calls.debitMandate, { ...debit, msisdn: twenty }, live),
    /only the sandbox accepts/,
  );
  assert.match(
    String(encodeField("msisdn", "000000000001", { environment: "live" })),
    /only the sandbox accepts/,
  );
});

test("texts must match the documented expressions, and the error names the code that M-Pesa would return", async () => {
  // prettier-ignore
  expectEncodings("description", [
    ["Shoes",            "Shoes"],
    ["Shoes size 42_b",  "Shoes size 42_b"],
    ["x".repeat(256),    "x".repeat(256)],
    ["x".repeat(257),    /INS-30/],
    ["Shoes, red",       /M-Pesa would refuse it with INS-30\..*without commas/],
    ["Shoes.",           /INS-30/],
    ["Größe",            /INS-30/],
    ["",                 /description is missing/],
    [7,                  /must be a string/],
  ]);
  // prettier-ignore
  expectEncodings("transactionReference", [
    ["T",                "T"],
    ["x".repeat(20),     "x".repeat(20)],
    ["x".repeat(21),     /INS-17/],
    ["T-1",              /INS-17/],
    ["",                 /is missing/],
  ]);
  // prettier-ignore
  expectEncodings("reference", [
    ["a",                "a"],
    ["a".repeat(32),     "a".repeat(32)],
    ["a".repeat(33),     /1 to 32 letters and digits, as the status query requires/],
    ["a b",              /1 to 32/],
    ["order-17",         /1 to 32/],
    ["order_17",         /1 to 32/],
    [17,                 /1 to 32/],
  ]);
  expectEncodings("serviceProviderCode", [
    ["ORG001", "ORG001"],
    ["abc", /INS-13/],
    [0, /must be a string/],
  ]);
  expectEncodings("responseUrl", [
    ["https://shop.example/callbacks", "https://shop.example/callbacks"],
    ["shop.example/callbacks", /http or https/],
    ["ftp://shop.example", /http or https/],
  ]);
});

test("a misspelt field is refused, because an ignored reference would cause a second payment", async () => {
  const misspelt = { ...collection, refernce: "order17" };
  await assert.rejects(client().collect(misspelt), /Unknown field "refernce"\. Known fields: reference, /);
});

test("a missing request and ambiguous values are refused", async () => {
  const none = undefined as unknown as typeof collection;
  await assert.rejects(client().collect(none), isInvalidArgument("request"));
  await assert.rejects(
    client().waitForOutcome("order17", { timeout: 1 } as object),
    isInvalidArgument("timeout"),
  );
  // An empty form field must not reverse a whole payment.
  for (const amount of ["", null, undefined] as unknown as string[]) {
    await assert.rejects(
      client({ serviceProviderCode: "ORG001" }).reverse({ transactionId: "x7f3", amount }),
      isInvalidArgument("amount"),
    );
  }
  assert.equal("input_ReversalAmount" in buildParameters(calls.reverse, { transactionId: "x7f3" }), false);
  // In a callback, the query's result would look like the payment's.
  const request = { query: "order17", reference: "order17" };
  await assert.rejects(
    client({ serviceProviderCode: "ORG001" }).queryTransaction(request),
    isInvalidArgument("reference"),
  );
});

test("an unknown option is refused, because a misspelt baseUrl would mean the real M-Pesa", () => {
  const change = (options: object) => () => client(options);
  assert.throws(
    () => new MpesaOpenApi(undefined as unknown as MpesaOpenApiOptions),
    isInvalidArgument("options"),
  );
  assert.throws(change({ baseURL: "http://127.0.0.1:8080" }), isInvalidArgument("baseURL"));
  assert.throws(change({ timeoutMs: 0 }), isInvalidArgument("timeoutMs"));
  assert.throws(change({ origin: "a\r\nb" }), isInvalidArgument("origin"));
  assert.throws(change({ origin: 5 }), isInvalidArgument("origin"));
  assert.throws(change({ fetch: "fetch" }), isInvalidArgument("fetch"));
  assert.throws(change({ responseUrl: "ftp://shop.example" }), isInvalidArgument("responseUrl"));
});

const isInvalidArgument =
  (field: string) =>
  (error: unknown): true => {
    assert(error instanceof InvalidArgumentError, inspect(error));
    assert.equal(error.field, field);
    return true;
  };

test("a mandate's dates and terms are encoded", async () => {
  const request = { msisdn: "0750000001", mandateReference: "rent", agreedToTerms: true } as const;
  const { input_ThirdPartyConversationID: reference, ...rest } = buildParameters(calls.createMandate, {
    ...request,
    firstPaymentDate: "2028-02-29",
    expiryDate: "20301231",
    frequency: "monthly",
    firstDayOfMonth: 1,
    lastDayOfMonth: 22,
  });
  assert.match(reference ?? "", /^[0-9a-z]{32}$/);
  assert.deepEqual(rest, {
    input_Country: "TZN",
    input_CustomerMSISDN: "255750000001",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyReference: "rent",
    input_AgreedTC: "1",
    input_FirstPaymentDate: "20280229",
    input_Frequency: "04",
    input_StartRangeOfDays: "01",
    input_EndRangeOfDays: "22",
    input_ExpiryDate: "20301231",
  });

  // prettier-ignore
  const table: [change: object, field: string][] = [
    [{ firstPaymentDate: "2027-02-29" },       "firstPaymentDate"],
    [{ firstPaymentDate: new Date(0) },        "firstPaymentDate"],
    [{ expiryDate: "31.12.2027" },             "expiryDate"],
    [{ frequency: "fortnightly" },             "frequency"],
    [{ firstDayOfMonth: 0 },                   "firstDayOfMonth"],
    [{ lastDayOfMonth: 31.5 },                 "lastDayOfMonth"],
    [{ agreedToTerms: false },                 "agreedToTerms"],
    [{ mandateReference: "a-b" },              "mandateReference"],
  ];
  for (const [change, field] of table) {
    assert.throws(() => buildParameters(calls.createMandate, { ...request, ...change }), {
      name: "InvalidArgumentError",
      field,
    });
  }
  const withoutCustomer = { amount: "1", mandateReference: "rent" };
  assert.throws(() => buildParameters(calls.debitMandate, withoutCustomer), {
    name: "InvalidArgumentError",
    field: "msisdn",
  });
  await assert.rejects(client().waitForOutcome("a b"), { name: "InvalidArgumentError", field: "reference" });
});

test("every market's country, currency and digits match the server's", async () => {
  for (const market of openapiV2Markets) {
    const { country, currency, prefix, digits } = markets[market];
    const msisdn = prefix + "7".repeat(digits - prefix.length);
    const sent = buildParameters(calls.collect, { ...collection, msisdn }, { market });
    assert.equal(sent["input_Country"], country);
    assert.equal(sent["input_Currency"], currency);
  }
});

test("the constructor refuses invalid options", () => {
  const { publicKey: short } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { publicKey: curve } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const der = (item: typeof key): string => item.export({ type: "spki", format: "der" }).toString("base64");
  // prettier-ignore
  const table: [change: object, field: string, message: RegExp][] = [
    [{ environment: "openapi" },                 "environment", /"sandbox" or "live"/],
    [{ market: "safaricomKEN" },                 "market", /one of vodafoneGHA/],
    [{ market: "toString" },                     "market", /one of/],
    [{ apiKey: "" },                             "apiKey", /is missing/],
    [{ apiKey: undefined },                      "apiKey", /is missing/],
    [{ apiKey: publicKey },                      "apiKey", /Is it the public key/],
    [{ publicKey: "" },                          "publicKey", /not an RSA public key/],
    [{ publicKey: apiKey },                      "publicKey", /not an RSA public key/],
    [{ publicKey: publicKey.slice(0, 500) },     "publicKey", /Copy the whole key/],
    [{ publicKey: der(short) },                  "publicKey", /has 2048 bits/],
    [{ publicKey: der(curve) },                  "publicKey", /not an RSA public key/],
    [{ serviceProviderCode: "a" },               "serviceProviderCode", /4 to 12/],
    [{ responseUrl: "callbacks" },                    "responseUrl", /http/],
    [{ timeoutMs: -1 },                          "timeoutMs", /milliseconds/],
    [{ timeoutMs: Infinity },                    "timeoutMs", /milliseconds/],
    [{ timeoutMs: 2 ** 31 },                     "timeoutMs", /milliseconds/],
    [{ sessionLifetimeMs: Number.NaN },          "sessionLifetimeMs", /milliseconds/],
    [{ baseUrl: "openapi.m-pesa.com" },          "baseUrl", /a URL/],
    [{ baseUrl: "ftp://openapi.m-pesa.com" },    "baseUrl", /https/],
    [{ baseUrl: "https://me:pw@m-pesa.com" },    "baseUrl", /user name or a password/],
    [{ baseUrl: "https://m-pesa.com/?a=b" },     "baseUrl", /a query or a fragment/],
    [{ baseUrl: "https://m-pesa.com/sandbox/ipg/v2/vodacomTZN" }, "baseUrl", /must end before/],
    [{ environment: "live", baseUrl: "http://openapi.m-pesa.com" }, "baseUrl", /an intercepted bearer/],
    [{ environment: "live", baseUrl: "http://localhost.m-pesa.com" }, "baseUrl", /an intercepted bearer/],
    [{ environment: "live", baseUrl: "http://127.evil.com" }, "baseUrl", /an intercepted bearer/],
  ];
  for (const [change, field, message] of table) {
    const label = inspect(change);
    assert.throws(() => client(change), { name: "InvalidArgumentError", field, message }, label);
  }
});

test("a base URL may have a path and a trailing slash, and loopback addresses may use http", () => {
  // prettier-ignore
  const table: [environment: Environment, baseUrl: string | undefined, becomes: string][] = [
    ["live",    undefined,                        "https://openapi.m-pesa.com"],
    ["sandbox", "http://pesarail:8080/",          "http://pesarail:8080"],
    ["sandbox", "https://proxy.example/mpesa//",  "https://proxy.example/mpesa"],
    ["live",    "http://127.0.0.1:8080",          "http://127.0.0.1:8080"],
    ["live",    "http://localhost:8080/",         "http://localhost:8080"],
    ["live",    "http://[::1]:8080",              "http://[::1]:8080"],
  ];
  for (const [environment, baseUrl, expected] of table) {
    assert.equal(client({ environment, baseUrl }).baseUrl, expected);
  }
});

test("pasted keys are accepted: with line breaks, as PEM, with surrounding spaces", () => {
  const pem = key.export({ type: "spki", format: "pem" });
  const lines = publicKey.replace(/(.{64})/g, "$1\r\n");
  for (const pasted of [pem, `  ${pem}\n`, lines, ` ${publicKey}\n`])
    client({ publicKey: pasted, apiKey: ` ${apiKey}\n` });
});

test("printing a client does not show a key", () => {
  const output = inspect(client(), { depth: Infinity, showHidden: true }) + JSON.stringify(client());
  assert(!output.includes(apiKey));
  assert.match(output, /vodacomTZN/);
});

test("createReference returns a new reference of 32 letters and digits each time", () => {
  const references = new Set(Array.from({ length: 1000 }, createReference));
  assert.equal(references.size, 1000);
  for (const item of references) assert.match(item, /^[0-9a-z]{32}$/);
});
