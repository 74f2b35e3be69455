/** The developer's name, and their number. */
import { Link } from "react-router";
import { call } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";

const { account } = words;

export function NameCard({ name }: { readonly name: string }) {
  const form = useAccountForm(async (values) => {
    await call("PATCH /account", { body: { name: (values["name"] ?? "").trim() } });
    await refresh("/account", "/session");
    showToast(account.saved);
  });
  return (
    <section className="card card-body stack">
      <h2>{account.you}</h2>
      <Form form={form} fields={["name"]} button={account.save} isQuiet>
        <FormField
          form={form}
          name="name"
          label={account.name}
          defaultValue={name}
          autoComplete="name"
          maxLength={80}
        />
      </Form>
    </section>
  );
}

export const PhoneCard = ({ phone }: { readonly phone: string | null }) => (
  <section className="card card-body between">
    <div>
      <h2>{account.phoneTitle}</h2>
      <p className="muted">{phone ?? account.noPhone}</p>
    </div>
    <Link className="button" to={paths.phone()}>
      {phone === null ? account.addPhone : account.changePhone}
    </Link>
  </section>
);
