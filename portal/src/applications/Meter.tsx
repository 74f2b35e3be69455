/** What is used of a whole, as a bar with its numbers above. */
interface MeterProps {
  readonly used: string;
  readonly note: string;
  readonly percent: number;
  readonly tone?: "warning" | "danger" | undefined;
}

export const Meter = ({ used, note, percent, tone }: MeterProps) => (
  <div className="stack close use">
    <span className="between small">
      <b>{used}</b>
      <span className="muted">{note}</span>
    </span>
    <svg className="meter" aria-hidden="true" {...(tone === undefined ? {} : { "data-tone": tone })}>
      <rect width={`${Math.min(100, percent)}%`} height="100%" rx="3" />
    </svg>
  </div>
);

/** Nearly full is amber, full is red. */
export const toMeterTone = (percent: number): "warning" | "danger" | undefined =>
  percent >= 100 ? "danger" : percent >= 80 ? "warning" : undefined;
