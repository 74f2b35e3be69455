/** Sets another password: asks for a link, or uses the one of a mail. */
import { useState } from "react";
import { Link } from "react-router";
import { call } from "../api/call.ts";
import { queryClient } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Notice } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";
import { useLinkToken } from "./link-token.ts";
import { MailSent } from "./MailSent.tsx";

const { account } = words;

export function ResetPage() {
  const token = useLinkToken();
  return token === null ? <LinkRequest /> : <NewPassword token={token} />;
}

function LinkRequest() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAccountForm(async ({ email = "" }) => {
    await call("POST /account/reset-link", { body: { email } });
    setSentTo(email);
  });
  return (
    <>
      <PageTop title={account.resetTitle} lead={account.resetLead} />
      {sentTo === null ? (
        <div className="card card-body">
          <Form
            form={form}
            fields={["email"]}
            button={account.resetButton}
            aside={<Link to={paths.signIn()}>{account.signInTitle}</Link>}
          >
            <FormField form={form} name="email" label={account.email} type="email" autoComplete="username" />
          </Form>
        </div>
      ) : (
        <MailSent>{account.resetSent(sentTo)}</MailSent>
      )}
    </>
  );
}

function NewPassword({ token }: { readonly token: string }) {
  const [isDone, setDone] = useState(false);
  const form = useAccountForm(async ({ password = "" }) => {
    await call("POST /account/reset", { body: { token, password } });
    queryClient.clear();
    setDone(true);
  });
  if (isDone)
    return (
      <>
        <PageTop title={account.resetTitle} />
        <Notice
          icon="check"
          title={account.resetDone}
          action={
            <Link className="button strong" to={paths.signIn()}>
              {account.signInButton}
            </Link>
          }
        />
      </>
    );
  return (
    <>
      <PageTop title={account.resetTitle} lead={account.resetNewLead} />
      <div className="card card-body">
        <Form form={form} fields={["password"]} button={account.resetNewButton}>
          <FormField
            form={form}
            name="password"
            label={account.newPassword}
            help={account.passwordHelp}
            type="password"
            autoComplete="new-password"
            minLength={10}
            maxLength={128}
          />
        </Form>
      </div>
    </>
  );
}
