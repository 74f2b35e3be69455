/** The developer's address. Another one counts when its link was followed. */
import { useState } from "react";
import { call } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";

const { account } = words;

export function EmailCard({ email }: { readonly email: string }) {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAccountForm(async (values, element) => {
    const body = { email: values["email"] ?? "", currentPassword: values["currentPassword"] ?? "" };
    await call("POST /account/email", { body });
    setSentTo(body.email);
    element.reset();
  });
  return (
    <section className="card card-body stack">
      <div>
        <h2>{account.email}</h2>
        <p className="muted">{email}</p>
      </div>
      <Form form={form} fields={["email", "currentPassword"]} button={account.changeEmail} isQuiet>
        <FormField
          form={form}
          name="email"
          label={account.newEmail}
          help={account.emailHelp}
          type="email"
          autoComplete="email"
        />
        <FormField
          form={form}
          name="currentPassword"
          label={account.currentPassword}
          type="password"
          autoComplete="current-password"
        />
      </Form>
      <div role="status" className={sentTo === null ? "unseen" : ""}>
        {sentTo === null ? null : (
          <p className="callout">
            <Icon name="mail" />
            {account.emailSent(sentTo)}
          </p>
        )}
      </div>
    </section>
  );
}

/** Asks for a press: opening a link alone changes nothing. */
export function EmailConfirmation({ token }: { readonly token: string }) {
  const [isDone, setDone] = useState(false);
  const form = useAccountForm(async () => {
    await call("POST /account/email/confirm", { body: { token } });
    setDone(true);
    await refresh("/account", "/session");
    showToast(account.emailChanged);
  });
  if (isDone) return null;
  return (
    <section className="card card-body stack">
      <h2>{account.confirmEmailTitle}</h2>
      <Form form={form} fields={[]} button={account.confirmEmailButton}>
        <p>{account.confirmEmailText}</p>
      </Form>
    </section>
  );
}
