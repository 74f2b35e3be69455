/** Who sends a request: the developer of the session, or the sandbox's own developer by the local tools. */
import type { FastifyRequest } from "fastify";
import { isLocalPage } from "../../http/local-page.ts";
import { sandboxDeveloper } from "../../developers/sandbox-application.ts";
import { readDeveloperByEmail } from "../../store/main/developers.ts";
import type { Developer, PortalDeps } from "./route.ts";

/** Returns null for a stranger. */
export async function findDeveloper(request: FastifyRequest, deps: PortalDeps): Promise<Developer | null> {
  return deps.localTools && isLocalPage(request) ? readSandboxDeveloper(deps) : null;
}

async function readSandboxDeveloper({ main }: PortalDeps): Promise<Developer | null> {
  const row = await readDeveloperByEmail(main, sandboxDeveloper.email);
  return row === undefined ? null : { ...row, isLocal: true };
}
