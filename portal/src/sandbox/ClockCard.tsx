/** The clock, with buttons that advance it. */
import { useMutation } from "@tanstack/react-query";
import { formatDuration, formatMoment } from "../parts/durations.ts";
import { words } from "../words.ts";
import { advance, showFailure, useClock } from "./clock.ts";

const { sandbox } = words;

const steps = [
  [60, sandbox.minute],
  [3_600, sandbox.hour],
  [86_400, sandbox.day],
  [604_800, sandbox.week],
] as const;

export function ClockCard() {
  const clock = useClock(true);
  const advancing = useMutation({ mutationFn: advance, onError: showFailure });
  return (
    <section className="card" aria-labelledby="clock-title">
      <div className="card-top">
        <h2 id="clock-title">{sandbox.clock}</h2>
        {clock === null ? null : <p>{clock.isFrozen ? sandbox.frozen : sandbox.running}</p>}
      </div>
      <div className="card-body stack close">
        {clock === null ? (
          <span className="ghost" />
        ) : (
          <p className="number">{`${formatMoment(clock.now)} UTC`}</p>
        )}
        {clock === null || clock.aheadMs < 2_000 ? null : (
          <p className="muted small">{sandbox.ahead(formatDuration(clock.aheadMs))}</p>
        )}
        <div className="row">
          {steps.map(([seconds, label]) => (
            <button
              key={seconds}
              type="button"
              className="button small"
              aria-label={sandbox.advanceBy(label)}
              disabled={advancing.isPending}
              onClick={() => advancing.mutate({ seconds })}
            >
              {`+ ${label}`}
            </button>
          ))}
        </div>
        {advancing.isPending ? <p className="muted small">{sandbox.advancing}</p> : null}
      </div>
    </section>
  );
}
