/** Every change of an application: what, when and by whom; two compared; one restored. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type PortalResult } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { SelectField } from "../ui/Field.tsx";
import { Icon, type IconName } from "../ui/Icon.tsx";
import { Failure, Loading, Notice, Query } from "../ui/PageStates.tsx";
import { Status } from "../ui/Status.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import type { TabProps } from "./ApplicationPage.tsx";
import { AsCode } from "./AsCode.tsx";
import { toCommand, toCurl } from "./commands.ts";
import { formatTime, groupDigits } from "./format.ts";
import { useAction } from "./KeyDialogs.tsx";
import { FormError } from "./form-errors.tsx";

const { applications, applicationHistory } = words;

type Version = PortalResult<"GET /applications/{id}/versions">["versions"][number];
type Change = Version["changes"][number];

export function HistoryTab({ application }: TabProps) {
  const { id } = application;
  const [restoring, setRestoring] = useState<number | null>(null);
  const [isComparing, setComparing] = useState(false);
  const path = "GET /applications/{id}/versions";
  const query = useInfiniteQuery({
    queryKey: [path, { params: { id } }, "pages"] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      call(path, { params: { id }, query: pageParam === undefined ? {} : { before: pageParam } }),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const protocols = useQuery({ ...read("GET /protocols"), staleTime: Infinity });
  const titles = new Map<string, string>(protocols.data?.protocols.map(({ name, title }) => [name, title]));
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading rows={6} />;
  const versions = query.data.pages.flatMap((page) => page.versions);
  const newest = versions[0]?.number ?? 0;
  if (versions.length === 0)
    return (
      <Notice icon="clock" title={applicationHistory.emptyTitle}>
        {applicationHistory.empty}
      </Notice>
    );
  return (
    <section className="card" aria-label={applications.tabs.history}>
      <div className="card-top">
        <h2>{applications.tabs.history}</h2>
        <button
          type="button"
          className="button small"
          disabled={versions.length < 2}
          onClick={() => setComparing(true)}
        >
          {applicationHistory.compare}
        </button>
      </div>
      <div className="card-body stack">
        <ol className="timeline">
          {versions.map((version) => (
            <VersionStop
              key={version.number}
              version={version}
              protocolTitle={titles.get(version.protocol ?? "") ?? null}
              isCurrent={version.number === newest}
              onRestore={application.revokedAt === null ? () => setRestoring(version.number) : null}
            />
          ))}
        </ol>
        {query.hasNextPage ? (
          <div className="row">
            <button
              type="button"
              className="button"
              disabled={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {applicationHistory.more}
            </button>
          </div>
        ) : null}
      </div>
      {restoring === null ? null : (
        <RestoreDialog id={id} number={restoring} onClose={() => setRestoring(null)} />
      )}
      {isComparing ? <CompareDialog id={id} newest={newest} onClose={() => setComparing(false)} /> : null}
    </section>
  );
}

const icons: Readonly<Record<Version["action"], IconName>> = {
  create: "plus",
  change: "edit",
  limit: "edit",
  restore: "again",
  "renew-key": "key",
  "end-old-key": "cross",
  "change-password": "key",
  "rotate-callback-secret": "key",
  revoke: "cross",
  recorded: "flag",
};

const endingActions: readonly Version["action"][] = ["end-old-key", "revoke"];

interface VersionStopProps {
  readonly version: Version;
  readonly protocolTitle: string | null;
  readonly isCurrent: boolean;
  readonly onRestore: (() => void) | null;
}

function VersionStop({ version, protocolTitle, isCurrent, onRestore }: VersionStopProps) {
  const { number, at, who, isOwn, action, hints, changes } = version;
  const hintText = hints.map((hint) => `…${hint}`).join(", ");
  return (
    <li
      className="stop"
      data-tone={endingActions.includes(action) ? "danger" : isCurrent ? "success" : "none"}
    >
      <p className="stop-time">
        <b>{formatTime(at)}</b>
      </p>
      <span className="node">
        <Icon name={icons[action]} />
      </span>
      <div className="stop-body">
        <div className="stop-title">
          <h3>
            {applicationHistory.actions[action]}
            {protocolTitle === null ? null : `, ${protocolTitle}`}{" "}
            {isCurrent ? <Status tone="success">{applicationHistory.current}</Status> : null}
          </h3>
          {isCurrent || onRestore === null ? null : (
            <button type="button" className="button bare small" onClick={onRestore}>
              {applicationHistory.restore}
              <span className="unseen"> {applicationHistory.version(number)}</span>
            </button>
          )}
        </div>
        <p className="small">
          {applicationHistory.version(number)},{" "}
          {isOwn ? applicationHistory.byYou : applicationHistory.by(who)}.{" "}
          {hints.length === 0
            ? null
            : action === "end-old-key"
              ? applicationHistory.endedHints(hintText)
              : applicationHistory.hints(hintText)}
        </p>
        <ChangeList changes={changes} />
      </div>
    </li>
  );
}

/** What differs, one line each: what it was, and what it became. */
const ChangeList = ({ changes }: { readonly changes: readonly Change[] }) =>
  changes.length === 0 ? null : (
    <ul className="changes">
      {changes.map((change) => (
        <li key={`${change.field} ${change.item} ${change.setting}`}>
          <span className="muted">{formatSubject(change)}</span>{" "}
          {change.before === null ? null : <del>{formatValue(change, change.before)}</del>}{" "}
          <span className="unseen">{applicationHistory.becomes} </span>
          {change.after === null ? (
            <span className="unseen">{applicationHistory.nothing}</span>
          ) : (
            <ins>{formatValue(change, change.after)}</ins>
          )}
        </li>
      ))}
    </ul>
  );

