/** Sends one validation once, and reads the answer. */
import { buildCallbackHeaders } from "../callbacks/deliver.ts";
import type { Signer } from "../callbacks/signing.ts";
import type { WebhookClient, WebhookResponse } from "../callbacks/webhook-client.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment } from "../core/markets.ts";
import type { ClaimedValidation } from "../store/rail/validations.ts";
import type { Validation, ValidationAnswer, ValidationFormats } from "./validation-format.ts";

export interface RequestValidationDeps {
  readonly environment: Environment;
  readonly publicIds: PublicIds;
  readonly newId: () => Id;
  readonly formats: ValidationFormats;
  /** Its timeout is that of validations. */
  readonly client: WebhookClient;
  readonly signer: Signer;
  /** Sent as User-Agent. */
  readonly userAgent: string;
  readonly onError: (activity: string, error: unknown) => void;
}

export interface RequestedValidation {
  readonly answer: ValidationAnswer;
  /** Whether the validator answered in time; null if the result says nothing of it. */
  readonly answered: boolean | null;
  /** This server was stopped meanwhile. */
  readonly aborted: boolean;
}

/** Never rejects. A fault of ours is no answer. */
export async function requestValidation(
  deps: RequestValidationDeps,
  { protocol, applicationId, url }: ClaimedValidation,
  validation: Validation | undefined,
  abortSignal: AbortSignal,
): Promise<RequestedValidation> {
  const { formats, environment, client, newId } = deps;
  try {
    const format = formats[protocol];
    if (format === undefined || validation === undefined)
      throw new Error(`no payment, or no protocol ${protocol} that validates`);
    const rendered = format.render(validation);
    // An id of its own: a listener that ignores repeated ids must not ignore the confirmation.
    const headers = await buildCallbackHeaders(deps, { id: newId(), applicationId }, rendered);
    const response = await client.send(
      { url, urlRules: format.urlRules(environment), headers, body: rendered.body },
      abortSignal,
    );
    return toRequested(response, format.parse);
  } catch (error) {
    deps.onError("asking a validator", error);
    const failure = "Internal fault: the validation could not be sent.";
    return { answer: { verdict: "none", failure }, answered: null, aborted: false };
  }
}

function toRequested(
  { httpStatus, body, failure, warning, aborted }: WebhookResponse,
  parse: ValidationFormats[string]["parse"],
): RequestedValidation {
  if (httpStatus === null) {
    const answer = { verdict: "none", failure: failure ?? "There was no answer." } as const;
    return { answer, answered: aborted ? null : false, aborted };
  }
  // Of an incomplete response, only the beginning is known.
  if (warning !== null)
    return { answer: { verdict: "none", failure: warning }, answered: true, aborted: false };
  return { answer: parse({ httpStatus, body }), answered: true, aborted: false };
}
