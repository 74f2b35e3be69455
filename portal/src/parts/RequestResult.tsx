/** The code of a response, and what became of the payment if that is not decided by the code. */
import type { PortalResult } from "../api/call.ts";
import { Status, type Tone } from "../ui/Status.tsx";
import { words } from "../words.ts";

export type RequestSummary = PortalResult<"GET /requests">["requests"][number];
export type PaymentState = NonNullable<RequestSummary["payment"]>["status"];

export const stateTones: Readonly<Record<PaymentState, Tone>> = {
  held: "info",
  completed: "success",
  failed: "danger",
  cancelled: "danger",
  expired: "warning",
  reversed: "none",
};

export function RequestResult({
  request: { code, httpStatus, payment },
}: {
  readonly request: Pick<RequestSummary, "code" | "httpStatus" | "payment">;
}) {
  const isAccepted = httpStatus < 400;
  const state = isAccepted && payment !== null && payment.status !== "completed" ? payment.status : null;
  if (state === null) return <Status tone={isAccepted ? "success" : "danger"}>{code}</Status>;
  return (
    <Status tone={stateTones[state]}>
      {words.requests.states[state]}
      <span className="unseen">, {code}</span>
    </Status>
  );
}
