/** The payments of a simulation by Daraja, as integrators' programs make them: a token for an hour, and retries of payouts. */
import { createDarajaClientAt, signStk, type DarajaReply } from "../support/daraja.ts";
import { createSoapClientAt } from "../support/soap.ts";
import type { Server } from "../support/server.ts";
import { kenya, type Merchant, type SimulatedKenya } from "./daraja-market.ts";
import { validatorBehaviours, type DarajaPaymentKind, type DarajaStep } from "./daraja-plan.ts";
import type { SimulationEnvironment } from "./environment.ts";

/** What the client of a payment knows about it. */
export interface SentDarajaPayment {
  /** The account number, and the OriginatorConversationID of a payout. Unique. */
  readonly account: string;
  readonly kind: DarajaPaymentKind;
  readonly msisdn: string;
  readonly merchant: Merchant;
  readonly amountMinor: bigint;
  /** Null if the connection broke before a response. */
  result: DarajaResponse | null;
}

export interface DarajaResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DarajaContext {
  readonly environment: SimulationEnvironment;
  readonly kenya: SimulatedKenya;
  readonly seed: number;
  readonly sent: SentDarajaPayment[];
  /** The client's token, good at both servers; null before the first. */
  readonly token: { current: string | null };
  waitForDatabase(): Promise<unknown>;
}

/** A fault of a server, as each call reports it. The payment may have been made. */
const serverFaults: ReadonlySet<unknown> = new Set([
  "Server Error",
  "System internal error.",
  "Internal Server Error",
]);

/** Makes one payment. If the connection breaks, the result stays null; a payout is sent once again with the same id. */
export async function payByDaraja(step: DarajaStep, context: DarajaContext): Promise<void> {
  const { sent, seed } = context;
  const merchant = context.kenya.merchants[step.merchant];
  const msisdn = context.kenya.customers[step.customer]?.msisdn;
  if (merchant === undefined || msisdn === undefined) throw new Error("the plan has no such party");
  const payment: SentDarajaPayment = {
    account: `d${seed}x${sent.length}${validatorBehaviours[step.validation]}`,
    kind: step.kind,
    msisdn,
    merchant,
    amountMinor: BigInt(step.amount) * 100n,
    result: null,
  };
  sent.push(payment);
  payment.result = await send(payment, context);
  if (payment.result !== null && !serverFaults.has(payment.result.body["errorMessage"])) return;
  await context.waitForDatabase();
  if (payment.kind === "b2c") payment.result = await send(payment, context);
}

async function send(payment: SentDarajaPayment, context: DarajaContext): Promise<DarajaResponse | null> {
  const server = await context.environment.server();
  try {
    if (payment.kind === "menu") return { status: 201, body: await payFromMenu(payment, server) };
    if (payment.kind === "soap") return await payOutBySoap(payment, server, context.kenya);
    const { path, fields } = buildRequest(payment, context.kenya);
    return await post(server, context.token, path, fields);
  } catch {
    return null;
  }
}

const formatAmount = ({ amountMinor }: SentDarajaPayment): string => String(amountMinor / 100n);

function payFromMenu(payment: SentDarajaPayment, server: Server): Promise<Readonly<Record<string, unknown>>> {
  const { account, merchant, msisdn } = payment;
  const body = { to: merchant.shortcode, account, amount: formatAmount(payment) };
  return server.control("POST", `/markets/${kenya}/customers/${msisdn}/payments`, body);
}

/** It is not sent again: the result of a second request would have the same id, and another code. */
async function payOutBySoap(
  payment: SentDarajaPayment,
  { gateway, soap }: Server,
  { access }: SimulatedKenya,
): Promise<DarajaResponse> {
  const { account, merchant, msisdn } = payment;
  const keys = { ...soap, initiatorName: access.initiator, securityCredential: access.credential };
  const { status, code } = await createSoapClientAt(gateway, keys).run("BusinessPayment", {
    originatorConversationId: account,
    parameters: [["Amount", formatAmount(payment)]],
    references: [["Occasion", account]],
    resultUrl: merchant.resultUrl,
    initiatorShortCode: merchant.shortcode,
    primaryParty: { identifierType: "4", identifier: merchant.shortcode },
    receiverParty: { identifierType: "1", identifier: msisdn },
  });
  return { status, body: { ResponseCode: code } };
}

function buildRequest(
  payment: SentDarajaPayment,
  { access }: SimulatedKenya,
): { readonly path: string; readonly fields: object } {
  const { account, merchant, msisdn, kind } = payment;
  const { shortcode, callbackUrl, resultUrl, timeoutUrl } = merchant;
  const Amount = formatAmount(payment);
  if (kind === "b2c") {
    return {
      path: "/mpesa/b2c/v3/paymentrequest",
      fields: {
        OriginatorConversationID: account,
        InitiatorName: access.initiator,
        SecurityCredential: access.credential,
        CommandID: "BusinessPayment",
        Amount,
        PartyA: shortcode,
        PartyB: msisdn,
        Remarks: "Simulated",
        QueueTimeOutURL: timeoutUrl,
        ResultURL: resultUrl,
        Occassion: account,
      },
    };
  }
  const TransactionType = "CustomerPayBillOnline";
  if (kind === "simulate") {
    return {
      path: "/mpesa/c2b/v2/simulate",
      fields: {
        ShortCode: shortcode,
        CommandID: TransactionType,
        Amount,
        Msisdn: msisdn,
        BillRefNumber: account,
      },
    };
  }
  return {
    path: "/mpesa/stkpush/v1/processrequest",
    fields: {
      ...signStk(shortcode),
      TransactionType,
      Amount,
      PartyA: msisdn,
      PartyB: shortcode,
      PhoneNumber: msisdn,
      CallBackURL: callbackUrl,
      AccountReference: account,
      TransactionDesc: "Simulated",
    },
  };
}

const tokenErrors: ReadonlySet<unknown> = new Set(["404.001.03", "401.002.01", "401.003.01"]);

/** The clock jumps, so the token expires: the client gets another one, and sends the request again. */
async function post(
  { gateway, daraja }: Server,
  token: DarajaContext["token"],
  path: string,
  fields: object,
): Promise<DarajaReply> {
  const client = createDarajaClientAt(gateway, daraja);
  const used = (token.current ??= await client.getToken());
  const reply = await client.post(path, fields, { token: used });
  if (!tokenErrors.has(reply.body["errorCode"])) return reply;
  if (token.current === used) token.current = null;
  return client.post(path, fields, { token: (token.current ??= await client.getToken()) });
}
