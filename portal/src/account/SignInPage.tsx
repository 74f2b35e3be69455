/** Signs in: the password, and a code if the account asks for one. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { call } from "../api/call.ts";
import { queryClient, read } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { PageTop } from "../ui/PageTop.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";
import { toSafePath } from "./safe-path.ts";

const { account } = words;

export function SignInPage() {
  const [step, setStep] = useState<"password" | "code">("password");
  const finish = useSignedIn();
  return step === "password" ? (
    <PasswordStep onCode={() => setStep("code")} onDone={finish} />
  ) : (
    <CodeStep onBack={() => setStep("password")} onDone={finish} />
  );
}

/** Goes where the person was, or asks for the number of a new account. */
function useSignedIn(): () => Promise<void> {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const next = search.get("next");
  return async () => {
    // What the page knows may be of another developer.
    queryClient.clear();
    const { developer } = await queryClient.fetchQuery(read("GET /session"));
    const asksNumber = next === null && developer?.phone === null && !developer.isLocal;
    await navigate(asksNumber ? paths.phone() : toSafePath(next), { replace: true });
  };
}

interface StepProps {
  readonly onDone: () => Promise<void>;
}

function PasswordStep({ onCode, onDone }: StepProps & { readonly onCode: () => void }) {
  const [search] = useSearchParams();
  const { data } = useQuery(read("GET /session"));
  const form = useAccountForm(async ({ email = "", password = "" }) => {
    const { next } = await call("POST /account/sign-in", { body: { email, password } });
    if (next === "code") onCode();
    else await onDone();
  });
  return (
    <>
      <PageTop title={account.signInTitle} lead={search.has("next") ? account.sessionEnded : undefined} />
      <div className="card card-body">
        <Form
          form={form}
          fields={["email"]}
          button={account.signInButton}
          aside={<Link to={paths.reset()}>{account.forgot}</Link>}
        >
          <FormField form={form} name="email" label={account.email} type="email" autoComplete="username" />
          <FormField
            form={form}
            name="password"
            label={account.password}
            type="password"
            autoComplete="current-password"
          />
        </Form>
      </div>
      {data?.canRegister === true ? (
        <p className="muted">
          {account.newHere} <Link to={paths.register()}>{account.registerTitle}</Link>
        </p>
      ) : null}
      {data?.developer == null ? null : (
        <p className="muted">
          {account.signedInAs(data.developer.name)} <Link to={paths.start()}>{account.toWorkspace}</Link>
        </p>
      )}
    </>
  );
}

function CodeStep({ onBack, onDone }: StepProps & { readonly onBack: () => void }) {
  const form = useAccountForm(async ({ code = "" }) => {
    await call("POST /account/sign-in/code", { body: { code } });
    await onDone();
  });
  return (
    <>
      <PageTop title={account.codeTitle} lead={account.codeLead} />
      <div className="card card-body">
        <Form
          form={form}
          fields={["code"]}
          button={account.codeButton}
          aside={
            <button type="button" className="button bare" onClick={onBack}>
              {account.back}
            </button>
          }
        >
          <FormField
            form={form}
            name="code"
            label={account.code}
            autoComplete="one-time-code"
            minLength={6}
            maxLength={40}
            autoFocus
          />
        </Form>
      </div>
    </>
  );
}
