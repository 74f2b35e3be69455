/** Changes the password. */
import { call } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";

const { account } = words;

export function PasswordCard() {
  const form = useAccountForm(async (values, element) => {
    const { currentPassword = "", password = "" } = values;
    await call("POST /account/password", { body: { currentPassword, password } });
    element.reset();
    await refresh("/account");
    showToast(account.passwordChanged);
  });
  return (
    <section className="card card-body stack">
      <h2>{account.password}</h2>
      <Form form={form} fields={["currentPassword", "password"]} button={account.changePassword} isQuiet>
        <FormField
          form={form}
          name="currentPassword"
          label={account.currentPassword}
          type="password"
          autoComplete="current-password"
        />
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
    </section>
  );
}
