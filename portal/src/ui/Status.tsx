/** A status: a shape, a word and a colour, because a colour alone says nothing to many people. */
import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";

export type Tone = "success" | "warning" | "danger" | "info" | "none";

const icons: Readonly<Record<Tone, IconName>> = {
  success: "check",
  warning: "pause",
  danger: "cross",
  info: "clock",
  none: "minus",
};

export const Status = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) => (
  <span className="status" data-tone={tone}>
    <Icon name={icons[tone]} />
    {children}
  </span>
);
