/** What each stop of a payment's history says. */
import type { ReactNode } from "react";
import { formatBody, formatDuration, formatTimeIn } from "../parts/format.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";
import type { Stop, StopOf } from "./Timeline.tsx";

const { payments: texts, requests: requestTexts } = words;

interface Zoned<Kind extends Stop["kind"]> {
  readonly stop: StopOf<Kind>;
  readonly timeZone: string;
}

const Title = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <div className="stop-title">
    <h3>{title}</h3>
    {children}
  </div>
);

export const RequestStop = ({ stop }: { readonly stop: StopOf<"request"> }) => (
  <>
    <Title title={texts.request}>
      <span className="muted small">{texts.responseAfter(formatDuration(stop.tookMs), stop.httpStatus)}</span>
    </Title>
    <p>
      <code className="path">
        {stop.method} {stop.path}
      </code>{" "}
      {texts.requestFrom(stop.source)}
      {stop.key === null ? "" : `, ${texts.requestKey(stop.key)}`}
    </p>
  </>
);

export const HoldStop = ({ stop, timeZone }: Zoned<"hold">) => (
  <>
    <Title title={texts.hold}>
      <span className="money">{stop.amount}</span>
    </Title>
    <p>
      {stop.expiresAt === null
        ? texts.holdOpen
        : texts.holdUntil(formatTimeIn(stop.expiresAt, timeZone).slice(0, 8))}
    </p>
  </>
);

export const ValidationStop = ({ stop }: { readonly stop: StopOf<"validation"> }) => (
  <>
    <Title title={texts.validation}>
      <Status tone={stop.tone}>
        {stop.answer === null ? texts.validationWaits : texts.validationAnswers[stop.answer]}
      </Status>
    </Title>
    <p>
      <code className="path">{stop.url}</code>
    </p>
    {stop.failure === null ? null : <p>{stop.failure}</p>}
  </>
);

export const PromptStop = ({ stop, timeZone }: Zoned<"prompt">) => (
  <>
    <Title title={texts.prompt}>
      <span className="muted small">
        {texts.replyUntil(formatTimeIn(stop.expiresAt, timeZone).slice(0, 8))}
      </span>
    </Title>
    <blockquote className="sms">{stop.text}</blockquote>
    <p>
      {texts.promptTo(stop.customer)}{" "}
      {stop.lost
        ? texts.lost
        : stop.displayedAt === null
          ? texts.notDisplayed
          : texts.displayed(formatTimeIn(stop.displayedAt, timeZone))}
    </p>
    {stop.handset === null ? null : (
      <p className="no-print">
        <a className="button small" href={stop.handset} target="_blank" rel="noreferrer">
          <Icon name="phone" />
          {texts.openHandset}
        </a>
      </p>
    )}
  </>
);

export const ReplyStop = ({ stop }: { readonly stop: StopOf<"reply"> }) => (
  <>
    <Title title={texts.reply}>
      <Status tone={stop.tone}>{texts.outcomes[stop.outcome]}</Status>
    </Title>
    {stop.description === null ? null : <p>{stop.description}</p>}
  </>
);

export const PostingsStop = ({ stop }: { readonly stop: StopOf<"postings"> }) => (
  <>
    <Title title={texts.postings} />
    <ul className="postings">
      {stop.postings.map(({ from, to, amount, type }) => (
        <li key={`${type} ${from} ${to} ${amount}`}>
          <span>
            {from} <Icon name="right" />
            <span className="unseen">{texts.to}</span> {to}
            <small className="muted">{type.replaceAll("_", " ")}</small>
          </span>
          <span className="money">{amount}</span>
        </li>
      ))}
    </ul>
    {stop.balances.map(({ owner, balance }) => (
      <p key={owner} className="small">
        {texts.balanceAfter(owner, balance)}
      </p>
    ))}
  </>
);

export const OutcomeStop = ({ stop }: { readonly stop: StopOf<"outcome"> }) => (
  <>
    <Title title={texts.ended}>
      <Status tone={stop.tone}>{requestTexts.states[stop.status]}</Status>
    </Title>
    {stop.description === null ? null : <p>{stop.description}</p>}
  </>
);

export const SmsStop = ({ stop }: { readonly stop: StopOf<"sms"> }) => (
  <>
    <Title title={texts.sms}>
      <span className="muted small">
        {texts.smsTo(stop.recipient)}, {texts.smsStates[stop.state]}
      </span>
    </Title>
    {stop.text === null ? <p>{texts.smsHidden}</p> : <blockquote className="sms">{stop.text}</blockquote>}
  </>
);

export const CallbackStop = ({ stop }: { readonly stop: StopOf<"callback"> }) => (
  <>
    <Title title={texts.callback(stop.attempt)}>
      <Status tone={stop.tone}>
        {stop.failure === null
          ? texts.acknowledged
          : texts.callbackResult(stop.httpStatus, formatDuration(stop.tookMs))}
      </Status>
    </Title>
    <p>
      <code className="path">
        {stop.method} {stop.url}
      </code>{" "}
      {stop.failure ?? texts.callbackResult(stop.httpStatus, formatDuration(stop.tookMs))}
    </p>
    {stop.warning === null ? null : <p>{stop.warning}</p>}
    <details className="more">
      <summary>
        <Icon name="right" />
        {texts.bodies}
      </summary>
      <div className="stack close">
        <BodyBlock title={texts.sent} text={stop.sent} />
        <BodyBlock title={texts.received} text={stop.received} />
      </div>
    </details>
  </>
);

const BodyBlock = ({ title, text }: { readonly title: string; readonly text: string | null }) => {
  const body = formatBody(text ?? "");
  return (
    <CodeBlock title={title} text={body.text === "" ? texts.nothing : body.text} language={body.language} />
  );
};

export const CallbackDueStop = ({ stop, timeZone }: Zoned<"callback_due">) => (
  <>
    <Title title={stop.isDeadLettered ? texts.callbackDead : texts.callbackDue} />
    <p>
      <code className="path">{stop.url}</code>{" "}
      {stop.isDeadLettered
        ? texts.deadText
        : stop.dueAt === null
          ? texts.dueNow
          : texts.dueAt(formatTimeIn(stop.dueAt, timeZone).slice(0, 8))}
    </p>
  </>
);
