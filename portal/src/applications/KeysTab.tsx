/** The credentials of an application by protocol, with their traffic: renewed with an overlap, and ended. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { PortalResult } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Query } from "../ui/PageStates.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";
import type { TabProps } from "./ApplicationPage.tsx";
import { formatAgo, formatShortTime, groupDigits } from "./format.ts";
import { Meter } from "./Meter.tsx";
import { RenewDialog, RevokeOldDialog } from "./KeyDialogs.tsx";

const { applicationKeys } = words;

export type ProtocolKeys = PortalResult<"GET /applications/{id}/credentials">["protocols"][number];
type Credential = ProtocolKeys["credentials"][number];

export function KeysTab({ application }: TabProps) {
  const { id } = application;
  const query = useQuery({
    ...read("GET /applications/{id}/credentials", { params: { id } }),
    refetchInterval: 15_000,
  });
  return (
    <div className="application-columns">
      <div className="stack">
        <Query query={query} rows={6}>
          {({ protocols }) =>
            protocols.map((protocol) => (
              <ProtocolCard key={protocol.protocol} application={application} protocol={protocol} />
            ))
          }
        </Query>
      </div>
      <EnvironmentKeys />
    </div>
  );
}

function ProtocolCard({ application, protocol }: TabProps & { readonly protocol: ProtocolKeys }) {
  const [dialog, setDialog] = useState<"renew" | "revoke" | null>(null);
  const { title, credentials, publicNames } = protocol;
  const current = credentials.filter(({ state }) => state !== "inactive");
  const inactive = credentials.filter(({ state }) => state === "inactive");
  const firstRetiring = current.find(({ state }) => state === "retiring");
  const stays =
    application.revokedAt !== null
      ? applicationKeys.revokedStays
      : application.isSeed
        ? applicationKeys.seedStays
        : null;
  const close = () => setDialog(null);
  return (
    <section className="card" aria-label={title}>
      <div className="card-top">
        <h2>{title}</h2>
        <div className="row">
          {publicNames.map(({ name, value }) => (
            <span key={name} className="row small">
              <span className="muted">{applicationKeys.publicName[name] ?? name}</span>
              <code className="tag">{value}</code>
            </span>
          ))}
          {stays === null ? null : <span className="muted small">{stays}</span>}
          <button
            type="button"
            className="button small"
            disabled={stays !== null}
            onClick={() => setDialog("renew")}
          >
            {applicationKeys.renew}
            <span className="unseen"> {title}</span>
          </button>
        </div>
      </div>
      <CredentialTable
        title={title}
        rows={current}
        onRevoke={firstRetiring === undefined ? null : () => setDialog("revoke")}
        firstRetiringId={firstRetiring?.id ?? null}
      />
      {inactive.length === 0 ? null : (
        <details className="card-body">
          <summary className="muted small">{applicationKeys.inactiveKeys(inactive.length)}</summary>
          <CredentialTable title={title} rows={inactive} onRevoke={null} firstRetiringId={null} />
        </details>
      )}
      {dialog === "renew" ? <RenewDialog id={application.id} protocol={protocol} onClose={close} /> : null}
      {dialog === "revoke" && firstRetiring !== undefined ? (
        <RevokeOldDialog id={application.id} protocol={protocol} onClose={close} />
      ) : null}
    </section>
  );
}

interface CredentialTableProps {
  readonly title: string;
  readonly rows: readonly Credential[];
  readonly onRevoke: (() => void) | null;
  readonly firstRetiringId: string | null;
}

const CredentialTable = ({ title, rows, onRevoke, firstRetiringId }: CredentialTableProps) => (
  <div className="table-wrap">
    <table className="table padded" data-density="roomy" aria-label={title}>
      <thead>
        <tr>
          <th scope="col">{applicationKeys.key}</th>
          <th scope="col" className="desk-only">
            {applicationKeys.state}
          </th>
          <th scope="col" className="desk-only">
            {applicationKeys.lastUse}
          </th>
          <th scope="col">{applicationKeys.traffic}</th>
          <th scope="col" className="desk-only">
            <span className="unseen">{applicationKeys.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className="wrap">
              <b>{applicationKeys.kinds[row.kind] ?? row.kind}</b>{" "}
              <code className="tag nowrap">…{row.hint}</code>
              <span className="narrow-state">
                <CredentialState row={row} />
              </span>
              {row.id === firstRetiringId && onRevoke !== null ? (
                <button type="button" className="button danger small narrow-only" onClick={onRevoke}>
                  {applicationKeys.revokeOld}
                </button>
              ) : null}
            </td>
            <td className="desk-only">
              <CredentialState row={row} />
            </td>
            <td className="desk-only muted">{row.isLogged ? formatAgo(row.lastUsedAt) : null}</td>
            <td className="wrap">
              <CredentialUse row={row} />
            </td>
            <td className="right desk-only">
              {row.id === firstRetiringId && onRevoke !== null ? (
                <button type="button" className="button danger small" onClick={onRevoke}>
                  {applicationKeys.revokeOld}
                </button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

function CredentialState({ row }: { readonly row: Credential }) {
  if (row.state === "active") return <Status tone="success">{words.applications.active}</Status>;
  if (row.state === "retiring")
    return <Status tone="warning">{applicationKeys.until(formatShortTime(row.retiresAt ?? ""))}</Status>;
  return <Status tone="none">{applicationKeys.inactive}</Status>;
}

function CredentialUse({ row }: { readonly row: Credential }) {
  if (!row.isLogged) return <span className="muted small">{applicationKeys.notLogged}</span>;
  if (row.state === "inactive" && row.requests === 0)
    return <span className="muted small">{applicationKeys.inLog}</span>;
  const count = groupDigits(String(row.requests));
  const note = row.callers === null ? count : `${count}, ${applicationKeys.callersLeft(row.callers)}`;
  return (
    <Meter
      used={applicationKeys.share(row.percent)}
      note={note}
      percent={row.percent}
      tone={row.state === "active" ? undefined : "warning"}
    />
  );
}

function EnvironmentKeys() {
  const query = useQuery({ ...read("GET /environment-keys"), staleTime: Infinity });
  return (
    <section className="card" aria-label={applicationKeys.environmentTitle}>
      <div className="card-top">
        <h2>{applicationKeys.environmentTitle}</h2>
      </div>
      <div className="card-body stack">
        <p className="muted small">{applicationKeys.environmentLead}</p>
        <Query query={query} rows={2}>
          {({ publicKey, certificate }) => (
            <>
              <KeyBlock title={applicationKeys.publicKey} text={publicKey} />
              {certificate === null ? null : (
                <KeyBlock title={applicationKeys.certificate} text={certificate} />
              )}
            </>
          )}
        </Query>
      </div>
    </section>
  );
}

const KeyBlock = ({ title, text }: { readonly title: string; readonly text: string }) => (
  <div className="stack close">
    <span className="field-label">
      {title}
      <CopyButton text={text} label={applicationKeys.copySecret(title)} />
    </span>
    <pre className="key-block" tabIndex={0} aria-label={title}>
      {text}
    </pre>
  </div>
);
