/** The checks with their results. The one that refused has its value beside the limit, and what would let it pass. */
import { useState } from "react";
import { Icon, type IconName } from "../ui/Icon.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";
import type { StopOf } from "./Timeline.tsx";

const { payments: texts } = words;

type Row = StopOf<"checks">["rows"][number];

const icons: Readonly<Record<Row["result"], IconName>> = {
  passed: "check",
  refused: "cross",
  skipped: "minus",
  unreached: "minus",
  open: "clock",
};

interface ChecksProps {
  readonly stop: StopOf<"checks">;
  readonly topUp: string | null;
  readonly onTopUp: () => Promise<void>;
}

export const Checks = ({ stop, topUp, onTopUp }: ChecksProps) => {
  const refused = stop.rows.find(({ result }) => result === "refused");
  return (
    <>
      <div className="stop-title">
        <h3>
          {refused !== undefined
            ? texts.refusedAt(refused.numbers)
            : stop.rows.length === 1
              ? texts.balanceCheck
              : texts.checks}
        </h3>
        {refused === undefined ? (
          <Status tone="success">{texts.passed(stop.passed)}</Status>
        ) : stop.code === null ? null : (
          <Status tone="danger">{stop.code}</Status>
        )}
      </div>
      {stop.description === null ? null : <p>{stop.description}</p>}
      <ol className="checks">
        {stop.rows.map((row) => (
          <li key={row.name} data-result={row.result}>
            <span className="order">{row.numbers}</span>
            <Icon name={icons[row.result]} />
            <span>
              {texts.check[row.name]}
              <span className="unseen">: {texts.results[row.result]}</span>
            </span>
            <span className="value">{formatValue(row)}</span>
            {row.limits.map((limit) => (
              <div key={limit.name} className="limit between small">
                <span className="nowrap">{texts.limits[limit.name]}</span>
                <svg
                  className="meter"
                  aria-hidden="true"
                  {...(row.result === "refused" ? { "data-tone": "danger" } : {})}
                >
                  <rect width={`${limit.percent}%`} height="100%" rx="3" />
                </svg>
                <span>
                  {limit.name === "balance"
                    ? texts.formatHolds(limit.value, limit.limit)
                    : texts.formatLimit(limit.value, limit.limit)}
                </span>
              </div>
            ))}
          </li>
        ))}
      </ol>
      {topUp === null || refused === undefined ? null : <TopUp amount={topUp} onTopUp={onTopUp} />}
    </>
  );
};

function formatValue({ name, result, value, limits }: Row): string | null {
  if (result === "skipped") return texts.skippedValue;
  if (result === "unreached") return texts.unreachedValue;
  if (result === "open") return texts.openValue;
  if (value !== null || limits.length > 0 || result === "refused") return value;
  return texts.noValue[name] ?? null;
}

function TopUp({ amount, onTopUp }: { readonly amount: string; readonly onTopUp: () => Promise<void> }) {
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    await onTopUp();
    setBusy(false);
  };
  return (
    <div className="callout fix no-print">
      <div className="grow">
        <b>{texts.topUpHelp(amount)}</b>
        <p>{texts.topUpNext}</p>
      </div>
      <button type="button" className="button strong" disabled={isBusy} onClick={() => void run()}>
        <Icon name="bolt" />
        {texts.topUp(amount)}
      </button>
    </div>
  );
}
