/** The applications of the developer. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { PortalResult } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Icon } from "../ui/Icon.tsx";
import { Notice, Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { Status } from "../ui/Status.tsx";
import { words } from "../words.ts";
import { AsCode } from "./AsCode.tsx";
import { toCommand, toCurl } from "./commands.ts";
import { CreateDialog } from "./CreateDialog.tsx";
import { formatAgo, groupDigits } from "./format.ts";
import "./applications.css";

const { applications } = words;

type Listed = PortalResult<"GET /applications">["applications"][number];

export function ApplicationsPage() {
  const query = useQuery({ ...read("GET /applications"), refetchInterval: 30_000 });
  const [isCreating, setCreating] = useState(false);
  const createButton = (
    <button type="button" className="button strong" onClick={() => setCreating(true)}>
      <Icon name="plus" />
      {applications.create}
    </button>
  );
  return (
    <>
      <PageTop title={applications.title} lead={applications.lead}>
        <AsCode getCode={() => ({ command: toCommand("list"), curl: toCurl("GET", "/applications") })} />
        {query.data?.applications.length === 0 ? null : createButton}
      </PageTop>
      <Query query={query} rows={4}>
        {(data) =>
          data.applications.length === 0 ? (
            <Notice icon="layers" title={applications.emptyTitle} action={createButton}>
              {applications.empty}
            </Notice>
          ) : (
            <ApplicationTable rows={data.applications} />
          )
        }
      </Query>
      {isCreating ? <CreateDialog onClose={() => setCreating(false)} /> : null}
    </>
  );
}

const ApplicationTable = ({ rows }: { readonly rows: readonly Listed[] }) => (
  <section className="card" aria-label={applications.title}>
    <div className="table-wrap">
      <table className="table padded" data-density="roomy">
        <thead>
          <tr>
            <th scope="col">{applications.columnName}</th>
            <th scope="col" className="desk-only">
              {applications.columnState}
            </th>
            <th scope="col" className="desk-only">
              {applications.columnKey}
            </th>
            <th scope="col" className="right desk-only">
              {applications.columnProducts}
            </th>
            <th scope="col" className="right">
              {applications.columnTraffic}
            </th>
            <th scope="col" className="desk-only">
              {applications.columnLastUse}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ApplicationLine key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  </section>
);

function ApplicationLine({ row }: { readonly row: Listed }) {
  return (
    <tr>
      <td className="wrap">
        <Link to={paths.application(row.id)}>
          <b>{row.name}</b>
        </Link>{" "}
        {row.isSeed ? <span className="tag">{applications.seedTag}</span> : null}
        <span className="narrow-state">
          <ApplicationState revokedAt={row.revokedAt} />
        </span>
        <span className="muted small desk-only"> {applications.versionLabel(row.version)}</span>
      </td>
      <td className="desk-only">
        <ApplicationState revokedAt={row.revokedAt} />
      </td>
      <td className="desk-only">
        {row.apiKeyHint === "" ? null : <code className="tag">…{row.apiKeyHint}</code>}
      </td>
      <td className="right desk-only">{row.productCount}</td>
      <td className="right">{groupDigits(String(row.requests))}</td>
      <td className="desk-only muted">{formatAgo(row.lastUsedAt)}</td>
    </tr>
  );
}

export const ApplicationState = ({ revokedAt }: { readonly revokedAt: string | null }) =>
  revokedAt === null ? (
    <Status tone="success">{applications.active}</Status>
  ) : (
    <Status tone="none">{applications.revoked}</Status>
  );
