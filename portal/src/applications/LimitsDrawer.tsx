/** The hours and limits of a product. */
import { useState } from "react";
import { useForm } from "react-hook-form";
import { call, type PortalResult } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { SelectField, TextField } from "../ui/Field.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import type { TabProps } from "./ApplicationPage.tsx";
import { AsCode } from "./AsCode.tsx";
import { quote, toCommand, toCurl } from "./commands.ts";
import type { ProductSettings } from "./ProductsTab.tsx";
import { FormError, setServerError } from "./form-errors.tsx";
import { useUnsaved } from "./unsaved.tsx";

const { applications, applicationProducts } = words;

const valueFields = ["singleValue", "sessionDailyValue", "customerDailyValue"] as const;
const countFields = ["sessionDailyCount", "customerDailyCount"] as const;
const fields = [
  "from",
  "to",
  "currency",
  "singleValue",
  "sessionDailyValue",
  "sessionDailyCount",
  "customerDailyValue",
  "customerDailyCount",
] as const;

type FieldName = (typeof fields)[number];
/** Every field is a text while it is edited; empty is none. */
type Values = Record<FieldName, string>;

const options: Readonly<Record<FieldName, string>> = {
  from: "--from",
  to: "--to",
  currency: "--currency",
  singleValue: "--single-value",
  sessionDailyValue: "--session-daily-value",
  sessionDailyCount: "--session-daily-count",
  customerDailyValue: "--customer-daily-value",
  customerDailyCount: "--customer-daily-count",
};

interface LimitsDrawerProps extends TabProps {
  readonly product: PortalResult<"GET /protocols">["protocols"][number]["products"][number];
  readonly settings: ProductSettings;
  /** Of the market that is displayed. */
  readonly currencies: readonly string[];
  readonly onClose: () => void;
}

export function LimitsDrawer({ application, product, settings, currencies, onClose }: LimitsDrawerProps) {
  const { id } = application;
  const form = useForm<Values>({ defaultValues: toValues(settings) });
  const { errors, isDirty, isSubmitting } = form.formState;
  useUnsaved(isDirty && !isSubmitting);
  const [isLeaving, setLeaving] = useState(false);
  const close = (): void => (isDirty ? setLeaving(true) : onClose());

  const submit = form.handleSubmit(async (values) => {
    for (const name of countFields) {
      if (values[name] === "" || /^\d+$/.test(values[name])) continue;
      form.setError(name, { message: applicationProducts.wholeNumber }, { shouldFocus: true });
      return;
    }
    try {
      const body = { products: { [product.name]: toSettings(values) } };
      await call("PATCH /applications/{id}", { params: { id }, body });
      await refresh("/applications");
      showToast(applications.saved);
      onClose();
    } catch (error) {
      setServerError(form, error, toFieldName);
    }
  });

  const field = (name: FieldName, help?: string, inputMode: "decimal" | "numeric" | "text" = "decimal") => (
    <TextField
      label={applicationProducts[name]}
      help={help}
      error={errors[name]?.message}
      inputMode={inputMode}
      autoComplete="off"
      {...form.register(name)}
    />
  );

  const known = [...new Set([...currencies, ...(settings.limits?.currency ?? []).toString().split(",")])];
  return (
    <>
      <Dialog open onClose={close} kind="drawer" title={applicationProducts.editLimits(product.description)}>
        <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
          <div className="fields">
            {field("from", undefined, "text")}
            {field("to", undefined, "text")}
          </div>
          <p className="field-help">{applicationProducts.hoursHelp}</p>
          {product.isLimited ? (
            <>
              {valueFields.slice(0, 1).map((name) => (
                <div key={name}>{field(name, applicationProducts.emptyHelp)}</div>
              ))}
              <div className="fields">
                {field("sessionDailyValue")}
                {field("sessionDailyCount", undefined, "numeric")}
              </div>
              <div className="fields">
                {field("customerDailyValue")}
                {field("customerDailyCount", undefined, "numeric")}
              </div>
              <SelectField
                label={applicationProducts.currency}
                error={errors.currency?.message}
                {...form.register("currency")}
              >
                <option value="">{applicationProducts.anyCurrency}</option>
                {known
                  .filter((currency) => currency !== "")
                  .map((currency) => (
                    <option key={currency} value={currency}>
                      {currency}
                    </option>
                  ))}
              </SelectField>
            </>
          ) : null}
          <FormError message={errors.root?.message} />
          <div className="dialog-end">
            <AsCode getCode={() => toCode(id, product.name, form.getValues())} />
            <button type="button" className="button" onClick={close}>
              {applications.cancel}
            </button>
            <button type="submit" className="button strong" disabled={isSubmitting}>
              {applications.save}
            </button>
          </div>
        </form>
      </Dialog>
      <Dialog open={isLeaving} onClose={() => setLeaving(false)} title={applications.unsavedTitle}>
        <p>{applications.unsaved}</p>
        <div className="dialog-end">
          <button type="button" className="button danger" onClick={onClose}>
            {applications.leave}
          </button>
          <button type="button" className="button strong" onClick={() => setLeaving(false)}>
            {applications.stay}
          </button>
        </div>
      </Dialog>
    </>
  );
}

const toValues = ({ from = "", to = "", limits = {} }: ProductSettings): Values => ({
  from,
  to,
  currency: limits.currency ?? "",
  singleValue: limits.singleValue ?? "",
  sessionDailyValue: limits.sessionDailyValue ?? "",
  sessionDailyCount: limits.sessionDailyCount?.toString() ?? "",
  customerDailyValue: limits.customerDailyValue ?? "",
  customerDailyCount: limits.customerDailyCount?.toString() ?? "",
});

function toSettings({ from, to, ...values }: Values): ProductSettings {
  const filled = Object.entries(values).filter(([, text]) => text.trim() !== "");
  const limits = Object.fromEntries(
    filled.map(([name, text]) => [
      name,
      countFields.some((count) => count === name) ? Number(text) : text.trim(),
    ]),
  ) as ProductSettings["limits"];
  return {
    ...(from.trim() === "" ? {} : { from: from.trim() }),
    ...(to.trim() === "" ? {} : { to: to.trim() }),
    ...(filled.length === 0 || limits === undefined ? {} : { limits }),
  };
}

/** `singleValue` for `products.c2bSingle.limits.singleValue`, and `to` for a missing `products.c2bSingle.to`. */
function toFieldName(path: string): string | null {
  const last = path.split(".").at(-1);
  return fields.find((name) => name === last) ?? null;
}

function toCode(id: string, product: string, values: Values) {
  const filled = fields.filter((name) => values[name].trim() !== "");
  return {
    command: toCommand(
      "limit",
      id,
      "--product",
      product,
      ...filled.map((name) => `${options[name]} ${quote(values[name].trim())}`),
    ),
    curl: toCurl("PATCH", `/applications/${id}`, { products: { [product]: toSettings(values) } }),
  };
}
