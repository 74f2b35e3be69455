/** Name, session lifetime and organisations of an application, and its end. */
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useNavigate } from "react-router";
import { call } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { TextArea, TextField } from "../ui/Field.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import type { Application, TabProps } from "./ApplicationPage.tsx";
import { AsCode } from "./AsCode.tsx";
import { toCommand, toCurl, toOption } from "./commands.ts";
import { useAction } from "./KeyDialogs.tsx";
import { FormError, setServerError } from "./form-errors.tsx";
import { useUnsaved } from "./unsaved.tsx";

const { applications, applicationKeys, applicationSettings } = words;

export const SettingsTab = ({ application }: TabProps) => (
  <div className="columns">
    <GeneralForm application={application} />
    <RevokeCard application={application} />
  </div>
);

interface Values {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly sessionLifetimeSeconds: string;
  readonly organisations: "every" | "listed";
  readonly shortcodes: string;
}

const toValues = ({ settings }: Application): Values => ({
  name: settings.name,
  version: settings.version,
  description: settings.description,
  sessionLifetimeSeconds: String(settings.sessionLifetimeSeconds),
  organisations: settings.shortcodes === null ? "every" : "listed",
  shortcodes: settings.shortcodes?.join(", ") ?? "",
});

function toBody({ sessionLifetimeSeconds, organisations, shortcodes, ...texts }: Values) {
  return {
    ...texts,
    sessionLifetimeSeconds: Number(sessionLifetimeSeconds),
    shortcodes: organisations === "every" ? null : shortcodes.split(/[\s,]+/).filter((code) => code !== ""),
  };
}

function GeneralForm({ application }: TabProps) {
  const { id, revokedAt } = application;
  const form = useForm<Values>({
    values: toValues(application),
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isDirty, isSubmitting } = form.formState;
  useUnsaved(isDirty && !isSubmitting);
  const organisations = form.watch("organisations");
  const submit = form.handleSubmit(async (values) => {
    try {
      const saved = await call("PATCH /applications/{id}", { params: { id }, body: toBody(values) });
      form.reset(toValues(saved));
      await refresh("/applications");
      showToast(applications.saved);
    } catch (error) {
      setServerError(form, error, (field) => field.replace(/\[\d+\]$/, ""));
    }
  });
  const getCode = () => {
    const { name, sessionLifetimeSeconds, shortcodes } = toBody(form.getValues());
    return {
      command:
        shortcodes === null || shortcodes.length === 0
          ? null
          : toCommand("change", id, ...toOption("--shortcode", shortcodes)),
      curl: toCurl("PATCH", `/applications/${id}`, { name, sessionLifetimeSeconds, shortcodes }),
    };
  };
  return (
    <form className="card" onSubmit={(event) => void submit(event)} noValidate>
      <div className="card-top">
        <h2>{applicationSettings.general}</h2>
      </div>
      <fieldset className="card-body stack" disabled={revokedAt !== null}>
        <TextField
          label={applications.name}
          help={applications.nameHelp}
          error={errors.name?.message}
          maxLength={100}
          autoComplete="off"
          {...form.register("name")}
        />
        <TextField
          label={applications.version}
          help={applications.versionHelp}
          error={errors.version?.message}
          maxLength={20}
          autoComplete="off"
          {...form.register("version")}
        />
        <TextArea
          label={applications.description}
          error={errors.description?.message}
          maxLength={1000}
          {...form.register("description")}
        />
        <TextField
          label={applicationSettings.lifetime}
          help={applicationSettings.lifetimeHelp}
          error={errors.sessionLifetimeSeconds?.message}
          inputMode="numeric"
          autoComplete="off"
          {...form.register("sessionLifetimeSeconds")}
        />
        <fieldset className="stack close">
          <legend className="field-label">{applicationSettings.organisations}</legend>
          <label className="check">
            <input type="radio" value="every" {...form.register("organisations")} />
            {applicationSettings.everyOrganisation}
          </label>
          <label className="check">
            <input type="radio" value="listed" {...form.register("organisations")} />
            {applicationSettings.listedOrganisations}
          </label>
        </fieldset>
        {organisations === "listed" ? (
          <TextField
            label={applicationSettings.shortcodes}
            help={applicationSettings.shortcodesHelp}
            error={errors.shortcodes?.message}
            autoComplete="off"
            {...form.register("shortcodes")}
          />
        ) : null}
        <FormError message={errors.root?.message} />
        <div className="row">
          <button type="submit" className="button strong" disabled={!isDirty || isSubmitting}>
            {applications.save}
          </button>
          {isDirty ? null : <span className="muted small">{applications.unchanged}</span>}
          <AsCode getCode={getCode} />
        </div>
      </fieldset>
    </form>
  );
}

function RevokeCard({ application }: TabProps) {
  const { isSeed, revokedAt } = application;
  const [isAsking, setAsking] = useState(false);
  const stays = revokedAt !== null ? applicationKeys.revokedStays : isSeed ? applications.seedNotice : null;
  return (
    <section className="card" aria-label={applicationSettings.revokeTitle}>
      <div className="card-top">
        <h2>{applicationSettings.revokeTitle}</h2>
      </div>
      <div className="card-body stack">
        <p>{applicationSettings.revokeLead}</p>
        <div className="row">
          <button
            type="button"
            className="button danger"
            disabled={stays !== null}
            onClick={() => setAsking(true)}
          >
            {applicationSettings.revoke}
          </button>
        </div>
        {stays === null ? null : <p className="muted small">{stays}</p>}
      </div>
      {isAsking ? <RevokeDialog application={application} onClose={() => setAsking(false)} /> : null}
    </section>
  );
}

function RevokeDialog({ application, onClose }: TabProps & { readonly onClose: () => void }) {
  const { id, name } = application;
  const [typed, setTyped] = useState("");
  const navigate = useNavigate();
  const { isRunning, message, run } = useAction();
  const revoke = () =>
    run(async () => {
      await call("DELETE /applications/{id}", { params: { id } });
      await refresh("/applications");
      showToast(applicationSettings.revokedToast(name));
      onClose();
      await navigate(paths.applications());
    });
  return (
    <Dialog open onClose={onClose} title={applicationSettings.revokeHeading(name)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void revoke();
        }}
      >
        <p>{applicationSettings.revokeLead}</p>
        <TextField
          label={applicationSettings.revokeConfirm(name)}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
        <FormError message={message} />
        <div className="dialog-end">
          <AsCode
            getCode={() => ({
              command: toCommand("revoke", id),
              curl: toCurl("DELETE", `/applications/${id}`),
            })}
          />
          <button type="button" className="button" onClick={onClose}>
            {applications.cancel}
          </button>
          <button type="submit" className="button danger" disabled={typed.trim() !== name || isRunning}>
            {applicationSettings.revoke}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
