/** Copies a text, and says so where the button stands. */
import { useEffect, useState } from "react";
import { words } from "../words.ts";
import { Icon } from "./Icon.tsx";

const shownMs = 1500;

export function CopyButton({
  text,
  label = words.states.copy,
}: {
  readonly text: string;
  readonly label?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className="button bare square small"
      aria-label={copied ? words.states.copied : label}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      <Icon name={copied ? "check" : "copy"} />
    </button>
  );
}
