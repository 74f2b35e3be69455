/** The table of an application's credentials, for the sandbox's commands and those of the operator. */
import { style } from "./styles.ts";
import { formatLocalTime, renderTable } from "./table.ts";

interface Credential {
  readonly id: string | bigint;
  readonly kind: string;
  readonly hint: string;
  readonly state: "active" | "retiring" | "inactive";
  readonly createdAt: string | Date;
  readonly retiresAt: string | Date | null;
  readonly endedAt: string | Date | null;
}

const columns = [
  { head: "id", right: true },
  { head: "what", minWidth: 8 },
  { head: "ends in" },
  { head: "created" },
  { head: "state" },
] as const;

export const renderCredentials = (credentials: readonly Credential[]): string =>
  renderTable(
    columns,
    credentials.map((row) => [
      row.id.toString(),
      row.kind,
      `…${row.hint}`,
      formatLocalTime(row.createdAt),
      formatState(row),
    ]),
  );

function formatState({ state, retiresAt, endedAt }: Credential): string {
  if (state === "retiring" && retiresAt !== null) return style("warn", `until ${formatLocalTime(retiresAt)}`);
  if (state === "inactive" && endedAt !== null)
    return style("quiet", `inactive since ${formatLocalTime(endedAt)}`);
  return state;
}
