/** Trusted sources and Origins of an application. */
import { useFieldArray, useForm, type UseFormReturn } from "react-hook-form";
import { call } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import type { TabProps } from "./ApplicationPage.tsx";
import { AsCode } from "./AsCode.tsx";
import { toCommand, toCurl, toOption } from "./commands.ts";
import { FormError, setServerError } from "./form-errors.tsx";
import { useUnsaved } from "./unsaved.tsx";

const { applications, applicationSources } = words;

interface Values {
  trustedSources: { value: string }[];
  trustedOrigins: { value: string }[];
}

const maxItems = 100;

export function SourcesTab({ application }: TabProps) {
  const { id, settings, revokedAt } = application;
  const form = useForm<Values>({
    values: {
      trustedSources: settings.trustedSources.map((value) => ({ value })),
      trustedOrigins: settings.trustedOrigins.map((value) => ({ value })),
    },
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isDirty, isSubmitting } = form.formState;
  useUnsaved(isDirty && !isSubmitting);
  const submit = form.handleSubmit(async (values) => {
    try {
      const saved = await call("PATCH /applications/{id}", { params: { id }, body: toLists(values) });
      form.reset({
        trustedSources: saved.settings.trustedSources.map((value) => ({ value })),
        trustedOrigins: saved.settings.trustedOrigins.map((value) => ({ value })),
      });
      await refresh("/applications");
      showToast(applications.saved);
    } catch (error) {
      setServerError(form, error, (field) => toFieldName(field, values));
    }
  });
  const getCode = () => {
    const { trustedSources, trustedOrigins } = toLists(form.getValues());
    return {
      command:
        trustedSources.length === 0
          ? null
          : toCommand("change", id, ...toOption("--trusted-source", trustedSources)),
      curl: toCurl("PATCH", `/applications/${id}`, { trustedSources, trustedOrigins }),
    };
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      <fieldset className="columns even" disabled={revokedAt !== null}>
        <ListCard
          form={form}
          name="trustedSources"
          title={applicationSources.sources}
          lead={applicationSources.sourcesLead}
          label={applicationSources.source}
          add={applicationSources.addSource}
          example={applicationSources.sourceExample}
        />
        <ListCard
          form={form}
          name="trustedOrigins"
          title={applicationSources.origins}
          lead={applicationSources.originsLead}
          label={applicationSources.origin}
          add={applicationSources.addOrigin}
          example={applicationSources.originExample}
        />
      </fieldset>
      <FormError message={errors.root?.message} />
      <div className="row">
        <button type="submit" className="button strong" disabled={!isDirty || isSubmitting}>
          {applications.save}
        </button>
        {isDirty ? null : <span className="muted small">{applications.unchanged}</span>}
        <AsCode getCode={getCode} />
      </div>
    </form>
  );
}

interface ListCardProps {
  readonly form: UseFormReturn<Values>;
  readonly name: keyof Values;
  readonly title: string;
  readonly lead: string;
  readonly label: (number: number) => string;
  readonly add: string;
  readonly example: string;
}

function ListCard({ form, name, title, lead, label, add, example }: ListCardProps) {
  const list = useFieldArray({ control: form.control, name });
  const errors = form.formState.errors[name];
  return (
    <section className="card" aria-label={title}>
      <div className="card-top">
        <h2>{title}</h2>
        <button
          type="button"
          className="button small"
          aria-label={add}
          disabled={list.fields.length >= maxItems}
          onClick={() => list.append({ value: "" })}
        >
          <Icon name="plus" />
          {add}
        </button>
      </div>
      <div className="card-body stack">
        <p className="muted small">{lead}</p>
        {list.fields.length === 0 ? <p>{applicationSources.any}</p> : null}
        <ul className="source-list">
          {list.fields.map((row, index) => (
            <li key={row.id}>
              <TextField
                label={<span className="unseen">{label(index + 1)}</span>}
                placeholder={example}
                error={errors?.[index]?.value?.message}
                maxLength={200}
                autoComplete="off"
                spellCheck={false}
                {...form.register(`${name}.${index}.value`)}
              />
              <button
                type="button"
                className="button bare square"
                aria-label={`${applications.remove}: ${label(index + 1)}`}
                onClick={() => list.remove(index)}
              >
                <Icon name="trash" />
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** Empty lines are left out. */
function toLists({ trustedSources, trustedOrigins }: Values) {
  const toTexts = (rows: Values["trustedSources"]): string[] =>
    rows.map(({ value }) => value.trim()).filter((value) => value !== "");
  return { trustedSources: toTexts(trustedSources), trustedOrigins: toTexts(trustedOrigins) };
}

/** `trustedSources.1.value` for `trustedSources[0]` if the first line is empty. */
function toFieldName(field: string, values: Values): string | null {
  const [, list, position] = /^(trustedSources|trustedOrigins)\[(\d+)\]$/.exec(field) ?? [];
  if (list !== "trustedSources" && list !== "trustedOrigins") return null;
  const filled = values[list].flatMap(({ value }, index) => (value.trim() === "" ? [] : [index]));
  return `${list}.${filled[Number(position)] ?? 0}.value`;
}
