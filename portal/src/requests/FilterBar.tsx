/** The filters of the list as chips that can be removed, and the form that adds some. */
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { read } from "../api/queries.ts";
import { formatDateTime } from "../parts/format.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { SelectField, TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import { filterNames, withoutFilter, type FilterName, type Filters } from "./filters.ts";

const { requests: texts, states } = words;

const hourMs = 3_600_000;

interface BarProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: BarProps) {
  const [isOpen, setOpen] = useState(false);
  const names = filterNames.filter((name) => filters[name] !== undefined);
  const describe = useFilterTexts();
  const since = (at: number): void => onChange({ ...filters, from: new Date(at).toISOString() });
  return (
    <div className="chips no-print">
      {filters.from === undefined ? (
        <>
          <button type="button" className="chip" onClick={() => since(Date.now() - hourMs)}>
            <Icon name="clock" />
            {texts.lastHour}
          </button>
          <button type="button" className="chip" onClick={() => since(new Date().setHours(0, 0, 0, 0))}>
            {texts.today}
          </button>
        </>
      ) : null}
      {names.map((name) => (
        <span key={name} className="chip">
          <span className="muted">{texts.filters[name]}</span>{" "}
          <b className="cut">{describe(name, filters[name] ?? "")}</b>
          <button
            type="button"
            aria-label={texts.removeFilter(texts.filters[name])}
            onClick={() => onChange(withoutFilter(filters, name))}
          >
            <Icon name="cross" />
          </button>
        </span>
      ))}
      <button type="button" className="chip add" onClick={() => setOpen(true)}>
        <Icon name="plus" />
        {texts.filter}
      </button>
      {names.length > 1 ? (
        <button type="button" className="button bare small" onClick={() => onChange({})}>
          {texts.clear}
        </button>
      ) : null}
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={texts.filterTitle}>
        <FilterForm
          filters={filters}
          onCancel={() => setOpen(false)}
          onApply={(changed) => {
            setOpen(false);
            onChange(changed);
          }}
        />
      </Dialog>
    </div>
  );
}

/** What a chip says: names instead of numbers, once they are known. */
function useFilterTexts(): (name: FilterName, value: string) => string {
  const { data: applications } = useQuery(read("GET /applications"));
  const { data: calls } = useQuery(read("GET /request-filters"));
  return (name, value) => {
    if (name === "application")
      return applications?.applications.find(({ id }) => id === value)?.name ?? value;
    if (name === "protocol")
      return calls?.protocols.find((protocol) => protocol.name === value)?.title ?? value;
    if (name === "call")
      return (
        calls?.protocols.flatMap((protocol) => protocol.calls).find((call) => call.name === value)?.title ??
        value
      );
    return name === "from" || name === "until" ? formatDateTime(value) : value;
  };
}

interface FormProps {
  readonly filters: Filters;
  readonly onApply: (filters: Filters) => void;
  readonly onCancel: () => void;
}

function FilterForm({ filters, onApply, onCancel }: FormProps) {
  const { data: session } = useQuery(read("GET /session"));
  const { data: applications } = useQuery(read("GET /applications"));
  const { data: known } = useQuery(read("GET /request-filters"));
  const [protocol, setProtocol] = useState(filters.protocol ?? "");
  const calls = known?.protocols
    .filter(({ name }) => protocol === "" || name === protocol)
    .flatMap((each) => each.calls.map((call) => ({ ...call, protocol: each.title })));

  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const changed = filterNames.flatMap((name) => {
      const field = form.get(name);
      const value = typeof field === "string" ? field.trim() : (filters[name] ?? "");
      const isTime = name === "from" || name === "until";
      return value === "" ? [] : [[name, isTime ? new Date(value).toISOString() : value] as const];
    });
    onApply(Object.fromEntries(changed));
  };

  return (
    <form className="stack" onSubmit={submit}>
      <TextField
        name="name"
        label={texts.filters.name}
        help={texts.nameHelp}
        defaultValue={filters.name}
        maxLength={100}
        autoComplete="off"
      />
      <div className="fields">
        <SelectField name="market" label={texts.filters.market} defaultValue={filters.market}>
          <option value="">{texts.any}</option>
          {session?.markets.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </SelectField>
        <SelectField name="application" label={texts.filters.application} defaultValue={filters.application}>
          <option value="">{texts.any}</option>
          {applications?.applications.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <SelectField
          name="protocol"
          label={texts.filters.protocol}
          value={protocol}
          onChange={(event) => setProtocol(event.target.value)}
        >
          <option value="">{texts.any}</option>
          {known?.protocols.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </SelectField>
        <SelectField name="call" label={texts.filters.call} defaultValue={filters.call}>
          <option value="">{texts.any}</option>
          {calls?.map(({ name, title, protocol: of }) => (
            <option key={`${of} ${name}`} value={name}>
              {protocol === "" ? `${of}: ${title}` : title}
            </option>
          ))}
        </SelectField>
        <TextField
          name="code"
          label={texts.filters.code}
          defaultValue={filters.code}
          maxLength={40}
          autoComplete="off"
        />
        <TextField
          name="status"
          label={texts.filters.status}
          help={texts.statusHelp}
          defaultValue={filters.status}
          pattern="[1-5][0-9][0-9]"
          inputMode="numeric"
        />
      </div>
      <TextField
        name="msisdn"
        label={texts.filters.msisdn}
        help={texts.msisdnHelp}
        defaultValue={filters.msisdn}
        pattern="[0-9]{9,20}"
        inputMode="numeric"
        autoComplete="off"
      />
      <div className="fields">
        <TextField
          name="from"
          type="datetime-local"
          step="1"
          label={texts.filters.from}
          defaultValue={toInputTime(filters.from)}
        />
        <TextField
          name="until"
          type="datetime-local"
          step="1"
          label={texts.filters.until}
          defaultValue={toInputTime(filters.until)}
        />
      </div>
      <div className="dialog-end">
        <button type="button" className="button bare" onClick={onCancel}>
          {states.cancel}
        </button>
        <button type="submit" className="button strong">
          {texts.apply}
        </button>
      </div>
    </form>
  );
}

/** `2026-11-28T16:18:04`, in the time zone of the browser, as the input needs it. */
function toInputTime(iso: string | undefined): string | undefined {
  const at = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(at)) return undefined;
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
