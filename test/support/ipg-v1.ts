/** A client of IPG v1 as integrators write it: the encrypted API key, and one request for each call. */
import { enableProducts } from "../../src/developers/enabled-products.ts";
import { testSecretKey } from "./cluster.ts";
import { createApplicationService } from "../../src/developers/application-service.ts";
import { msPerDay } from "../../src/core/clock.ts";
import type { Environment } from "../../src/core/markets.ts";
import { ipgV1 } from "../../src/protocols/ipg-v1/index.ts";
import type { IpgV1Operation } from "../../src/protocols/ipg-v1/operation.ts";
import { findOperation } from "../../src/protocols/ipg-v1/operations.ts";
import { examplePayload } from "../../src/protocols/ipg-v1/example-payloads.ts";
import { productNames, type IpgV1Product } from "../../src/protocols/ipg-v1/products.ts";
import type { ProductSettings } from "../../src/developers/application-settings.ts";
import { railFor } from "../../src/core/rails.ts";
import { fund } from "../../src/payments/funding.ts";
import { registerCustomers } from "../../src/payments/register.ts";
import type { PromptBehaviour } from "../../src/store/rail/accounts.ts";
import { control } from "./control.ts";
import { createReference, encryptTo, getPublicKey, type Reply, type TestSandbox } from "./sandbox.ts";

export const mozambique = "vodacomMOZ";

export type Fields = Readonly<Record<string, string>>;

export interface IpgV1ClientInfo {
  readonly apiKey: string;
  readonly publicKey: string;
  readonly serviceProviderCode: string;
  readonly receiverPartyCode: string;
  readonly customers: readonly string[];
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export const getClientInfo = ({ platform }: Pick<TestSandbox, "platform">): IpgV1ClientInfo =>
  platform.sandboxInfo["ipg-v1"] as IpgV1ClientInfo;

/** The bearer of a key in the sandbox; default: that of the seeded application. */
export const bearer = (sandbox: TestSandbox, apiKey = getClientInfo(sandbox).apiKey): string =>
  sandbox.encrypt(apiKey);

export const pathTo = ({ path }: Pick<IpgV1Operation, "path">): string => `/ipg/v1x/${path}/`;

/** The fields of a request that succeeds, with a new reference. An undefined override removes a field. */
export function buildFields(product: IpgV1Product, overrides: object = {}): Record<string, string> {
  const fields = {
    ...examplePayload(findOperation(product)),
    input_ThirdPartyReference: createReference(),
    ...overrides,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

export interface CallOptions {
  readonly bearer?: string;
  readonly headers?: Record<string, string>;
}

/** Makes a call, by default with the key of the seeded application. */
export function call(
  sandbox: TestSandbox,
  product: IpgV1Product,
  overrides: object = {},
  options: CallOptions = {},
): Promise<Reply> {
  const operation = findOperation(product);
  return sandbox.raw(operation.method, pathTo(operation), {
    bearer: options.bearer ?? bearer(sandbox),
    fields: buildFields(product, overrides),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
  });
}

export const collect = (sandbox: TestSandbox, overrides: object = {}, options: CallOptions = {}) =>
  call(sandbox, "ipgV1C2b", overrides, options);

export const summarise = ({ status, body }: Reply): string => `${status} ${body["output_ResponseCode"]}`;

export const getTransactionId = ({ body }: Reply): string => body["output_TransactionID"] ?? "";

/** The status of a payment by one of its names. */
export async function getStatus(
  sandbox: TestSandbox,
  name: string,
  overrides: object = {},
  options: CallOptions = {},
): Promise<string> {
  const query = { input_QueryReference: name, ...overrides };
  const reply = await call(sandbox, "ipgV1QueryTransactionStatus", query, options);
  return `${summarise(reply)} ${reply.body["output_ResponseTransactionStatus"]}`;
}

export interface IpgV1ApplicationOptions {
  readonly environment?: Environment;
  readonly products?: Partial<Record<IpgV1Product, ProductSettings>>;
  readonly shortcodes?: readonly string[] | null;
  readonly trustedSources?: readonly string[];
  readonly trustedOrigins?: readonly string[];
  readonly responseUrl?: string | null;
}

export interface IpgV1Application {
  readonly id: bigint;
  readonly apiKey: string;
  readonly bearer: string;
}

/** An application with an API key of IPG v1. */
export async function createApplication(
  sandbox: TestSandbox,
  options: IpgV1ApplicationOptions = {},
): Promise<IpgV1Application> {
  const { environment = "sandbox" } = options;
  const { id, secrets } = await createService(sandbox, environment).create({
    developer: { email: "tester@sandbox.invalid", name: "Tester" },
    name: "Application of a test",
    description: "",
    sessionLifetimeMs: msPerDay,
    trustedSources: options.trustedSources ?? [],
    trustedOrigins: options.trustedOrigins ?? [],
    shortcodes: options.shortcodes ?? null,
    products: options.products ?? enableProducts(productNames),
    callbackUrls: [{ protocol: ipgV1.name, kind: "result", url: options.responseUrl ?? null }],
    credentials: ipgV1.credentials,
  });
  const apiKey = secrets[0] ?? "";
  return { id, apiKey, bearer: encryptTo(await getPublicKey(sandbox, environment), apiKey) };
}

const createService = ({ stores: { main } }: TestSandbox, environment: Environment) =>
  createApplicationService({
    sql: main,
    environment,
    actor: "test",
    refresh: async () => {},
    readSecretKey: () => testSecretKey,
  });

/** Changes an application as its developer does, so that this server sees the change at once. */
export async function setResponseUrl(
  sandbox: TestSandbox,
  { id }: Pick<IpgV1Application, "id">,
  url: string | null,
): Promise<void> {
  await control(sandbox, "PATCH /applications/{id}", {
    params: { id: id.toString() },
    body: { ipgV1ResponseUrl: url },
  });
}

/** The newest row of the request log, with its details. */
export async function readLastRequest(sandbox: TestSandbox) {
  const { requests } = await control(sandbox, "GET /markets/{market}/requests", {
    params: { market: mozambique },
    query: { limit: "1" },
  });
  const [last] = requests;
  if (last === undefined) throw new Error("the request log is empty");
  return last;
}

let lastCustomer = 0;

/** A customer with money and a prompt behaviour, and a number that IPG v1 accepts. */
export async function createCustomer(
  sandbox: TestSandbox,
  {
    amountMinor = 100_00n,
    behaviour = "approve",
  }: { amountMinor?: bigint; behaviour?: PromptBehaviour } = {},
): Promise<string> {
  const msisdn = `2588466${String((lastCustomer += 1)).padStart(5, "0")}`;
  const payments = sandbox.platform.payments(railFor("sandbox", mozambique));
  await registerCustomers(payments.context, [{ msisdn, firstName: "New", lastName: "Customer", behaviour }]);
  const account = { kind: "wallet" as const, owner: msisdn };
  if (amountMinor > 0n)
    await fund(payments, { id: sandbox.platform.newId(), account, amountMinor, description: "" });
  return msisdn;
}
