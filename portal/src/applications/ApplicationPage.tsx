/** One application: its tabs. Each tab has an address. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import type { PortalResult } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { paths, type ApplicationTab } from "../paths.ts";
import { NotFound } from "../shell/RouteFailure.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { AsCode } from "./AsCode.tsx";
import { CallbacksTab } from "./CallbacksTab.tsx";
import { quote, toCommand, toCurl, toList, toOption, type EquivalentCode } from "./commands.ts";
import { DuplicateDialog } from "./CreateDialog.tsx";
import { formatTime } from "./format.ts";
import { HistoryTab } from "./HistoryTab.tsx";
import { forgetIssuedSecrets, useIssuedSecrets } from "./issued-secrets.ts";
import { KeysTab } from "./KeysTab.tsx";
import { ProductsTab } from "./ProductsTab.tsx";
import { SecretGate } from "./SecretGate.tsx";
import { SettingsTab } from "./SettingsTab.tsx";
import { SourcesTab } from "./SourcesTab.tsx";
import { UnsavedGuard, useUnsaved } from "./unsaved.tsx";
import "./applications.css";

const { applications } = words;

export type Application = PortalResult<"GET /applications/{id}">;

/** What each tab gets. */
export interface TabProps {
  readonly application: Application;
}

const tabs = {
  keys: KeysTab,
  products: ProductsTab,
  sources: SourcesTab,
  callbacks: CallbacksTab,
  history: HistoryTab,
  settings: SettingsTab,
} as const satisfies Record<ApplicationTab, (props: TabProps) => React.ReactNode>;

const tabNames = Object.keys(tabs) as readonly ApplicationTab[];

export function ApplicationPage() {
  const { id = "", tab = "keys" } = useParams();
  const query = useQuery(read("GET /applications/{id}", { params: { id } }));
  const tabName = tabNames.find((name) => name === tab);
  if (tabName === undefined) return <NotFound />;
  return (
    <Query query={query} rows={8}>
      {(application) => <ApplicationTabs key={id} application={application} tab={tabName} />}
    </Query>
  );
}

function ApplicationTabs({ application, tab }: TabProps & { readonly tab: ApplicationTab }) {
  const { id, name, version, versionNumber, revokedAt, isSeed } = application;
  const session = useQuery(read("GET /session"));
  const [isDuplicating, setDuplicating] = useState(false);
  const secrets = useIssuedSecrets(id);
  useUnsaved(secrets.length > 0, applications.unsavedSecret, paths.application(id));
  const Tab = tabs[tab];
  const above = [{ title: applications.title, path: paths.applications() }];
  return (
    <>
      <PageTop
        title={name}
        above={above}
        lead={
          versionNumber === 0
            ? applications.detailsLeadNew(version)
            : applications.detailsLead(version, versionNumber)
        }
      >
        <button type="button" className="button bare" onClick={() => setDuplicating(true)}>
          <Icon name="copy" />
          {applications.duplicate}
        </button>
        <AsCode getCode={() => ({ command: toCommand("show", id), curl: toCurl("GET", "/applications") })} />
      </PageTop>
      <nav className="tabs" aria-label={applications.tabsLabel}>
        {tabNames.map((each) => (
          <Link
            key={each}
            to={paths.application(id, each)}
            {...(each === tab ? { "aria-current": "page" as const, ref: scrollToTab } : {})}
          >
            {applications.tabs[each]}
          </Link>
        ))}
      </nav>
      {revokedAt === null ? null : (
        <div className="callout" data-tone="danger">
          <Icon name="warning" />
          <p>{applications.revokedNotice(formatTime(revokedAt))}</p>
        </div>
      )}
      {isSeed && tab === "keys" ? (
        <div className="callout">
          <Icon name="info" />
          <p>{applications.seedNotice}</p>
        </div>
      ) : null}
      {secrets.length === 0 ? null : (
        <SecretGate applicationName={name} groups={secrets} onClose={() => forgetIssuedSecrets(id)} />
      )}
      <UnsavedGuard />
      <Tab application={application} />
      {isDuplicating ? (
        <DuplicateDialog
          id={id}
          name={name}
          getCode={(copyName) => toCreationCode(application, copyName, session.data?.developer?.email)}
          onClose={() => setDuplicating(false)}
        />
      ) : null}
    </>
  );
}

/** On a narrow page, the tab may be beyond the edge of its list. */
const scrollToTab = (tab: HTMLElement | null): void =>
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });

/** Creates an application with the same settings. The command has no option for limits. */
function toCreationCode(
  { settings }: Application,
  name: string,
  developer: string | undefined,
): EquivalentCode {
  const { products, trustedSources, trustedOrigins, shortcodes, sessionLifetimeSeconds } = settings;
  return {
    command: toCommand(
      "create",
      "--name",
      quote(name),
      ...toOption("--product", Object.keys(products)),
      ...toOption("--trusted-source", trustedSources),
      ...toOption("--trusted-origin", trustedOrigins),
      ...toOption("--shortcode", shortcodes ?? []),
      "--session-lifetime",
      `${sessionLifetimeSeconds}s`,
      ...toOption("--developer", toList(developer)),
    ),
    curl: toCurl("POST", "/applications", {
      name,
      products,
      trustedSources,
      trustedOrigins,
      shortcodes,
      sessionLifetimeSeconds,
    }),
  };
}
