/** The calls of the LNMO checkout. Each is a handler behind the checks that all of them have. */
import type { Id, PublicIds } from "../../../core/ids.ts";
import type { Rail } from "../../../core/rails.ts";
import type { PaymentLimits } from "../../../payments/limits.ts";
import type { Payments } from "../../../payments/payments.ts";
import type { OrganisationDirectory } from "../../../organisations/organisation-directory.ts";
import type { XmlElement } from "../xml/read-xml.ts";
import type { Merchant } from "./authentication.ts";
import type { LnmoFields } from "./messages.ts";
import type { ReturnCode } from "./return-codes.ts";

/** An authenticated call whose product is enabled. */
export interface LnmoCall extends Merchant {
  readonly id: Id;
  readonly rail: Rail;
  readonly limits: PaymentLimits;
  readonly payments: Payments;
  readonly organisations: OrganisationDirectory;
  readonly publicIds: PublicIds;
  /** The message of the request. */
  readonly message: XmlElement;
  /** Why a callback URL is not accepted, as a sentence, or null. */
  findUrlProblem(url: string): string | null;
}

export interface LnmoReply {
  readonly code: ReturnCode;
  /** The sentence of the request log. */
  readonly reason: string;
  /** The response's fields besides the code and its description. */
  readonly fields?: LnmoFields;
  readonly amountMinor?: bigint | null;
  /** The payment that the call made. */
  readonly paymentId?: Id;
}

export interface LnmoOperation {
  readonly name: string;
  /** The elements of the request and of the response. */
  readonly request: string;
  readonly response: string;
  readonly title: string;
  readonly description: string;
  /** The fields of a response that has none of its own, in order. */
  readonly emptyFields: LnmoFields;
  handle(call: LnmoCall): Promise<LnmoReply>;
}

/** Whether a response has its code before its own fields, as all but the status. */
export const codeFirst = { RETURN_CODE: "", DESCRIPTION: "" };