function formatSubject({ field, item, setting }: Change): string {
  const name = applicationHistory.fields[field];
  if (field !== "products" && field !== "callbackUrls") return name;
  if (item === null || setting === null || setting === "enabled") return `${name} ${item ?? ""}`;
  return `${item}, ${applicationHistory.settings[setting] ?? setting}`;
}

function formatValue({ field, setting }: Change, value: string): string {
  if (field === "products" && setting === "enabled") return applicationHistory.on;
  if (field === "shortcodes" && value === "*") return applicationHistory.everyOrganisation;
  if (field === "products" && setting !== null && /(?:Value|Count)$/.test(setting)) return groupDigits(value);
  return field === "sessionLifetimeSeconds" ? applicationHistory.seconds(value) : value;
}

interface RestoreDialogProps {
  readonly id: string;
  readonly number: number;
  readonly onClose: () => void;
}

/** Says what would change before it changes. */
function RestoreDialog({ id, number, onClose }: RestoreDialogProps) {
  const { isRunning, message, run } = useAction();
  const params = { id, number: String(number) };
  const query = useQuery({ ...read("GET /applications/{id}/versions/{number}", { params }), gcTime: 0 });
  const restore = () =>
    run(async () => {
      await call("POST /applications/{id}/versions/{number}/restore", { params });
      await refresh("/applications");
      showToast(applicationHistory.restored(number));
      onClose();
    });
  return (
    <Dialog open onClose={onClose} title={applicationHistory.restoreTitle(number)}>
      <p>{applicationHistory.restoreLead}</p>
      <Query query={query} rows={3}>
        {({ changes }) =>
          changes.length === 0 ? (
            <p>{applicationHistory.restoreNothing}</p>
          ) : (
            <ChangeList changes={changes.map(reverseChange)} />
          )
        }
      </Query>
      <FormError message={message} />
      <div className="dialog-end">
        {query.data === undefined ? null : <AsCode getCode={() => toRestoreCode(id, query.data)} />}
        <button type="button" className="button" onClick={onClose}>
          {applications.cancel}
        </button>
        <button
          type="button"
          className="button strong"
          disabled={isRunning || (query.data?.changes.length ?? 0) === 0}
          onClick={() => void restore()}
        >
          {applicationHistory.restore}
        </button>
      </div>
    </Dialog>
  );
}

/** The route compares the version with the newest; a restore goes the other way. */
const reverseChange = (change: Change): Change => ({
  ...change,
  before: change.after,
  after: change.before,
});

function toRestoreCode(
  id: string,
  { settings, changes }: PortalResult<"GET /applications/{id}/versions/{number}">,
) {
  const disabled = changes.filter(
    ({ field, setting, before }) => field === "products" && setting === "enabled" && before === null,
  );
  const { name, trustedSources, trustedOrigins, shortcodes, sessionLifetimeSeconds, products } = settings;
  return {
    command: null,
    curl: toCurl("PATCH", `/applications/${id}`, {
      name,
      trustedSources,
      trustedOrigins,
      shortcodes,
      sessionLifetimeSeconds,
      products: { ...products, ...Object.fromEntries(disabled.map(({ item }) => [item, null])) },
      responseUrl: settings.callbackUrls["openapi-v2/result"] ?? null,
      ipgV1ResponseUrl: settings.callbackUrls["ipg-v1/result"] ?? null,
    }),
  };
}

function CompareDialog({
  id,
  newest,
  onClose,
}: {
  readonly id: string;
  readonly newest: number;
  readonly onClose: () => void;
}) {
  const [pair, setPair] = useState({ from: newest - 1, to: newest });
  const query = useQuery(
    read("GET /applications/{id}/versions/{number}", {
      params: { id, number: String(pair.from) },
      query: { with: String(pair.to) },
    }),
  );
  const numbers = Array.from({ length: newest }, (_, index) => newest - index);
  const select = (label: string, value: number, onChange: (number: number) => void) => (
    <SelectField label={label} value={value} onChange={(event) => onChange(Number(event.target.value))}>
      {numbers.map((number) => (
        <option key={number} value={number}>
          {applicationHistory.version(number)}
        </option>
      ))}
    </SelectField>
  );
  return (
    <Dialog open onClose={onClose} title={applicationHistory.compare}>
      <p className="muted small">{applicationHistory.compareLead}</p>
      <div className="fields">
        {select(applicationHistory.compareFrom, pair.from, (from) => setPair({ ...pair, from }))}
        {select(applicationHistory.compareTo, pair.to, (to) => setPair({ ...pair, to }))}
      </div>
      <Query query={query} rows={3}>
        {({ changes }) =>
          changes.length === 0 ? <p>{applicationHistory.same}</p> : <ChangeList changes={changes} />
        }
      </Query>
      <div className="dialog-end">
        <AsCode getCode={() => ({ command: toCommand("show", id), curl: toCurl("GET", "/applications") })} />
        <button type="button" className="button" onClick={onClose}>
          {words.states.close}
        </button>
      </div>
    </Dialog>
  );
}
