/** Registers an account: the link of a mail activates it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { call } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Notice, Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";
import { MailSent } from "./MailSent.tsx";

const { account } = words;

export function RegisterPage() {
  const session = useQuery(read("GET /session"));
  return (
    <>
      <PageTop title={account.registerTitle} lead={account.registerLead} />
      <Query query={session} rows={4}>
        {({ canRegister }) => (canRegister ? <Registration /> : <Closed />)}
      </Query>
      <p className="muted">
        {account.registered} <Link to={paths.signIn()}>{account.signInTitle}</Link>
      </p>
    </>
  );
}

const Closed = () => (
  <Notice icon="lock" title={account.closedTitle}>
    {account.closed}
  </Notice>
);

function Registration() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useAccountForm(async ({ name = "", email = "", password = "" }) => {
    await call("POST /account/register", { body: { name: name.trim(), email, password } });
    setSentTo(email);
  });
  if (sentTo !== null) return <MailSent>{account.checkMail(sentTo)}</MailSent>;
  return (
    <div className="card card-body">
      <Form form={form} fields={["name", "email", "password"]} button={account.registerButton}>
        <FormField form={form} name="name" label={account.name} autoComplete="name" maxLength={80} />
        <FormField form={form} name="email" label={account.email} type="email" autoComplete="username" />
        <FormField
          form={form}
          name="password"
          label={account.password}
          help={account.passwordHelp}
          type="password"
          autoComplete="new-password"
          minLength={10}
          maxLength={128}
        />
      </Form>
    </div>
  );
}
