/** Errors of the server in forms: beside their fields, or below all of them. */
import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { CallError } from "../api/call.ts";
import { Icon } from "../ui/Icon.tsx";

/** Sets the error of the field that the server names, or of the form. `toName` converts the server's name. */
export function setServerError<Values extends FieldValues>(
  form: Pick<UseFormReturn<Values>, "setError">,
  error: unknown,
  toName: (field: string) => string | null,
): void {
  const message = error instanceof Error ? error.message : String(error);
  const field = error instanceof CallError && error.field !== null ? toName(error.field) : null;
  if (field === null) form.setError("root", { message });
  else form.setError(field as Path<Values>, { message }, { shouldFocus: true });
}

/** The error of a form that belongs to none of its fields. */
export const FormError = ({ message }: { readonly message: string | undefined }) =>
  message === undefined ? null : (
    <p className="field-error" role="alert">
      <Icon name="cross" />
      {message}
    </p>
  );
