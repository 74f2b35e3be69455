/**
 * A real Chromium for tests, from an npm package: no browser has to be installed on the machine.
 *
 * The package contains the program, its libraries and a font, compressed. They are unpacked once, next to the
 * package, and only they are used, so pages look the same on every machine.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";
import { chromium, type Browser } from "playwright-core";

const packageFolder = dirname(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))));

/** Why no browser is available, or null. The package supports one platform only. */
export const noBrowser: string | null =
  process.platform === "linux" && process.arch === "x64"
    ? null
    : `the browser's package is for linux-x64, and this is ${process.platform}-${process.arch}`;

/**
 * Starts Chromium. The sandbox of the browser process is off because containers forbid it; all other security stays
 * on.
 */
export async function launchBrowser(): Promise<Browser> {
  const folder = await unpackBrowser();
  return chromium.launch({
    executablePath: join(folder, "chromium"),
    args: [
      "--no-sandbox",
      "--no-zygote",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--font-render-hinting=none",
    ],
    env: {
      HOME: folder,
      LD_LIBRARY_PATH: join(folder, "al2023", "lib"),
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  });
}

/**
 * The folder with the unpacked program. Test files that run at the same time may unpack it twice; the rename at the
 * end is atomic.
 */
async function unpackBrowser(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
    version: string;
  };
  const cache = join(packageFolder, "..", "..", ".cache");
  const folder = join(cache, `chromium-${version}`);
  if (existsSync(folder)) return folder;

  mkdirSync(cache, { recursive: true });
  const temporaryFolder = mkdtempSync(`${folder}-`);
  await inflateFiles(temporaryFolder, ["chromium.br", "fonts.tar.br", "al2023.tar.br"]);
  writeFileSync(join(temporaryFolder, "fonts.conf"), renderFontsConfig(folder));
  try {
    renameSync(temporaryFolder, folder);
  } catch (error) {
    rmSync(temporaryFolder, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The package unpacks into `TMPDIR` and reads that variable for each file. */
async function inflateFiles(folder: string, names: readonly string[]): Promise<void> {
  const previousTmpdir = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  try {
    await Promise.all(names.map((name) => inflate(join(packageFolder, "bin", name))));
  } finally {
    if (previousTmpdir === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = previousTmpdir;
  }
}

const renderFontsConfig = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts")}</dir>
  <cachedir>${join(folder, "fonts-cache")}</cachedir>
</fontconfig>
`;
