/** The theme that a person chose. The server reads the cookie, so that the next page has it from its first byte. */
export type Theme = "system" | "light" | "dark";

const yearSeconds = 365 * 24 * 60 * 60;

export function getTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
}

export function setTheme(theme: Theme): void {
  const root = document.documentElement;
  root.dataset["theme"] = theme;
  const value = theme === "system" ? "" : theme;
  // oxlint-disable-next-line unicorn/no-document-cookie -- Not every browser has the cookie store.
  document.cookie = `pesarail_theme=${value}; path=/; max-age=${value === "" ? 0 : yearSeconds}; samesite=lax`;
}
