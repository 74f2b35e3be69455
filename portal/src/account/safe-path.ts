/** Where to go after signing in. */
import { paths } from "../paths.ts";

/** A page of the workspace; anything else, such as an address of another server, becomes the start. */
export function toSafePath(next: string | null): string {
  const isPage = next !== null && /^\/app(?:[/?#][^\\\s]*)?$/.test(next) && !next.includes("//");
  return isPage ? next : paths.start();
}
