/** Where callbacks of an application go, what signs them, and whether a laptop collects them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { call, type PortalResult } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { CodeBlock } from "../ui/CodeBlock.tsx";
import { CopyButton } from "../ui/CopyButton.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { Query } from "../ui/PageStates.tsx";
import { Status } from "../ui/Status.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import type { TabProps } from "./ApplicationPage.tsx";
import { AsCode } from "./AsCode.tsx";
import { quote, toCommand, toCurl } from "./commands.ts";
import { formatTime } from "./format.ts";
import { OverlapField, useAction } from "./KeyDialogs.tsx";
import { FormError, setServerError } from "./form-errors.tsx";
import { useUnsaved } from "./unsaved.tsx";

const { applications, applicationCallbacks, states } = words;

export function CallbacksTab({ application }: TabProps) {
  const query = useQuery({ ...read("GET /protocols"), staleTime: Infinity });
  return (
    <div className="columns">
      <Query query={query} rows={4}>
        {({ protocols }) => <UrlForm application={application} protocols={protocols} />}
      </Query>
      <div className="stack">
        <SecretCard application={application} />
        <PullCard application={application} />
      </div>
    </div>
  );
}

/** How the control API and the commands call each URL. */
const urlNames: Readonly<Record<string, { readonly field: string; readonly option: string }>> = {
  "openapi-v2/result": { field: "responseUrl", option: "--response-url" },
  "ipg-v1/result": { field: "ipgV1ResponseUrl", option: "--ipg-v1-response-url" },
};

interface UrlFormProps extends TabProps {
  readonly protocols: PortalResult<"GET /protocols">["protocols"];
}

function UrlForm({ application, protocols }: UrlFormProps) {
  const { id, settings, revokedAt } = application;
  const kinds = protocols.flatMap(({ name, title, callbackKinds }) =>
    callbackKinds.map(({ kind, description }) => ({ key: `${name}/${kind}`, title, description })),
  );
  // The keys have no dots, which would separate the names of fields.
  const form = useForm<{ urls: Record<string, string> }>({
    values: { urls: Object.fromEntries(kinds.map(({ key }) => [key, settings.callbackUrls[key] ?? ""])) },
    resetOptions: { keepDirtyValues: true },
  });
  const { errors, isDirty, isSubmitting } = form.formState;
  useUnsaved(isDirty && !isSubmitting);
  const submit = form.handleSubmit(async ({ urls }) => {
    const callbackUrls = Object.fromEntries(
      Object.entries(urls).map(([key, url]) => [key, url.trim() === "" ? null : url.trim()]),
    );
    try {
      await call("PATCH /applications/{id}", { params: { id }, body: { callbackUrls } });
      form.reset({ urls });
      await refresh("/applications");
      showToast(applications.saved);
    } catch (error) {
      setServerError(form, error, (field) =>
        field.startsWith("callbackUrls.") ? `urls.${field.slice("callbackUrls.".length)}` : null,
      );
    }
  });
  return (
    <form className="card" onSubmit={(event) => void submit(event)} noValidate>
      <div className="card-top">
        <h2>{applicationCallbacks.urls}</h2>
      </div>
      <fieldset className="card-body stack" disabled={revokedAt !== null}>
        <p className="muted small">{applicationCallbacks.urlsLead}</p>
        {kinds.map(({ key, title, description }) => (
          <TextField
            key={key}
            label={applicationCallbacks.urlLabel(title)}
            help={`${description} ${applicationCallbacks.urlHelp}`}
            placeholder={applicationCallbacks.urlExample}
            error={errors.urls?.[key]?.message}
            inputMode="url"
            maxLength={2000}
            autoComplete="off"
            spellCheck={false}
            {...form.register(`urls.${key}`)}
          />
        ))}
        <FormError message={errors.root?.message} />
        <div className="row">
          <button type="submit" className="button strong" disabled={!isDirty || isSubmitting}>
            {applications.save}
          </button>
          {isDirty ? null : <span className="muted small">{applications.unchanged}</span>}
          <AsCode getCode={() => toUrlCode(id, form.getValues("urls"))} />
        </div>
      </fieldset>
    </form>
  );
}

function toUrlCode(id: string, urls: Readonly<Record<string, string>>) {
  const entries = Object.entries(urls).map(([key, url]) => ({ ...urlNames[key], url: url.trim() }));
  const options = entries.flatMap(({ option = "", url }) =>
    url !== ""
      ? [`${option} ${quote(url)}`]
      : option === "--ipg-v1-response-url"
        ? ["--ipg-v1-synchronous"]
        : [],
  );
  return {
    command: options.length === 0 ? null : toCommand("change", id, ...options),
    curl: toCurl(
      "PATCH",
      `/applications/${id}`,
      Object.fromEntries(entries.map(({ field = "", url }) => [field, url === "" ? null : url])),
    ),
  };
}

