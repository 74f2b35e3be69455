/** Forms of accounts: few fields, sent once, with the server's sentence where its field is. */
import { useState, type ComponentProps, type ReactNode, type SubmitEvent } from "react";
import { TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";

export interface AccountForm {
  readonly isBusy: boolean;
  readonly message: string | null;
  readonly onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
}

/** `run` gets the values of the form by name. What it throws is shown. */
export function useAccountForm(
  run: (values: Readonly<Record<string, string>>, form: HTMLFormElement) => Promise<void>,
): AccountForm {
  const [isBusy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  async function submit(form: HTMLFormElement): Promise<void> {
    setBusy(true);
    setMessage(null);
    try {
      const values = Object.fromEntries(
        [...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value : ""]),
      );
      await run(values, form);
    } catch (error) {
      setMessage(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }
  return {
    isBusy,
    message,
    onSubmit(event) {
      event.preventDefault();
      if (!isBusy) void submit(event.currentTarget);
    },
  };
}

/** The part of the message that is about a field, such as `password: it is wrong.` or `email is not accepted.` */
function findFieldError(message: string | null, name: string): string | undefined {
  if (message === null || !/^:? /.test(message.slice(name.length)) || !message.startsWith(name))
    return undefined;
  const text = message.slice(name.length).replace(/^:? /, "");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

interface FormFieldProps extends Omit<ComponentProps<typeof TextField>, "form" | "name" | "error"> {
  readonly form: AccountForm;
  readonly name: string;
}

export const FormField = ({ form, name, ...field }: FormFieldProps) => (
  <TextField {...field} name={name} required error={findFieldError(form.message, name)} />
);

interface FormProps {
  readonly form: AccountForm;
  readonly fields: readonly string[];
  readonly button: ReactNode;
  readonly children: ReactNode;
  /** Beside the button. */
  readonly aside?: ReactNode;
  readonly isQuiet?: boolean;
}

/** `fields` show their own errors; every other one stands above the button. */
export function Form({ form, fields, button, children, aside, isQuiet = false }: FormProps) {
  const isFieldError = fields.some((name) => findFieldError(form.message, name) !== undefined);
  const message = isFieldError ? null : form.message;
  return (
    <form className="stack" onSubmit={form.onSubmit}>
      {children}
      {/* Always there, so that what appears in it is read; without a place of its own while it is empty. */}
      <div role="alert" className={message === null ? "unseen" : ""}>
        {message === null ? null : (
          <p className="callout" data-tone="danger">
            <Icon name="warning" />
            {message}
          </p>
        )}
      </div>
      <div className="row between">
        <button type="submit" className={isQuiet ? "button" : "button strong"} disabled={form.isBusy}>
          {form.isBusy ? words.account.working : button}
        </button>
        {aside}
      </div>
    </form>
  );
}
