/** Opens pages of the workspace in a real browser, and fails for what no page may do. */
import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";

export interface LoadOptions {
  readonly width?: number;
  readonly theme?: "light" | "dark";
}

/** A page that records what its console complains about, such as a violation of the content security policy. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: readonly string[];
}

export async function loadPage(
  browser: Browser,
  url: string,
  { width = 1440, theme = "light" }: LoadOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

/** Fails for anything that axe calls serious or critical. Handsets in frames have tests of their own. */
export async function assertAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).exclude("iframe").analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
    [],
  );
}
