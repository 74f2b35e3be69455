import { PesarailError } from "../errors.ts";

/** The sandbox did not start, has ended, or refused a control request. */
export class SandboxError extends PesarailError {
  override readonly name = "SandboxError";
  /** The status of the control API's response, or null if there was none. */
  readonly httpStatus: number | null;

  constructor(message: string, { httpStatus, cause }: { httpStatus?: number; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.httpStatus = httpStatus ?? null;
  }
}
