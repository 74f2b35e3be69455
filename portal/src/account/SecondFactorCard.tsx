/** Turns the second factor on and off. The recovery codes are shown once. */
import { useState } from "react";
import { call, type PortalResult } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Status } from "../ui/Status.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";

const { account } = words;

type Setup = PortalResult<"POST /account/second-factor">;

interface SecondFactorCardProps {
  readonly isOn: boolean;
  readonly codesLeft: number;
}

export function SecondFactorCard({ isOn, codesLeft }: SecondFactorCardProps) {
  const [setup, setSetup] = useState<Setup | null>(null);
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[] | null>(null);
  return (
    <section className="card card-body stack">
      <div className="between">
        <h2>{account.secondFactor}</h2>
        <Status tone={isOn ? "success" : "none"}>
          {isOn ? account.secondFactorOn : account.secondFactorOff}
        </Status>
      </div>
      {recoveryCodes !== null ? (
        <RecoveryCodes codes={recoveryCodes} onDone={() => setRecoveryCodes(null)} />
      ) : isOn ? (
        <TurnOff codesLeft={codesLeft} />
      ) : setup === null ? (
        <TurnOn onSetup={setSetup} />
      ) : (
        <Confirmation
          setup={setup}
          onDone={(codes) => {
            setSetup(null);
            setRecoveryCodes(codes);
          }}
        />
      )}
    </section>
  );
}

function TurnOn({ onSetup }: { readonly onSetup: (setup: Setup) => void }) {
  const form = useAccountForm(async ({ currentPassword = "" }) => {
    onSetup(await call("POST /account/second-factor", { body: { currentPassword } }));
  });
  return (
    <Form form={form} fields={["currentPassword"]} button={account.turnOn} isQuiet>
      <p className="muted">{account.secondFactorLead}</p>
      <FormField
        form={form}
        name="currentPassword"
        label={account.currentPassword}
        type="password"
        autoComplete="current-password"
      />
    </Form>
  );
}

interface ConfirmationProps {
  readonly setup: Setup;
  readonly onDone: (recoveryCodes: readonly string[]) => void;
}

function Confirmation({ setup: { secret, qrPath, qrSize }, onDone }: ConfirmationProps) {
  const form = useAccountForm(async ({ code = "" }) => {
    const { recoveryCodes } = await call("POST /account/second-factor/confirm", { body: { code } });
    onDone(recoveryCodes);
    await refresh("/account");
  });
  return (
    <Form form={form} fields={["code"]} button={account.turnOn}>
      <p>{account.scan}</p>
      <svg
        className="qr-code"
        viewBox={`-4 -4 ${qrSize + 8} ${qrSize + 8}`}
        role="img"
        aria-label={account.qrCode}
      >
        <path d={qrPath} />
      </svg>
      <dl className="facts">
        <div>
          <dt>{account.typedSecret}</dt>
          <dd className="row">
            <code>{secret}</code>
            <CopyButton text={secret} />
          </dd>
        </div>
      </dl>
      <FormField
        form={form}
        name="code"
        label={account.codeOfApp}
        autoComplete="one-time-code"
        inputMode="numeric"
        minLength={6}
        maxLength={10}
      />
    </Form>
  );
}

function RecoveryCodes({
  codes,
  onDone,
}: {
  readonly codes: readonly string[];
  readonly onDone: () => void;
}) {
  const [isStored, setStored] = useState(false);
  return (
    <>
      <p>{account.recoveryLead}</p>
      <CodeBlock title={account.recoveryTitle} text={codes.join("\n")} />
      <label className="check">
        <input type="checkbox" checked={isStored} onChange={(event) => setStored(event.target.checked)} />
        {account.stored}
      </label>
      <div className="row">
        <button type="button" className="button strong" disabled={!isStored} onClick={onDone}>
          {account.done}
        </button>
        {isStored ? null : <span className="muted">{account.storeFirst}</span>}
      </div>
    </>
  );
}

function TurnOff({ codesLeft }: { readonly codesLeft: number }) {
  const form = useAccountForm(async ({ currentPassword = "", code = "" }) => {
    await call("POST /account/second-factor/remove", { body: { currentPassword, code } });
    await refresh("/account");
    showToast(account.turnedOff);
  });
  return (
    <Form form={form} fields={["currentPassword", "code"]} button={account.turnOff} isQuiet>
      <p className="muted">{account.recoveryLeft(codesLeft)}</p>
      <FormField
        form={form}
        name="currentPassword"
        label={account.currentPassword}
        type="password"
        autoComplete="current-password"
      />
      <FormField
        form={form}
        name="code"
        label={account.codeOrRecovery}
        autoComplete="one-time-code"
        minLength={6}
        maxLength={40}
      />
    </Form>
  );
}
