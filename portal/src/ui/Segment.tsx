/** Buttons of which one is pressed: the parts of a view. */
interface SegmentProps<Name extends string> {
  readonly label: string;
  readonly options: readonly { readonly name: Name; readonly title: string }[];
  readonly value: Name;
  readonly onChange: (name: Name) => void;
}

export const Segment = <Name extends string>({ label, options, value, onChange }: SegmentProps<Name>) => (
  <div className="segment" role="group" aria-label={label}>
    {options.map(({ name, title }) => (
      <button key={name} type="button" aria-pressed={name === value} onClick={() => onChange(name)}>
        {title}
      </button>
    ))}
  </div>
);
