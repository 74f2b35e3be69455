/** The theme that a person chose, from a cookie that the workspace's script writes. */
import type { FastifyRequest } from "fastify";

const themes = ["light", "dark"] as const;

/** Null follows the system's setting. */
export function readTheme({ headers }: Pick<FastifyRequest, "headers">): (typeof themes)[number] | null {
  const [, value] = /(?:^|;\s*)pesarail_theme=(\w+)/.exec(headers.cookie ?? "") ?? [];
  return themes.find((theme) => theme === value) ?? null;
}
