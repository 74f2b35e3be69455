/** Activates an account, and shows the secrets of its first application once. */
import { useState } from "react";
import { useNavigate } from "react-router";
import { call, type PortalResult } from "../api/call.ts";
import { queryClient } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { Notice } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";
import { useLinkToken } from "./link-token.ts";

const { account } = words;

type FirstApplication = PortalResult<"POST /account/activate">["application"];

export function ActivatePage() {
  const token = useLinkToken();
  const navigate = useNavigate();
  const [application, setApplication] = useState<FirstApplication>(null);
  if (application !== null) return <Secrets application={application} />;
  if (token === null)
    return (
      <>
        <PageTop title={account.activateTitle} />
        <Notice icon="mail" title={account.noLinkTitle}>
          {account.noLink}
        </Notice>
      </>
    );
  return (
    <Activation
      token={token}
      onDone={(created) => {
        queryClient.clear();
        if (created === null) void navigate(paths.phone(), { replace: true });
        else setApplication(created);
      }}
    />
  );
}

function Activation({
  token,
  onDone,
}: {
  readonly token: string;
  readonly onDone: (application: FirstApplication) => void;
}) {
  const form = useAccountForm(async ({ password = "" }) => {
    const { application } = await call("POST /account/activate", { body: { token, password } });
    onDone(application);
  });
  return (
    <>
      <PageTop title={account.activateTitle} lead={account.activateLead} />
      <div className="card card-body">
        <Form form={form} fields={["password"]} button={account.activateButton}>
          <FormField
            form={form}
            name="password"
            label={account.password}
            type="password"
            autoComplete="current-password"
          />
        </Form>
      </div>
    </>
  );
}

/** The way on opens when the person says that they have stored the secrets. */
function Secrets({ application }: { readonly application: NonNullable<FirstApplication> }) {
  const [isStored, setStored] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <PageTop title={account.activatedTitle} lead={account.activatedLead} />
      <div className="card card-body stack">
        <CodeBlock
          title={account.secrets}
          text={JSON.stringify(application.secrets, null, 2)}
          language="json"
        />
        <label className="check">
          <input type="checkbox" checked={isStored} onChange={(event) => setStored(event.target.checked)} />
          {account.stored}
        </label>
        <div className="row">
          <button
            type="button"
            className="button strong"
            disabled={!isStored}
            onClick={() => void navigate(paths.phone(), { replace: true })}
          >
            {account.continue}
          </button>
          {isStored ? null : <span className="muted">{account.storeFirst}</span>}
        </div>
      </div>
    </>
  );
}