/** The secret is read when it is asked for, so that it is not on a screen that others see. */
function SecretCard({ application }: TabProps) {
  const { id, revokedAt } = application;
  const [isVisible, setVisible] = useState(false);
  const [isRotating, setRotating] = useState(false);
  const query = useQuery({
    ...read("GET /applications/{id}/callback-secret", { params: { id } }),
    enabled: isVisible,
    gcTime: 0,
  });
  return (
    <section className="card" aria-label={applicationCallbacks.secret}>
      <div className="card-top">
        <h2>{applicationCallbacks.secret}</h2>
        <button
          type="button"
          className="button small"
          disabled={revokedAt !== null}
          onClick={() => setRotating(true)}
        >
          {applicationCallbacks.rotate}
        </button>
      </div>
      <div className="card-body stack">
        <p className="muted small">{applicationCallbacks.secretLead}</p>
        {isVisible ? (
          <Query query={query} rows={1}>
            {({ secret, retiring }) => (
              <>
                <div className="secret">
                  <code>{secret}</code>
                  <CopyButton text={secret} />
                  <button type="button" className="button bare small" onClick={() => setVisible(false)}>
                    {applicationCallbacks.hide}
                  </button>
                </div>
                {retiring.map(({ secret: old, retiresAt }) => (
                  <p key={old} className="small muted">
                    {applicationCallbacks.retiring(formatTime(retiresAt))}
                  </p>
                ))}
              </>
            )}
          </Query>
        ) : (
          <div className="secret">
            <code role="img" aria-label={applicationCallbacks.hidden}>
              whsec_••••••••••••••••
            </code>
            <button type="button" className="button bare small" onClick={() => setVisible(true)}>
              {applicationCallbacks.reveal}
            </button>
          </div>
        )}
      </div>
      {isRotating ? (
        <RotateDialog id={id} onRotated={() => setVisible(true)} onClose={() => setRotating(false)} />
      ) : null}
    </section>
  );
}

const usualOverlapSeconds = 86_400;

function RotateDialog({
  id,
  onRotated,
  onClose,
}: {
  readonly id: string;
  readonly onRotated: () => void;
  readonly onClose: () => void;
}) {
  const [overlapSeconds, setOverlapSeconds] = useState(usualOverlapSeconds);
  const { isRunning, message, run } = useAction();
  const rotate = () =>
    run(async () => {
      await call("POST /applications/{id}/callback-secret", { params: { id }, body: { overlapSeconds } });
      await refresh("/applications");
      showToast(applicationCallbacks.rotated);
      onRotated();
      onClose();
    });
  return (
    <Dialog open onClose={onClose} title={applicationCallbacks.rotateTitle}>
      <p>{applicationCallbacks.rotateLead}</p>
      <OverlapField
        label={applicationCallbacks.rotateOverlap}
        seconds={overlapSeconds}
        usual={usualOverlapSeconds}
        onChange={setOverlapSeconds}
      />
      <FormError message={message} />
      <div className="dialog-end">
        <AsCode
          getCode={() => ({
            command: toCommand("rotate-callback-secret", id, `--overlap ${overlapSeconds}s`),
            curl: toCurl("POST", `/applications/${id}/callback-secret/rotate`, { overlapSeconds }),
          })}
        />
        <button type="button" className="button" onClick={onClose}>
          {applications.cancel}
        </button>
        <button type="button" className="button strong" disabled={isRunning} onClick={() => void rotate()}>
          {applicationCallbacks.rotate}
        </button>
      </div>
    </Dialog>
  );
}

function PullCard({ application }: TabProps) {
  const { id } = application;
  const query = useQuery({
    ...read("GET /applications/{id}/pull-delivery", { params: { id } }),
    refetchInterval: 10_000,
  });
  const enabled = query.data?.enabled ?? application.pullDelivery;
  return (
    <section className="card" aria-label={applicationCallbacks.pull}>
      <div className="card-top">
        <h2>{applicationCallbacks.pull}</h2>
        <Status tone={enabled ? "info" : "none"}>
          {enabled ? applicationCallbacks.pullStatusOn : applicationCallbacks.pullStatusOff}
        </Status>
      </div>
      <div className="card-body stack">
        <p className="muted small">
          {enabled ? applicationCallbacks.pullOn(query.data?.waiting ?? 0) : applicationCallbacks.pullOff}
        </p>
        <CodeBlock
          title={states.asCommand}
          text={`npx pesarail listen --application ${id} --forward-to http://127.0.0.1:3000/callback`}
        />
      </div>
    </section>
  );
}
