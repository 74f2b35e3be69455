/** The clock of the sandbox at the bottom of every page: now, what is due next, and buttons to change it. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { read } from "../api/queries.ts";
import { formatDuration, formatMoment } from "../parts/durations.ts";
import { paths } from "../paths.ts";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import { advance, setFrozen, showFailure, useClock, type ClockState } from "./clock.ts";

const { sandbox } = words;
const pollMs = 10_000;
/** A clock that is less ahead shows the wall time. */
const shownAheadMs = 2_000;

/** Only where the developer may change the clock. */
export function TimeBar() {
  const { data: session } = useQuery(read("GET /session"));
  const isAllowed = session?.localTools === true && session.developer?.isLocal === true;
  const clock = useClock(isAllowed);
  return clock === null ? null : <Bar clock={clock} />;
}

function Bar({ clock }: { readonly clock: ClockState }) {
  const next = useQuery({ ...read("GET /sandbox/clock/next"), refetchInterval: pollMs });
  const advancing = useMutation({ mutationFn: advance, onError: showFailure });
  const freezing = useMutation({ mutationFn: setFrozen, onError: showFailure });
  const due = next.data?.next ?? null;
  const waitMs = due === null ? null : Date.parse(due.at) - clock.now;
  return (
    <aside className="time-bar" aria-label={sandbox.clock}>
      <Link to={paths.sandbox()} className="button bare small">
        <Icon name="clock" />
        <b>{`${formatMoment(clock.now)} UTC`}</b>
      </Link>
      <span className="wide-only">
        {clock.isFrozen ? sandbox.frozen : sandbox.running}
        {clock.aheadMs > shownAheadMs ? `, ${sandbox.ahead(formatDuration(clock.aheadMs))}` : null}
      </span>
      {due === null || waitMs === null ? null : (
        <span className="row desk-only">
          {waitMs <= 0 ? sandbox.nextNow : sandbox.next(formatDuration(waitMs))}
          <button
            type="button"
            className="button small"
            disabled={advancing.isPending || waitMs <= 0}
            onClick={() => advancing.mutate({ to: due.at })}
          >
            <Icon name="skip" />
            {advancing.isPending ? sandbox.advancing : sandbox.jump}
          </button>
        </span>
      )}
      <button
        type="button"
        className="button bare small time-bar-end"
        disabled={freezing.isPending}
        onClick={() => freezing.mutate(!clock.isFrozen)}
      >
        <Icon name={clock.isFrozen ? "right" : "pause"} />
        {clock.isFrozen ? sandbox.unfreeze : sandbox.freeze}
      </button>
    </aside>
  );
}
