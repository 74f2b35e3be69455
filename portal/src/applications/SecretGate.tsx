/** New secrets, shown once. They go away only after the person has said that they are stored. */
import { useId, useState } from "react";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import { formatTime } from "./format.ts";
import type { SecretGroup } from "./issued-secrets.ts";

const { applicationKeys } = words;

interface SecretGateProps {
  readonly applicationName: string;
  readonly groups: readonly SecretGroup[];
  readonly onClose: () => void;
}

export function SecretGate({ applicationName, groups, onClose }: SecretGateProps) {
  const [isStored, setStored] = useState(false);
  const reasonId = useId();
  const [first, ...others] = groups;
  const heading =
    first === undefined || others.length > 0
      ? applicationKeys.gateTitleAll
      : applicationKeys.gateTitle(first.title);
  return (
    <section className="gate" aria-label={heading}>
      <div className="row">
        <h2 className="grow">
          <Icon name="key" />
          {heading}
        </h2>
        <span className="small">{applicationKeys.gateNote}</span>
      </div>
      {groups.map((group) => (
        <SecretList key={group.protocol} group={group} hasTitle={groups.length > 1} />
      ))}
      <div className="gate-end">
        <label className="check">
          <input type="checkbox" checked={isStored} onChange={(event) => setStored(event.target.checked)} />
          <span>{applicationKeys.stored}</span>
        </label>
        <span className="row">
          <button type="button" className="button" onClick={() => saveEnvFile(applicationName, groups)}>
            <Icon name="download" />
            {applicationKeys.envFile}
          </button>
          <button
            type="button"
            className="button strong"
            disabled={!isStored}
            aria-describedby={reasonId}
            onClick={onClose}
          >
            {applicationKeys.close}
          </button>
        </span>
      </div>
      <p className="small" id={reasonId} hidden={isStored}>
        {applicationKeys.closeReason}
      </p>
    </section>
  );
}

const SecretList = ({ group, hasTitle }: { readonly group: SecretGroup; readonly hasTitle: boolean }) => (
  <div className="stack close">
    {hasTitle ? <h3>{group.title}</h3> : null}
    <div className="gate-secrets">
      {group.secrets.map(({ name, value }) => (
        <div key={name} className="stack close">
          <span className="field-label">{formatSecretName(name)}</span>
          <div className="secret">
            <code>{value}</code>
            <CopyButton text={value} label={applicationKeys.copySecret(formatSecretName(name))} />
          </div>
        </div>
      ))}
    </div>
    {group.previousUntil === null ? null : (
      <p className="small">{applicationKeys.gateUntil(formatTime(group.previousUntil))}</p>
    )}
  </div>
);

const toKind = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const formatSecretName = (name: string): string =>
  applicationKeys.kinds[toKind(name)] ?? applicationKeys.publicName[name] ?? name;

/** `OPENAPI_V2_API_KEY=…` for each secret. */
function saveEnvFile(applicationName: string, groups: readonly SecretGroup[]): void {
  const toVariable = (text: string): string => text.replaceAll("-", "_").toUpperCase();
  const lines = groups.flatMap(({ protocol, secrets }) =>
    secrets.map(({ name, value }) => `${toVariable(protocol)}_${toVariable(toKind(name))}=${value}`),
  );
  const url = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${applicationName.replaceAll(/[^\w-]+/g, "-").toLowerCase()}.env`;
  link.click();
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
