/** Reads all that is stored about one payment: what `payment-timeline.ts` builds its history from. */
import type { Market } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import type { DeliveryDetails } from "../../callbacks/delivery-details.ts";
import { toApplication } from "../../developers/applications.ts";
import type { PaymentLimits } from "../../payments/limits.ts";
import type { Sql } from "../../store/driver/connect.ts";
import type { ApplicationRow } from "../../store/main/applications.ts";
import { readWallet, type WalletRow } from "../../store/rail/accounts.ts";
import { readHold } from "../../store/rail/holds.ts";
import { readMessagesOfPayment, type MessageRow } from "../../store/rail/messages.ts";
import { readNotificationsOfPayments } from "../../store/rail/notification-queries.ts";
import { readPaymentParties, type PaymentParties } from "../../store/rail/payment-parties.ts";
import { readPayments, type PaymentRow } from "../../store/rail/payments.ts";
import { readPostings, type NamedPosting } from "../../store/rail/postings.ts";
import { readPrompt, type PromptRow } from "../../store/rail/prompts.ts";
import { readValidation, type ValidationRow } from "../../store/rail/validations.ts";
import { ApiError } from "../api-error.ts";
import { readOwnRequest } from "./own-request.ts";
import type { RequestDetails } from "./request-response.ts";
import { readOwnApplications } from "./request-search.ts";
import type { DeveloperContext } from "./route.ts";

export interface PaymentFacts {
  readonly market: Market;
  readonly payment: PaymentRow;
  readonly application: ApplicationRow;
  readonly limits: PaymentLimits | null;
  /** Null if the log does not have it: it still runs, or the log is too old. */
  readonly request: RequestDetails | null;
  readonly parties: PaymentParties | undefined;
  readonly wallet: WalletRow | undefined;
  readonly hold: Awaited<ReturnType<typeof readHold>>;
  readonly prompt: PromptRow | undefined;
  readonly validation: ValidationRow | undefined;
  readonly postings: readonly NamedPosting[];
  readonly messages: readonly MessageRow[];
  readonly callbacks: readonly DeliveryDetails[];
  /** Whether the developer may read customers' numbers, names and balances: the sandbox's own developer may. */
  readonly readsCustomers: boolean;
}

export const noSuchPayment = "None of your applications made a payment with this id in this market.";

/** Throws 404 unless an application of the developer made the payment. */
export async function getOwnPayment(
  context: DeveloperContext,
  market: Market,
  conversation: string,
): Promise<{ payment: PaymentRow; application: ApplicationRow; sql: Sql }> {
  const id = context.deps.sandbox.publicIds.decode(conversation);
  const sql = context.deps.rail(railFor("sandbox", market));
  const [payment] = id === null ? [] : await readPayments(sql, [id]);
  const applicationId = payment?.applicationId ?? null;
  const application =
    applicationId === null ? undefined : (await readOwnApplications(context)).get(applicationId);
  if (payment === undefined || application === undefined) throw new ApiError(404, noSuchPayment);
  return { payment, application, sql };
}

export async function readPaymentFacts(
  context: DeveloperContext,
  market: Market,
  conversation: string,
): Promise<PaymentFacts> {
  const { deps, developer } = context;
  const { payment, application, sql } = await getOwnPayment(context, market, conversation);
  await deps.sandbox.flushRequestLog();
  const { id, organisation, counterparty } = payment;
  const [request, parties, wallet, hold, prompt, validation, postings, messages, notifications] =
    await Promise.all([
      readOwnRequest(context, market, id),
      readPaymentParties(sql, [id]),
      readWallet(sql, counterparty),
      readHold(sql, id),
      readPrompt(sql, id),
      readValidation(sql, id),
      readPostings(sql, id),
      readMessagesOfPayment(sql, [organisation, counterparty], id),
      readNotificationsOfPayments(sql, [id]),
    ]);
  const callbacks = await Promise.all(
    notifications.map((row) => deps.sandbox.callbacks(market).read(row.id)),
  );
  return {
    market,
    payment,
    application,
    limits:
      payment.operation === null ? null : toApplication(application).limitsFor(payment.operation, market),
    request,
    parties: parties.get(id),
    wallet,
    hold,
    prompt,
    validation,
    postings,
    messages,
    callbacks: callbacks.filter((details) => details !== null),
    readsCustomers: deps.localTools && developer.isLocal,
  };
}
