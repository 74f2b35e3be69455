/** Masks a part of a name as M-Pesa does: `John` becomes `Jo*n`, and `Smith` becomes `Sm**h`. */

const visibleStart = 2;

/** The first two letters and the last one stay, in names of four letters and more. Shorter names keep only the first. */
export function maskName(name: string): string {
  const letters = Array.from(name);
  if (letters.length <= visibleStart + 1)
    return (letters[0] ?? "") + "*".repeat(Math.max(0, letters.length - 1));
  const masked = "*".repeat(letters.length - visibleStart - 1);
  return letters.slice(0, visibleStart).join("") + masked + (letters.at(-1) ?? "");
}
