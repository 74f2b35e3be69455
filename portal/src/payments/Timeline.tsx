/** The history of a payment as one line. A dashed line is time spent waiting for a person or another server. */
import type { ReactNode } from "react";
import { formatDuration, formatTimeIn } from "../parts/format.ts";
import { Icon, type IconName } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import { Checks } from "./Checks.tsx";
import type { Payment } from "./PaymentPage.tsx";
import {
  CallbackDueStop,
  CallbackStop,
  HoldStop,
  OutcomeStop,
  PostingsStop,
  PromptStop,
  ReplyStop,
  RequestStop,
  SmsStop,
  ValidationStop,
} from "./stops.tsx";

const { payments: texts } = words;

export type Stop = Payment["stops"][number];
export type StopOf<Kind extends Stop["kind"]> = Extract<Stop, { readonly kind: Kind }>;

const icons: Readonly<Record<Stop["kind"], IconName>> = {
  request: "terminal",
  checks: "shield",
  hold: "lock",
  validation: "external",
  prompt: "phone",
  reply: "key",
  postings: "moves",
  outcome: "flag",
  sms: "message",
  callback: "callback",
  callback_due: "clock",
};

interface TimelineProps {
  readonly payment: Payment;
  readonly onTopUp: () => Promise<void>;
}

export const Timeline = ({ payment, onTopUp }: TimelineProps) => (
  <ol className="timeline">
    {payment.stops.map((stop, index) => (
      <li
        // oxlint-disable-next-line react/no-array-index-key -- Stops are only added at the end.
        key={`${stop.kind} ${index}`}
        className="stop"
        data-tone={stop.tone}
        {...(stop.waits ? { "data-waits": "" } : {})}
      >
        <p className="stop-time">{formatTimes(payment, index)}</p>
        <span className="node">
          <Icon name={stop.tone === "danger" ? "cross" : icons[stop.kind]} />
        </span>
        <div className="stop-body">{renderStop(stop, payment, onTopUp)}</div>
      </li>
    ))}
  </ol>
);

function formatTimes({ stops, market }: Payment, index: number): ReactNode {
  const stop = stops[index];
  const at = stop?.at ?? null;
  if (stop?.kind === "callback_due" && stop.isDeadLettered) return null;
  if (at === null) return <b>{texts.waiting}</b>;
  const before = stops.slice(0, index).findLast((stop) => stop.at !== null)?.at ?? null;
  const passedMs = before === null ? 0 : Date.parse(at) - Date.parse(before);
  return (
    <>
      <b>{formatTimeIn(at, market.timeZone)}</b>{" "}
      {before === null ? texts.start : passedMs <= 0 ? "" : texts.later(formatDuration(passedMs))}
    </>
  );
}

function renderStop(stop: Stop, payment: Payment, onTopUp: () => Promise<void>): ReactNode {
  const { timeZone } = payment.market;
  if (stop.kind === "request") return <RequestStop stop={stop} />;
  if (stop.kind === "checks") return <Checks stop={stop} topUp={payment.topUp} onTopUp={onTopUp} />;
  if (stop.kind === "hold") return <HoldStop stop={stop} timeZone={timeZone} />;
  if (stop.kind === "validation") return <ValidationStop stop={stop} />;
  if (stop.kind === "prompt") return <PromptStop stop={stop} timeZone={timeZone} />;
  if (stop.kind === "reply") return <ReplyStop stop={stop} />;
  if (stop.kind === "postings") return <PostingsStop stop={stop} />;
  if (stop.kind === "outcome") return <OutcomeStop stop={stop} />;
  if (stop.kind === "sms") return <SmsStop stop={stop} />;
  if (stop.kind === "callback") return <CallbackStop stop={stop} />;
  return <CallbackDueStop stop={stop} timeZone={timeZone} />;
}
