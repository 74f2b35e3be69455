/** The request with its fields, its response, and the handset of the customer. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useDeferredValue, useEffect, useState } from "react";
import { call } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Failure, Loading } from "../ui/PageStates.tsx";
import { words } from "../words.ts";
import { Response } from "./Response.tsx";
import type { Selection } from "./selection.ts";

const { sendRequest } = words;
const JsonEditor = lazy(async () => ({ default: (await import("../ui/JsonEditor.tsx")).JsonEditor }));

type Fields = Readonly<Record<string, unknown>>;

/** Enough for a person to go on typing. */
const checkDelayMs = 150;

export function RequestForm({ selection }: { readonly selection: Selection }) {
  const { application, protocol, call: chosen, market, handset } = selection;
  const target = { protocol: protocol.name, call: chosen.name, market };
  const example = useQuery({
    ...read("GET /console/example", { query: { ...target, customer: handset.msisdn } }),
    staleTime: Infinity,
    gcTime: 0,
  });
  const [text, setText] = useState<string | null>(null);
  const exampleText = example.data === undefined ? null : format(example.data.fields);
  const shownText = text ?? exampleText;
  const fields = shownText === null ? null : parse(shownText);
  const errors = useFieldErrors(target, fields);
  const sending = useMutation({
    mutationFn: (values: Fields) =>
      call("POST /console/requests", { body: { ...target, application: application.id, fields: values } }),
    onSuccess: () => refresh("/requests", "/payments", "/errors"),
  });

  if (example.isError) return <Failure error={example.error} onRetry={() => void example.refetch()} />;
  if (shownText === null) return <Loading rows={8} />;
  const reset = (): void => {
    setText(null);
    void example.refetch();
  };
  return (
    <div className="send-columns">
      <section className="card" aria-labelledby="request-title">
        <RequestBody
          selection={selection}
          text={shownText}
          fields={fields}
          errors={errors}
          onChange={setText}
          onReset={reset}
        />
        <div className="card-body stack close">
          {fields === null ? <p className="field-error">{sendRequest.invalidJson}</p> : null}
          {errors[0] === undefined ? null : (
            <div className="callout" data-tone="danger">
              <Icon name="cross" />
              <p>
                <b>{sendRequest.checkFailed(errors[0].code, errors.length)}</b> {sendRequest.checkFailedHelp}
              </p>
            </div>
          )}
          <button
            type="button"
            className="button strong"
            disabled={fields === null || sending.isPending}
            onClick={() => fields !== null && sending.mutate(fields)}
          >
            <Icon name="send" />
            {sending.isPending ? sendRequest.sending : sendRequest.send}
          </button>
        </div>
      </section>
      <Response sending={sending} market={market} />
      <aside className="send-handset" aria-label={sendRequest.handset(handset.name)}>
        <iframe title={sendRequest.handset(handset.name)} src={`/handset/${market}/${handset.msisdn}`} />
        <p className="small muted">{sendRequest.pin(handset.pin)}</p>
      </aside>
    </div>
  );
}

interface RequestBodyProps {
  readonly selection: Selection;
  readonly text: string;
  /** Null if the text is no JSON object. */
  readonly fields: Fields | null;
  readonly errors: readonly FieldError[];
  readonly onChange: (text: string) => void;
  readonly onReset: () => void;
}

function RequestBody({ selection, text, fields, errors, onChange, onReset }: RequestBodyProps) {
  const { call: chosen } = selection;
  const [part, setPart] = useState<"fields" | "json">("fields");
  // Nested values have no form of their own.
  const isFlat = fields !== null && Object.values(fields).every((value) => typeof value !== "object");
  const shown = isFlat ? part : "json";
  return (
    <>
      <div className="card-top">
        <h2 id="request-title">{sendRequest.request}</h2>
        <div className="row">
          <div className="segment" role="group" aria-label={sendRequest.parts}>
            {(["fields", "json"] as const).map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={shown === name}
                disabled={name === "fields" && !isFlat}
                onClick={() => setPart(name)}
              >
                {sendRequest[name]}
              </button>
            ))}
          </div>
          <button type="button" className="button small" onClick={onReset}>
            <Icon name="again" />
            {sendRequest.newExample}
          </button>
        </div>
      </div>
      <div className="card-body stack">
        <p className="muted small">{chosen.description}</p>
        {shown === "fields" && fields !== null ? (
          chosen.fields.map(({ name, isMandatory, description, format: form }) => (
            <TextField
              key={name}
              label={<code>{name}</code>}
              note={isMandatory ? undefined : sendRequest.optional}
              value={toText(fields[name])}
              title={form === "" ? description : `${description} ${sendRequest.format(form)}`}
              error={errors.find(({ field }) => field === name)?.reason}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => onChange(format(withValue(fields, name, event.target.value)))}
            />
          ))
        ) : (
          <Suspense fallback={<Loading rows={8} />}>
            <JsonEditor
              label={sendRequest.request}
              value={text}
              onChange={onChange}
              fieldNames={chosen.fields.map(({ name }) => name)}
            />
          </Suspense>
        )}
      </div>
    </>
  );
}

interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly reason: string;
}

/** Asks the server a moment after the last change. */
function useFieldErrors(
  target: { readonly protocol: string; readonly call: string; readonly market: Selection["market"] },
  fields: Fields | null,
): readonly FieldError[] {
  const wanted = useDeferredValue(fields);
  const key = JSON.stringify(wanted);
  const [errors, setErrors] = useState<readonly FieldError[]>([]);
  useEffect(() => {
    if (wanted === null) return undefined;
    let isCurrent = true;
    const timer = setTimeout(() => {
      // Without an answer the fields stay unmarked, and the gateway decides.
      void call("POST /console/check", { body: { ...target, fields: wanted } })
        .then((result) => isCurrent && setErrors(result.errors))
        .catch(() => isCurrent && setErrors([]));
    }, checkDelayMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
    // The text of the fields stands for them: the object is new at each rendering.
  }, [key, target.protocol, target.call, target.market]);
  return errors;
}

const format = (fields: Fields): string => JSON.stringify(fields, null, 2);

function parse(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

/** An emptied field is left out. A field that held a number stays one, if it still is. */
function withValue(fields: Fields, name: string, text: string): Fields {
  if (text === "") return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
  const isNumber = typeof fields[name] === "number" && String(Number(text)) === text;
  return { ...fields, [name]: isNumber ? Number(text) : text };
}

const toText = (value: unknown): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
