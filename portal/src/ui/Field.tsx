/** A labelled input with its help and its error. The error is announced, and the input is marked as invalid. */
import { useId, type ComponentProps, type ReactNode } from "react";
import { Icon } from "./Icon.tsx";

interface FieldFrame {
  readonly label: ReactNode;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  /** Beside the label. */
  readonly note?: ReactNode;
}

interface FrameProps extends FieldFrame {
  readonly children: (input: {
    readonly id: string;
    readonly "aria-invalid": boolean;
    readonly "aria-describedby": string | undefined;
  }) => ReactNode;
}

function Frame({ label, help, error, note, children }: FrameProps) {
  const id = useId();
  const hasText = error !== undefined || help !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {note === undefined ? null : <span className="field-note">{note}</span>}
      </label>
      {children({
        id,
        "aria-invalid": error !== undefined,
        "aria-describedby": hasText ? `${id}-text` : undefined,
      })}
      <div id={`${id}-text`} aria-live="polite" hidden={!hasText}>
        {error === undefined ? (
          <p className="field-help">{help}</p>
        ) : (
          <p className="field-error">
            <Icon name="cross" />
            {error}
          </p>
        )}
      </div>
    </div>
  );
}

export const TextField = ({ label, help, error, note, ...input }: FieldFrame & ComponentProps<"input">) => (
  <Frame label={label} help={help} error={error} note={note}>
    {(attributes) => <input className="input" {...input} {...attributes} />}
  </Frame>
);

export const TextArea = ({ label, help, error, note, ...input }: FieldFrame & ComponentProps<"textarea">) => (
  <Frame label={label} help={help} error={error} note={note}>
    {(attributes) => <textarea className="input" {...input} {...attributes} />}
  </Frame>
);

export const SelectField = ({
  label,
  help,
  error,
  note,
  ...input
}: FieldFrame & ComponentProps<"select">) => (
  <Frame label={label} help={help} error={error} note={note}>
    {(attributes) => <select className="select" {...input} {...attributes} />}
  </Frame>
);
