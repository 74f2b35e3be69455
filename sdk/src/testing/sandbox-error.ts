import { PesarailError } from "../errors.ts";

/** The sandbox could not do what a test wanted: it did not start, it ended, or it refused. */
export class SandboxError extends PesarailError {
  override readonly name = "SandboxError";
  /** The status of the control API's answer, or null when there was none. */
  readonly httpStatus: number | null;

  constructor(message: string, { httpStatus, cause }: { httpStatus?: number; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.httpStatus = httpStatus ?? null;
  }
}
