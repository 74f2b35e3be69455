/**
 * The interpreters that run the SOAP samples and clients, where they are installed. `SOAP_PHP_EXTENSION` is the path of soap.so
 * if PHP does not load it by itself, `ZEEP_PYTHON` an interpreter that has zeep.
 */
import { spawnSync } from "node:child_process";

const phpArguments =
  process.env["SOAP_PHP_EXTENSION"] === undefined
    ? []
    : ["-d", `extension=${process.env["SOAP_PHP_EXTENSION"]}`];
const zeepPython = process.env["ZEEP_PYTHON"] ?? "python3";

export const soapRunners = {
  php: {
    command: ["php", ...phpArguments],
    exists: spawnSync("php", [...phpArguments, "-r", 'exit(extension_loaded("soap") ? 0 : 1);']).status === 0,
  },
  python: {
    command: [zeepPython],
    exists: spawnSync(zeepPython, ["-c", "import zeep"]).status === 0,
  },
  java: { command: ["java"], exists: spawnSync("java", ["--version"]).status === 0 },
  typescript: { command: [process.execPath], exists: true },
} as const;
